package probe

import (
	"bufio"
	"context"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"
)

const (
	maxOutput = 64 << 10 // bytes of a command's output
	mark      = "panelgate-probe:"
)

// script prints a marked line for each of its arguments. The mark tells them from what the start-up
// files of the login's shell print.
const script = `for d do ` +
	`if [ ! -e "$d" ]; then s=missing; ` +
	`elif [ ! -d "$d" ]; then s=file; ` +
	`elif [ ! -r "$d" ] || [ ! -x "$d" ]; then s=denied; ` +
	`else s=directory; fi; echo "` + mark + `$s"; done`

// shellTree looks at the directories by a command, whatever the login's shell is.
func shellTree(ctx context.Context, client *ssh.Client, d Directory, r *report) {
	var all []string
	for _, t := range d.targets(&report{}) {
		all = append(all, t.path)
	}
	lines := runScript(client, all)
	if ctx.Err() != nil {
		r.timedOut(ctx)
		return
	}
	if len(lines) != len(all) {
		r.fail(d.Field, FilesystemPermission, "the login works, but it may use neither SFTP nor a shell")
		return
	}
	d.tree(r, func(target) (state, bool) {
		line := lines[0]
		lines = lines[1:]
		return shellState(line), true
	})
}

func shellState(word string) state {
	switch word {
	case "directory":
		return usable
	case "file":
		return notDirectory
	case "denied":
		return denied
	}
	return missing
}

// runScript returns what follows the mark in each marked line of the output.
func runScript(client *ssh.Client, args []string) []string {
	session, err := client.NewSession()
	if err != nil {
		return nil
	}
	defer session.Close()
	output, err := session.StdoutPipe()
	if err != nil || session.Start(command(args)) != nil {
		return nil
	}
	var found []string
	for lines := bufio.NewScanner(io.LimitReader(output, maxOutput)); lines.Scan(); {
		if word, ok := strings.CutPrefix(lines.Text(), mark); ok {
			found = append(found, word)
		}
	}
	return found
}

func command(args []string) string {
	words := []string{"exec", "sh", "-c", quote(script), "sh"}
	for _, a := range args {
		words = append(words, quote(a))
	}
	return strings.Join(words, " ")
}

// quote makes one word of s, for every POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
