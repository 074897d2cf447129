package cli_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"panelgate/gatewaytest/postgres"
)

// TestScripts runs the whole program as a shell would. Beside the commands of testscript, the
// scripts have:
//
//	freeport NAME          put the number of a free port in the variable NAME
//	waitready URL          wait until the server at URL is ready
//	signal NAME            send SIGNAME to the processes in the background
//	setenv NAME FILE       put the first line of FILE (or stdout) in the variable NAME
//	exits CODE COMMAND …   run a command that must end with this exit code
//	fails CODE COMMAND …   the same for one that must print nothing but one line to stderr
//	until REGEXP COMMAND … run a command again and again until its stdout matches
//	mode OCTAL FILE …      the files must have exactly these permission bits
//
// $DB is a database that is not there yet, of the engine that the tests run on; with both its keyset is in
// panelgate.db.keyset. The condition [postgres] tells which it is.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:      "../testdata/script",
		Deadline: time.Now().Add(4 * patience), // for a server that should have refused to start
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, raceOptions, hashingOptions, "DB="+databaseOfScript(t))
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "postgres" {
				return false, fmt.Errorf("unknown condition %s", name)
			}
			return postgres.Wanted(), nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"freeport": freePort, "waitready": waitReady, "signal": signalAll, "setenv": setEnv,
			"exits": exits, "fails": fails, "until": until, "mode": mode,
		},
	})
}

// databaseOfScript names a database that is not there yet, as a script sees it.
func databaseOfScript(t *testing.T) string {
	if postgres.Wanted() {
		return postgres.Empty(t)
	}
	return "panelgate.db"
}

// need ends the script when a command is written wrongly.
func need(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

func freePort(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "freeport NAME")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	ts.Check(l.Close())
}

func waitReady(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "waitready URL")
	if !retry(func() bool { return isReady(args[0]) }) {
		ts.Fatalf("%s is not ready", args[0])
	}
}

func signalAll(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "signal TERM|HUP")
	number, ok := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[args[0]]
	if !ok {
		ts.Fatalf("unknown signal %s", args[0])
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(number))
	}
}

func setEnv(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "setenv NAME FILE")
	line, _, _ := strings.Cut(ts.ReadFile(args[1]), "\n")
	ts.Setenv(args[0], line)
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "exits CODE COMMAND ARGUMENTS")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var ended *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		code = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func fails(ts *testscript.TestScript, neg bool, args []string) {
	exits(ts, neg, args)
	stderr := ts.ReadFile("stderr")
	if ts.ReadFile("stdout") != "" || !strings.HasPrefix(stderr, "panelgate: ") || strings.Index(stderr, "\n") != len(stderr)-1 {
		ts.Fatalf("a failure must print one line to stderr and nothing else")
	}
}

func until(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "until REGEXP COMMAND ARGUMENTS")
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	if !retry(func() bool {
		_ = ts.Exec(args[1], args[2:]...) // what it prints counts
		return pattern.MatchString(ts.ReadFile("stdout"))
	}) {
		ts.Fatalf("stdout never matched %q", args[0])
	}
}

func mode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "mode OCTAL FILE …")
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	for _, file := range args[1:] {
		info, err := os.Stat(ts.MkAbs(file))
		ts.Check(err)
		if info.Mode().Perm() != os.FileMode(want) {
			ts.Fatalf("%s has mode %04o, want %04o", file, info.Mode().Perm(), want)
		}
	}
}

// retry looks again and again until ok, and reports whether that was in time.
func retry(ok func() bool) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if ok() {
			return true
		}
		<-time.After(10 * time.Millisecond)
	}
	return false
}
