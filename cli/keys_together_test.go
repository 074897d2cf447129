package cli_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panelgate/auth"
)

// mustReplace puts a file in the place of another, as a restore from a backup would.
func mustReplace(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := errors.Join(os.WriteFile(file+".new", content, 0o600), os.Rename(file+".new", file)); err != nil {
		t.Fatal(err)
	}
}

// A keyset from before a rotation, put back while the server runs, breaks neither the audit trail nor what is written
// meanwhile. The log says so.
func TestOlderKeysetPutBackWhileServing(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	keyset := server.DB + ".keyset"
	older := mustRead(t, keyset)
	server.callTimes(t, 1, "before")
	mustRun(t, "keys", "rotate", "--db", server.DB)
	newer := mustRead(t, keyset)
	server.callTimes(t, 1, "between")
	mustReplace(t, keyset, older)
	eventually(t, "a line in the log", func() bool { return strings.Contains(server.err.String(), "put the newer one back") })
	server.callTimes(t, 3, "older")
	mustReplace(t, keyset, newer)
	server.callTimes(t, 1, "after")
	if out := mustRun(t, "audit", "verify", "--db", server.DB); !strings.Contains(out, "OK: 1 chains") {
		t.Error(out)
	}
	server.stop(t)
	if keys := keysOf(t, server.DB); len(keys) != 2 || keys[0].Values != 0 || keys[1].Missing {
		t.Errorf("%+v", keys)
	}
}

// Two operators who rotate at once each add a key; nothing is lost.
func TestTwoRotationsAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "panelgate.db")
	mustFillUsers(t, file, 96)
	before := keysOf(t, file)[0].Values
	var rotating []*process
	for range 2 {
		rotating = append(rotating, mustStart(t, "keys", "rotate", "--db", file))
	}
	for _, p := range rotating {
		if code := p.exitCode(t); code != 0 {
			t.Errorf("exit code %d: %s", code, p.err.String())
		}
	}
	mustRun(t, "keys", "reseal", "--db", file)
	keys := keysOf(t, file)
	if len(keys) != 3 || keys[0].Values+keys[1].Values != 0 || keys[2].Values < before {
		t.Errorf("%d values before, then %+v", before, keys)
	}
	mustRun(t, "keys", "rotate", "--db", file) // which opens everything
}

// A backup made while keys rotate opens with the keyset beside it.
func TestBackupWhileKeysRotate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "panelgate.db")
	mustFillUsers(t, file, 960)
	rotating := mustStart(t, "keys", "rotate", "--db", file)
	rotating.find(t, "(seals from now on)")
	left := mustLook(t, file).mustBeMidway(t)
	backup := filepath.Join(t.TempDir(), "one.backup")
	mustRun(t, "backup", "--db", file, "--with-keyset", backup)
	if code := rotating.exitCode(t); code != 0 {
		t.Fatalf("exit code %d: %s", code, rotating.err.String())
	}
	keys, err := auth.OpenKeyset(backup + ".keyset")
	if err != nil || len(keys.Keys()) != 2 || left == 0 {
		t.Errorf("the backup's keys: %v, %v", keys, err)
	}
	restored := filepath.Join(t.TempDir(), "panelgate.db")
	mustRun(t, "restore", "--db", restored, backup)
	mustRun(t, "keys", "rotate", "--db", restored) // which opens everything
}
