// Package cli is panelgate's command line: one file a command. Flags, environment variables
// (PANELGATE_…) and help come from the same structs.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// errSilent is a failure that has been told already.
var errSilent = errors.New("failed")

// usageError is a command line that cannot be meant: exit code 2.
type usageError struct{ text string }

// Error is one line that says what would be right.
func (e usageError) Error() string { return e.text }

// streams is what commands write to.
type streams struct {
	out io.Writer // what was asked for
	err io.Writer // everything else
}

type commands struct {
	Serve   serveCommand     `cmd:"" help:"Serve both APIs."`
	Token   tokenCommand     `cmd:"" help:"Make, list, rotate and revoke API tokens."`
	Backup  backupCommand    `cmd:"" help:"Copy the database into a file, while servers run."`
	Restore restoreCommand   `cmd:"" help:"Make a new database of a backup, checked."`
	Copy    copyCommand      `cmd:"" help:"Copy a database into another, of whatever kind, and compare them."`
	Keys    keysCommand      `cmd:"" help:"Rotate the keys that secrets are sealed with."`
	Doctor  doctorCommand    `cmd:"" help:"Look for what is wrong, and say what to do."`
	Audit   auditCommand     `cmd:"" help:"Show, export and verify the audit trail."`
	Call    callCommand      `cmd:"" help:"Call an action of a server's api.php and print its answer."`
	Hash    hashCommand      `cmd:"" hidden:"" help:"Hash passwords for the server that started this."`
	Docs    docsCommand      `cmd:"" help:"Write the reference of the API and its OpenAPI document."`
	Version kong.VersionFlag `short:"v" env:"-" help:"Print the version and exit."`
}

// Run executes one command line and gives the exit code: 0, 1 for a failure, 2 for a command line
// that cannot be meant. It returns when ctx ends; a server finishes what it has accepted first.
func Run(ctx context.Context, args []string, out, err io.Writer) int {
	code := -1
	var cmd commands
	parser, buildErr := kong.New(&cmd,
		kong.Name("panelgate"),
		kong.Description("An API gateway for hosting accounts that speaks SPanel's and Installatron Server's dialects."),
		kong.Vars{"version": version(), "templates": templateHelp(), "defaultDB": defaultDB},
		limitDefaults(),
		hashDefaults(),
		kong.DefaultEnvars("PANELGATE"),
		kong.Writers(out, err),
		kong.Exit(func(c int) { code = c }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{out, err}),
	)
	if buildErr != nil { // the structs are wrong, not the command line
		panic(buildErr)
	}
	parsed, parseErr := parser.Parse(args)
	if code >= 0 { // --help and --version have answered
		return code
	}
	if parseErr != nil {
		return report(err, usageError{parseErr.Error()})
	}
	return report(err, parsed.Run())
}

// report writes an error in one line and gives its exit code.
func report(w io.Writer, err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(w, "panelgate: %s (see panelgate --help)\n", oneLine(usage))
		return exitUsage
	case !errors.Is(err, errSilent):
		fmt.Fprintf(w, "panelgate: %s\n", oneLine(err))
	}
	return exitFailure
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// version is the module's, or the commit's where it was built from a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "panelgate (unknown version)"
	}
	text := "panelgate " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			text += " " + s.Value
		}
	}
	return text + " " + info.GoVersion
}
