package store

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrBusy means that the database had no room for the call in the time that it had.
	ErrBusy = errors.New("the database is busy")
	// ErrUncertain means that a commit failed in such a way that it may have been done all the same.
	ErrUncertain = errors.New("whether the change was stored is not known")
	// ErrClosed means that the store was closed.
	ErrClosed = errors.New("the database is closed")
	// ErrNoRoom means that a commit was surely not done because nothing more can be written.
	ErrNoRoom = errors.New("the database has no room: its disk is full or fails, or a limit of file sizes is reached")
	// ErrMoved means that the database, or a file beside it, was moved, deleted or replaced since it was opened.
	ErrMoved = errors.New("the database is not the file that was opened")
	// ErrReadOnly means that the process may not write to the database or to its directory.
	ErrReadOnly = errors.New("the database may not be written")
	// ErrInUse means that a server has the database open.
	ErrInUse = errors.New("the database is served already")
	// ErrWrongKeyset means that the AEAD given to Open is not the one the database was made with.
	ErrWrongKeyset = errors.New("the keyset does not belong to this database")
	// ErrUnknownKey is what an AEAD says of a value that was sealed with a key that it does not have.
	ErrUnknownKey = errors.New("a value was sealed with a key that is not in the keyset")
	// ErrOldKeyset means that the AEAD lacks keys that the database has been given since.
	ErrOldKeyset = errors.New("the keyset is from before the keys of this database were rotated")
)

// Noun is a kind of row, in the words of the design.
type Noun string

// The nouns that a [NotFoundError] may name.
const (
	NounAccount Noun = "account"
	NounSubuser Noun = "subuser"
	NounToken   Noun = "token"
	NounPackage Noun = "package"
	NounAdmin   Noun = "admin"
)

// NotFoundError says that a row is not there, or not within the caller's scope: the two are told
// apart nowhere. Names are those that were asked for, when there were any.
type NotFoundError struct {
	Noun    Noun
	Names   []string
	Nearest string // a name that is there and was probably meant; "" when none is near
}

// Error names what was asked for.
func (e *NotFoundError) Error() string {
	return fmt.Sprintf("%s not found: %s", e.Noun, strings.Join(e.Names, ", "))
}

// InvalidError says that a value names what it cannot: a parent that is no reseller.
type InvalidError struct{ Field, Reason string }

// Error is the field with the reason.
func (e *InvalidError) Error() string { return e.Field + " " + e.Reason }

// ConflictError says that what was asked for cannot stand beside what is there: a name that is
// taken, a reseller that still owns accounts. Field is the store's name of what is at fault
// (name, label, type, parent), Reason a phrase for the caller.
type ConflictError struct {
	Field  string
	Reason string
	Taken  bool // somebody or something has the name or domain already
}

// taken is the conflict about a name that is in use, whoever has it.
func taken(field, name string) error {
	return &ConflictError{Field: field, Reason: fmt.Sprintf("%q already exists", name), Taken: true}
}

// Error is the field with the reason.
func (e *ConflictError) Error() string { return e.Field + " " + e.Reason }

// isLocked reports whether err is that another process is writing.
func isLocked(err error) bool { return isPrimary(err, sqlite3.SQLITE_BUSY) }

// isUnique reports whether err is a violated unique constraint, told by the driver's code.
func isUnique(err error) bool {
	return hasCode(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// IsUnavailable reports whether err means that the database cannot take the call now but may
// later: it is locked by another process, the disk is full, the file cannot be written.
func IsUnavailable(err error) bool {
	return errors.Is(err, ErrBusy) || errors.Is(err, ErrClosed) || errors.Is(err, ErrUncertain) || errors.Is(err, ErrMoved) ||
		isPrimary(err, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
}

// IsUnwritable reports whether err means that nothing was stored and, until somebody makes room or puts the file right,
// nothing can be; reads go on.
func IsUnwritable(err error) bool {
	return errors.Is(err, ErrNoRoom) || errors.Is(err, ErrMoved) || isNoRoom(err) || isPrimary(err, sqlite3.SQLITE_READONLY)
}

// isNoRoom reports whether SQLite could not write. Its log is written before a commit is one, the mark of the commit
// last: when that could not be written, nothing was done. SQLite knows one error of the system for a disk that is full,
// and calls the limits of a user or a process a failed write.
func isNoRoom(err error) bool {
	return isPrimary(err, sqlite3.SQLITE_FULL) || hasCode(err, sqlite3.SQLITE_IOERR_WRITE)
}

// asRefusal words why a database cannot be opened.
func asRefusal(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || isPrimary(err, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN) {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return asDamage(err)
}

// isPrimary compares the primary code, above which the extended ones stand.
func isPrimary(err error, codes ...int) bool {
	var driver *sqlite.Error
	return errors.As(err, &driver) && slices.Contains(codes, driver.Code()&0xff)
}

// isNoTransaction reports whether a ROLLBACK failed because SQLite had rolled back by itself.
// SQLite gives it the general code, so its text is all there is to tell it by.
func isNoTransaction(err error) bool {
	return hasCode(err, sqlite3.SQLITE_ERROR) && strings.Contains(err.Error(), "no transaction is active")
}

func hasCode(err error, codes ...int) bool {
	var driver *sqlite.Error
	return errors.As(err, &driver) && slices.Contains(codes, driver.Code())
}
