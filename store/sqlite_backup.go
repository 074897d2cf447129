package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"
	"modernc.org/sqlite"
)

// pagesAtOnce is how many pages are copied between two looks at the context.
const pagesAtOnce = 100

// Progress is told how much of a copy is done, in pages.
type Progress func(done, total int)

// Backup copies the database at path into a new file, as it is at one moment: whatever was acknowledged before Backup
// was called is in it. Programs that work on the database are not hindered. The file appears when it is whole, checked
// and on disk, with mode 0600; a file that is there is never replaced ([os.ErrExist]). The keyset is not in it.
func Backup(ctx context.Context, path, file string, note Progress) error {
	return intoNewFile(file, func(part string) error {
		return copyDatabase(ctx, path, part, note)
	})
}

// Restore copies a backup into a new database and makes sure that it is whole, that aead is the keyset that its
// secrets are sealed with, and that this program knows its tables. What is there is never replaced.
func Restore(ctx context.Context, backup, path string, aead tink.AEAD, note Progress) error {
	for _, left := range []string{path + "-wal", path + "-journal"} { // SQLite would play it into the new file
		if _, err := os.Lstat(left); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s is there, of a database that is not: move it away first", left)
		}
	}
	return intoNewFile(path, func(part string) error {
		if err := copyDatabase(ctx, backup, part, note); err != nil {
			return err
		}
		look, err := Inspect(ctx, Options{DB: part, AEAD: aead, Readers: 1})
		if err != nil {
			return err
		}
		return errors.Join(look.fits(ctx), look.Close())
	})
}

// intoNewFile has write fill a file of its own, and gives it its name once it is on disk.
func intoNewFile(file string, write func(part string) error) (err error) {
	if _, err := os.Lstat(file); !errors.Is(err, os.ErrNotExist) {
		return &os.PathError{Op: "make", Path: file, Err: os.ErrExist}
	}
	dir := filepath.Dir(file)
	if err := removeLeft(dir, filepath.Base(file)); err != nil {
		return err
	}
	part, err := os.CreateTemp(dir, filepath.Base(file)+".*.part") // mode 0600
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(part.Fd()), syscall.LOCK_EX); err != nil { // as long as it is open
		return errors.Join(err, part.Close(), os.Remove(part.Name()))
	}
	defer func() { err = errors.Join(err, removeAll(part.Name())) }()
	if err := write(part.Name()); err != nil {
		return errors.Join(err, part.Close())
	}
	if err := errors.Join(part.Sync(), part.Close()); err != nil {
		return err
	}
	if err := os.Link(part.Name(), file); err != nil {
		return err
	}
	return syncDir(dir)
}

// removeAll removes a database with what SQLite leaves beside it.
func removeAll(file string) error {
	var errs []error
	for _, left := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(file + left); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// lockTime is how long a file may be without the lock that its maker takes at once.
const lockTime = time.Minute

// removeLeft removes what earlier tries to make a file have left when they were killed.
func removeLeft(dir, base string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		number, isPart := strings.CutSuffix(strings.TrimPrefix(entry.Name(), base+"."), ".part")
		if _, err := strconv.ParseUint(number, 10, 64); err != nil || !isPart || !entry.Type().IsRegular() {
			continue
		}
		if path := filepath.Join(dir, entry.Name()); isLeft(path) {
			errs = append(errs, removeAll(path))
		}
	}
	return errors.Join(errs...)
}

// isLeft reports whether nobody is making a file any more.
func isLeft(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	return err == nil && time.Since(info.ModTime()) > lockTime && syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// syncDir makes the names in a directory last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// copyDatabase copies a database into an empty file and checks the copy.
func copyDatabase(ctx context.Context, from, to string, note Progress) error {
	if _, err := os.Stat(from); err != nil { // SQLite would not say which file
		return err
	}
	source, err := sql.Open("sqlite", fileURL(from, "mode=rw", "_pragma=busy_timeout(5000)", "_pragma=query_only(1)"))
	if err != nil {
		return err
	}
	if err := errors.Join(copyPages(ctx, source, to, note), source.Close()); err != nil {
		return fmt.Errorf("copy %s: %w", from, asDamage(err))
	}
	return settle(ctx, to)
}

// fileURL is how SQLite is told a file and how to open it.
func fileURL(path string, options ...string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	text := (&url.URL{Scheme: "file", Path: path}).String()
	for i, option := range options {
		text += map[bool]string{true: "?", false: "&"}[i == 0] + option
	}
	return text
}

// copyPages copies in steps, all from one snapshot. Without a transaction around them SQLite would begin anew whenever
// somebody writes between two steps.
func copyPages(ctx context.Context, source *sql.DB, to string, note Progress) error {
	c, err := source.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	var tables int
	if err := c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil { // here the snapshot is taken
		return err
	}
	err = c.Raw(func(driver any) error {
		from, ok := driver.(interface {
			NewBackup(string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("the driver of the database makes no backups")
		}
		// The copy is checked and flushed as a whole; until then it needs no protection of its own.
		backup, err := from.NewBackup(fileURL(to, "_pragma=synchronous(0)"))
		if err != nil {
			return err
		}
		return errors.Join(steps(ctx, backup, note), backup.Finish())
	})
	_, endErr := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return errors.Join(err, endErr)
}

func steps(ctx context.Context, backup *sqlite.Backup, note Progress) error {
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if more, err = backup.Step(pagesAtOnce); err != nil {
			return err
		}
		if note != nil {
			note(backup.PageCount()-backup.Remaining(), backup.PageCount())
		}
	}
	return nil
}

// settle makes a copy one file that needs no log beside it, and checks it.
func settle(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", fileURL(file, "_pragma=synchronous(0)"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	var mode string
	err = db.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode)
	if err == nil && mode != "delete" {
		err = fmt.Errorf("journal mode is %s, not delete", mode)
	}
	if err == nil {
		err = (&sqliteFile{path: file}).check(ctx, db, "integrity_check")
	}
	return errors.Join(asDamage(err), db.Close())
}
