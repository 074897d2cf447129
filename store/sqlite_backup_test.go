package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"panelgate/gatewaytest/postgres"
)

// writers write settings, one after the other, and know the number of the last that was acknowledged.
type writers struct {
	acked []atomic.Int64
	all   sync.WaitGroup
}

func startWriters(ctx context.Context, t *testing.T, s *Store, number int) *writers {
	w := &writers{acked: make([]atomic.Int64, number)}
	for i := range number {
		w.all.Go(func() {
			for n := int64(1); ctx.Err() == nil; n++ {
				if err := s.Write(ctx, setting(fmt.Sprintf("w%d_%d", i, n))); err != nil {
					if ctx.Err() == nil {
						t.Errorf("write: %v", err)
					}
					return
				}
				w.acked[i].Store(n)
			}
		})
	}
	return w
}

func (w *writers) total() (sum int64) {
	for i := range w.acked {
		sum += w.acked[i].Load()
	}
	return sum
}

// mustFillPages makes a database that takes several steps to copy.
func mustFillPages(t *testing.T, s *Store) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) error {
		for i := range 400 {
			if err := tx.saveSetting(fmt.Sprint(i), make([]byte, 8192)); err != nil {
				return err
			}
		}
		return nil
	})
}

// What was acknowledged before a backup began is in it, whatever is written meanwhile; and writing goes on.
func TestBackupUnderWriters(t *testing.T) {
	postgres.SQLiteOnly(t, "a copy of a file that is in use")
	const clients, rounds = 64, 2
	s := mustOpen(t)
	mustFillPages(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	w := startWriters(ctx, t, s, clients)
	defer func() { cancel(); w.all.Wait() }()
	eventually(t, "writes", func() bool { return w.total() > 1000 })

	dir := t.TempDir()
	for round := range rounds {
		before := make([]int64, clients)
		for i := range before {
			before[i] = w.acked[i].Load()
		}
		file, restored := filepath.Join(dir, fmt.Sprint(round)), filepath.Join(dir, fmt.Sprint(round, ".db"))
		steps, first := 0, w.total()
		err := Backup(t.Context(), s.opts.DB, file, func(done, total int) {
			if steps++; done > total {
				t.Errorf("%d of %d pages", done, total)
			}
			// Holding the copy up here shows that nobody waits for it.
			now := w.total()
			eventually(t, "writes during the backup", func() bool { return w.total() > now })
		})
		if err != nil {
			t.Fatal(err)
		}
		during := w.total() - first
		if err := Restore(t.Context(), file, restored, s.opts.AEAD, nil); err != nil {
			t.Fatal(err)
		}
		copied := mustOpen(t, func(o *Options) { o.DB, o.AEAD = restored, s.opts.AEAD })
		for i, last := range before {
			for n := int64(1); n <= last; n += max(1, last/10) {
				if name := fmt.Sprintf("w%d_%d", i, n); !has(t, copied, name) {
					t.Errorf("%s was acknowledged before the backup and is not in it", name)
				}
			}
			if last > 0 && !has(t, copied, fmt.Sprintf("w%d_%d", i, last)) {
				t.Errorf("the last write of %d before the backup is not in it", i)
			}
		}
		if steps < 2 {
			t.Errorf("the backup was made in %d step", steps)
		}
		t.Logf("backup %d: %d writes before it, %d during it, %d steps, lost 0", round, first, during, steps)
	}
	mustHoldNothingElse(t, dir, 2*rounds)
}

// mustHoldNothingElse looks for what a copy may leave behind.
func mustHoldNothingElse(t *testing.T, dir string, number int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, entry := range entries {
		if strings.Contains(entry.Name(), ".part") {
			t.Errorf("%s was left behind", entry.Name())
		}
		info, err := entry.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", entry.Name(), info, err)
		}
		if !strings.Contains(entry.Name(), "-wal") && !strings.Contains(entry.Name(), "-shm") {
			files++
		}
	}
	if files != number {
		t.Errorf("%d files, want %d: %v", files, number, entries)
	}
}

