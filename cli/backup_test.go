package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panelgate/gatewaytest"
)

// readiness is what /readyz says.
type readiness struct {
	Status string
	Backup *struct {
		Time        time.Time
		File, Error string
		OK          bool
	}
	Integrity, Writes *struct {
		OK    bool
		Error string
	}
}

func mustReadiness(t *testing.T, base string) (r readiness) {
	t.Helper()
	res, err := probe.Get(base + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&r); err != nil || res.StatusCode != http.StatusOK || r.Status != "ok" {
		t.Fatalf("readyz: %d, %+v, %v", res.StatusCode, r, err)
	}
	return r
}

func mustList(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// A server makes backups by itself, keeps the newest, touches nothing else, and tells how the last one went.
func TestBackupSchedule(t *testing.T) {
	t.Parallel()
	dir, db := filepath.Join(t.TempDir(), "backups"), filepath.Join(t.TempDir(), "panelgate.db")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	foreign := []string{"panelgate-20200101T000000Z.db.bak", "other-20200101T000000Z.db", "notes"}
	oldest, stale := "panelgate-20200101T000000Z.db", "panelgate-20200101T000000Z.db.1.part"
	for _, name := range append(foreign, oldest, stale) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(dir, stale), time.Time{}, time.Now().Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	flags := []string{"serve", "--db", db, "--listen", "127.0.0.1:0", "--backup-dir", dir, "--backup-keep", "2", "--backup-every"}
	server := mustStart(t, append(flags, "1s")...)
	base := server.find(t, `(http://[0-9.:]+)/`)
	first := ""
	eventually(t, "a backup", func() bool {
		r := mustReadiness(t, base)
		if r.Backup != nil && r.Backup.File != oldest && r.Backup.OK {
			first = r.Backup.File
		}
		return first != ""
	})
	eventually(t, "the first to be one too many", func() bool {
		_, err := os.Stat(filepath.Join(dir, first))
		return os.IsNotExist(err)
	})
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	server.exitCode(t)
	left := checkKeptBackups(t, dir, oldest, stale, foreign)

	// A server that starts again goes on with the schedule: it knows the last one, and makes none before its time.
	server = mustStart(t, append(flags, "6h")...)
	base = server.find(t, `(http://[0-9.:]+)/`)
	var last readiness
	eventually(t, "the last backup", func() bool { last = mustReadiness(t, base); return last.Backup != nil })
	if !last.Backup.OK || time.Since(last.Backup.Time) > time.Hour || !strings.Contains(strings.Join(left, " "), last.Backup.File) {
		t.Errorf("%+v", last.Backup)
	}
	mustRun(t, "restore", "--db", filepath.Join(t.TempDir(), "new.db"), "--keyset", db+".keyset", filepath.Join(dir, last.Backup.File))
}

// checkKeptBackups gives what is left in the directory: two backups, or one more where the server was killed before it
// removed the oldest, and what is not of the schedule.
func checkKeptBackups(t *testing.T, dir, oldest, stale string, foreign []string) (left []string) {
	t.Helper()
	left = mustList(t, dir)
	own := 0
	for _, name := range left {
		if strings.HasPrefix(name, "panelgate-") && strings.HasSuffix(name, "Z.db") {
			own++
		}
	}
	if got := strings.Join(left, " "); own < 2 || own > 3 || strings.Contains(got, oldest+" ") || strings.Contains(got, stale) {
		t.Errorf("left in the directory: %s", got)
	}
	for _, name := range foreign {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("a file that is not of the schedule: %v", err)
		}
	}
	return left
}

// Backups of a clock that was ahead neither keep the schedule from going on nor take the place of new ones.
func TestFaultsClockAndBackups(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, ahead := range []string{"panelgate-20990101T000000Z.db", "panelgate-20990102T000000Z.db"} {
		if err := os.WriteFile(filepath.Join(dir, ahead), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mustStart(t, "serve", "--db", filepath.Join(t.TempDir(), "panelgate.db"), "--listen", "127.0.0.1:0",
		"--backup-dir", dir, "--backup-keep", "2", "--backup-every", "1s")
	eventually(t, "two backups, and none of later", func() bool {
		finished := 0
		for _, name := range mustList(t, dir) {
			if strings.HasPrefix(name, "panelgate-2099") {
				return false
			}
			if strings.HasSuffix(name, "Z.db") {
				finished++
			}
		}
		return finished == 2
	})
}

// A backup that fails is told, without where the files are, and hinders no calls.
func TestBackupScheduleFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	server := mustStart(t, "serve", "--db", filepath.Join(t.TempDir(), "panelgate.db"), "--listen", "127.0.0.1:0", "--backup-dir", dir, "--backup-every", "1h")
	base := server.find(t, `(http://[0-9.:]+)/`)
	var r readiness
	eventually(t, "a failed backup", func() bool { r = mustReadiness(t, base); return r.Backup != nil })
	if r.Backup.OK || r.Backup.Error != "not a directory" || strings.Contains(fmt.Sprint(*r.Backup), filepath.Dir(dir)) {
		t.Errorf("%+v", *r.Backup)
	}
	eventually(t, "a line in the log", func() bool { return strings.Contains(server.err.String(), `"msg":"backup failed"`) })
}

// At a terminal a person sees how far it is; a script sees nothing.
func TestProgressBar(t *testing.T) {
	t.Parallel()
	script := gatewaytest.NeedTool(t, "script")
	dir := t.TempDir()
	db, backup := filepath.Join(dir, "panelgate.db"), filepath.Join(dir, "one.backup")
	mustRun(t, "token", "create", "--db", db, "--kind", "admin")
	seen := mustStartBinary(t, script, "-qec", "panelgate backup --db "+db+" "+backup, "/dev/null")
	if code := seen.exitCode(t); code != 0 || !strings.Contains(seen.out.String(), "100%") {
		t.Errorf("exit code %d: %s%s", code, seen.out.String(), seen.err.String())
	}
	for _, command := range [][]string{{"backup", "--db", db, backup + "2"}, {"restore", "--db", backup + ".db", "--keyset", db + ".keyset", backup}} {
		quiet := mustStart(t, command...)
		if code := quiet.exitCode(t); code != 0 || quiet.err.String() != "" {
			t.Errorf("%s: exit code %d, %q", command[0], code, quiet.err.String())
		}
	}
}
