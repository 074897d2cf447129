package store

import (
	"fmt"
	"os"
	"path/filepath"
)

// openFile is a file of the database as it was when it was opened.
type openFile struct {
	path string
	info os.FileInfo
}

// noteFiles remembers which files are open, once the log is there. SQLite keeps writing to a file that was moved or
// deleted, or to its log, and says nothing of it in this mode.
func (e *sqliteFile) noteFiles() error {
	path, err := filepath.Abs(e.path)
	if err != nil {
		return err
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		e.files = append(e.files, openFile{name, info})
	}
	return nil
}

// ready is so while the file is in its place.
func (e *sqliteFile) ready() error { return e.inPlace() }

// inPlace reports with [ErrMoved] whether a file of the database is not where it was opened. It takes some
// microseconds, so that every commit can ask.
func (e *sqliteFile) inPlace() error {
	for _, f := range e.files {
		info, err := os.Stat(f.path)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMoved, err)
		}
		if !os.SameFile(info, f.info) {
			return fmt.Errorf("%w: %s is another file", ErrMoved, f.path)
		}
	}
	return nil
}
