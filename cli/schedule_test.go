package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mustSchedule starts a server that makes backups, and gives where it answers.
func mustSchedule(t *testing.T, db, dir, every string) (server *process, base string) {
	t.Helper()
	server = mustStart(t, "serve", "--db", db, "--listen", "127.0.0.1:0", "--backup-dir", dir, "--backup-keep", "2", "--backup-every", every)
	return server, server.find(t, `(http://[0-9.:]+)/`)
}

// A backup that failed is told as failed after a restart too, and a file that has the name of one is no result.
func TestBackupResultOutlivesTheServer(t *testing.T) {
	t.Parallel()
	dir, db := t.TempDir(), filepath.Join(t.TempDir(), "panelgate.db")
	server, base := mustSchedule(t, db, dir, "1h")
	eventually(t, "a backup", func() bool { r := mustReadiness(t, base); return r.Backup != nil && r.Backup.OK })
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	server.exitCode(t)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	mustReplace(t, dir, nil) // a file, where no backup can be made
	server, base = mustSchedule(t, db, dir, "1h")
	eventually(t, "a failed backup", func() bool { r := mustReadiness(t, base); return r.Backup != nil && !r.Backup.OK })
	failed := mustReadiness(t, base).Backup
	eventually(t, "the result being kept", func() bool { return strings.Contains(mustStrings(t, db), failed.Error) })
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	server.exitCode(t)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	mustReplace(t, filepath.Join(mustDir(t, dir), "panelgate-20200101T000000Z.db"), nil)
	_, base = mustSchedule(t, db, dir, "1h")
	eventually(t, "the last result", func() bool { return mustReadiness(t, base).Backup != nil })
	if again := mustReadiness(t, base).Backup; again.OK || *again != *failed {
		t.Errorf("after a restart: %+v, want %+v", again, failed)
	}
}

func mustDir(t *testing.T, dir string) string {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// mustStrings gives what a database file and its log hold, as they are on disk.
func mustStrings(t *testing.T, db string) string {
	t.Helper()
	log, err := os.ReadFile(db + "-wal")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(mustRead(t, db)) + string(log)
}

// Of two databases of one name the second makes no backups in the directory of the first, and removes none.
func TestBackupDirectoryOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, base := mustSchedule(t, filepath.Join(t.TempDir(), "panelgate.db"), dir, "1h")
	eventually(t, "a backup", func() bool { r := mustReadiness(t, base); return r.Backup != nil && r.Backup.OK })
	before := strings.Join(mustList(t, dir), " ")
	other, base := mustSchedule(t, filepath.Join(t.TempDir(), "panelgate.db"), dir, "1s")
	eventually(t, "the other's failing", func() bool {
		r := mustReadiness(t, base)
		return r.Backup != nil && !r.Backup.OK && strings.Contains(r.Backup.Error, "another database")
	})
	eventually(t, "its log saying what to do", func() bool { // which comes by another way than the readiness
		return strings.Contains(other.err.String(), "give each its own --backup-dir")
	})
	if after := strings.Join(mustList(t, dir), " "); after != before {
		t.Errorf("there were %s, and are %s", before, after)
	}
}