func mustBackup(t *testing.T, s *Store) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "backup")
	if err := Backup(t.Context(), s.opts.DB, file, nil); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestBackupReplacesNothing(t *testing.T) {
	postgres.SQLiteOnly(t, "a copy of a file that is in use")
	s := mustOpen(t)
	file := mustBackup(t, s)
	if err := Backup(t.Context(), s.opts.DB, file, nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("again: %v", err)
	}
	if err := Restore(t.Context(), file, s.opts.DB, s.opts.AEAD, nil); err == nil {
		t.Error("restored over a database")
	}
	left := filepath.Join(t.TempDir(), "p.db")
	if err := os.WriteFile(left+"-wal", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), file, left, s.opts.AEAD, nil); err == nil || !strings.Contains(err.Error(), "p.db-wal is there") {
		t.Errorf("beside a log: %v", err)
	}
	missing := filepath.Join(t.TempDir(), "none.db")
	if err := Backup(t.Context(), missing, missing+".backup", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, os.ErrNotExist) {
		t.Error("a database was made")
	}
}

func TestBackupEndsWithItsContext(t *testing.T) {
	postgres.SQLiteOnly(t, "a copy of a file that is in use")
	s := mustOpen(t)
	mustFillPages(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	err := Backup(ctx, s.opts.DB, filepath.Join(dir, "b"), func(int, int) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	mustHoldNothingElse(t, dir, 0)
}

// A backup that is not whole, or not this database's, becomes no database.
func TestRestoreRefuses(t *testing.T) {
	postgres.SQLiteOnly(t, "a copy of a file that is in use")
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme", Websites: new(sealedSite("acme"))})
	good := mustBackup(t, s)
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	newer := mustOpen(t, func(o *Options) { o.AEAD = s.opts.AEAD })
	if _, err := mustRaw(t, newer).Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte(nil), content...)
	for i := 3 * 4096; i < 12*4096; i++ {
		damaged[i] ^= 0x5a
	}
	tests := map[string]struct {
		content []byte
		aead    tink.AEAD
		want    string
	}{
		"damaged":         {damaged, s.opts.AEAD, "the database is damaged"},
		"cut off":         {content[:len(content)/2], s.opts.AEAD, "the database is damaged"},
		"no database":     {[]byte("#!/bin/sh\necho this is another file altogether, and long enough\n"), s.opts.AEAD, "not a database"},
		"empty":           {nil, s.opts.AEAD, "no database of panelgate"},
		"another keyset":  {content, mustAEAD(t), ErrWrongKeyset.Error()},
		"a newer program": {mustReadFile(t, mustBackup(t, newer)), s.opts.AEAD, "newer panelgate"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(t.TempDir(), "backup")
			if err := os.WriteFile(file, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			err := Restore(t.Context(), file, filepath.Join(dir, "p.db"), tt.aead, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			mustHoldNothingElse(t, dir, 0)
		})
	}
}

func mustReadFile(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// What a backup that was killed has left goes with the next of its name; what somebody is still making stays.
func TestBackupRemovesWhatIsLeft(t *testing.T) {
	postgres.SQLiteOnly(t, "a copy of a file that is in use")
	s := mustOpen(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "one.backup")
	long := time.Now().Add(-time.Hour)
	for _, name := range []string{".1.part", ".1.part-journal", ".2.part", ".3.part", ".x.part", "2.4.part"} {
		if err := errors.Join(os.WriteFile(file+name, nil, 0o600), os.Chtimes(file+name, long, long)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(file+".3.part", time.Now(), time.Now()); err != nil { // just made, and not locked yet
		t.Fatal(err)
	}
	held, err := os.Open(file + ".2.part")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), s.opts.DB, file, nil); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, entry := range entries {
		left = append(left, strings.TrimPrefix(entry.Name(), "one.backup"))
	}
	if got, want := strings.Join(left, " "), " .2.part .3.part .x.part 2.4.part"; got != want {
		t.Errorf("left %q, want %q", got, want)
	}
}
