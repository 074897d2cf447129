package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"modernc.org/sqlite"

	"panelgate/handlers"
	"panelgate/store"
)

// backupFlags say when a server makes backups by itself.
type backupFlags struct {
	BackupEvery time.Duration `placeholder:"6h" help:"Make a backup this often; the last result is in /readyz. The keyset is not in it."`
	BackupKeep  int           `default:"28" help:"How many of them to keep."`
	BackupDir   string        `placeholder:"DIR" help:"Where to put them, best on another disk."`
}

func (f backupFlags) check() error {
	switch {
	case (f.BackupEvery != 0) != (f.BackupDir != ""):
		return usageError{"--backup-every and --backup-dir go together"}
	case f.BackupEvery != 0 && f.BackupEvery < time.Second:
		return usageError{"--backup-every: want a second at least, such as 6h"}
	case f.BackupKeep < 1:
		return usageError{"--backup-keep: want 1 at least"}
	}
	return nil
}

const (
	backupStamp = "20060102T150405Z"
	backupRetry = 10 * time.Minute // after one that failed, if the schedule is slower
	staleBackup = 24 * time.Hour   // when a backup that is still unfinished was broken off
)

// backupSchedule makes backups of one database in one directory. How the last one went is kept in the database, so a
// server that starts again goes on with the schedule.
type backupSchedule struct {
	backupFlags
	store *store.Store
	db    string         // its file
	base  string         // what the names begin with
	names *regexp.Regexp // of finished ones, with the time as a group, and of unfinished ones
	log   *slog.Logger
	note  func(handlers.Backup)
}

func (f backupFlags) schedule(from *store.Store, db string, log *slog.Logger, note func(handlers.Backup)) *backupSchedule {
	base := strings.TrimSuffix(filepath.Base(db), ".db")
	names := regexp.MustCompile(`^` + regexp.QuoteMeta(base) + `-(\d{8}T\d{6}Z)\.db(\.\d+\.part(-journal|-wal|-shm)?)?$`)
	return &backupSchedule{backupFlags: f, store: from, db: db, base: base, names: names, log: log, note: note}
}

func (b *backupSchedule) run(ctx context.Context) {
	next := time.Now()
	if last, ok := b.saved(ctx); ok {
		b.note(last)
		next = b.after(last.Time, last.OK)
		if _, err := os.Stat(filepath.Join(b.BackupDir, last.File)); last.OK && err != nil { // gone, or of another directory
			next = time.Now()
		}
	}
	for {
		wait := time.NewTimer(min(time.Until(next), b.BackupEvery)) // the clock may have been set back
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return
		}
		next = b.after(time.Now(), b.make(ctx))
	}
}

// after is when the next backup is due.
func (b *backupSchedule) after(last time.Time, ok bool) time.Time {
	if ok {
		return last.Add(b.BackupEvery)
	}
	return last.Add(min(b.BackupEvery, backupRetry))
}

// list gives the names of this schedule's own files, oldest first.
func (b *backupSchedule) list() (finished, unfinished []string, err error) {
	entries, err := os.ReadDir(b.BackupDir)
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range entries {
		switch found := b.names.FindStringSubmatch(entry.Name()); {
		case found == nil || !entry.Type().IsRegular():
		case found[2] == "":
			finished = append(finished, entry.Name())
		default:
			unfinished = append(unfinished, entry.Name())
		}
	}
	slices.Sort(finished)
	return finished, unfinished, nil
}

// make makes a backup, notes how it went and removes the oldest. One that the end of ctx stops is no failure.
func (b *backupSchedule) make(ctx context.Context) bool {
	began := time.Now().UTC().Truncate(time.Second)
	result := handlers.Backup{Time: began, File: fmt.Sprintf("%s-%s.db", b.base, began.Format(backupStamp))}
	err := os.MkdirAll(b.BackupDir, 0o700)
	if err == nil {
		err = b.claim(ctx)
	}
	owned := err == nil
	if owned {
		err = store.Backup(ctx, b.db, filepath.Join(b.BackupDir, result.File), nil)
	}
	if ctx.Err() != nil {
		return true
	}
	if err != nil {
		result.Error = backupFault(err)
		b.log.Error("backup failed", "error", err)
	} else {
		result.OK = true
		b.log.Info("backup made", "file", result.File, "duration", time.Since(began))
	}
	b.note(result)
	b.save(ctx, result)
	if !owned {
		return false
	}
	if err := b.prune(result.File); err != nil {
		b.log.Error("old backups cannot be removed", "error", err)
	}
	return result.OK
}

// backupFault says what went wrong without naming directories: anybody may ask for /readyz.
func backupFault(err error) string {
	var number syscall.Errno
	var driver *sqlite.Error
	var damaged *store.DamagedError
	switch {
	case errors.As(err, &damaged):
		return "the database is damaged"
	case errors.Is(err, errForeignBackups):
		return errForeignBackups.Error()
	case errors.As(err, &number):
		return number.Error()
	case errors.As(err, &driver):
		return driver.Error()
	case errors.Is(err, fs.ErrExist):
		return "the file is there already"
	}
	return "see the log"
}

// prune removes the oldest. Those that are called newer than the last were made when the clock was ahead, and come first:
// else they would stay, and each new one go.
func (b *backupSchedule) prune(last string) error {
	finished, unfinished, err := b.list()
	if err != nil {
		return err
	}
	ahead, _ := slices.BinarySearch(finished, last+"\x00")
	finished = slices.Concat(finished[ahead:], finished[:ahead])
	var errs []error
	if more := len(finished) - b.BackupKeep; more > 0 {
		for _, name := range finished[:more] {
			errs = append(errs, os.Remove(filepath.Join(b.BackupDir, name)))
		}
	}
	for _, name := range unfinished {
		path := filepath.Join(b.BackupDir, name)
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > staleBackup {
			errs = append(errs, os.Remove(path))
		}
	}
	return errors.Join(errs...)
}
