package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

var (
	// ErrBusy means that the database had no room for the call in the time that it had.
	ErrBusy = errors.New("the database is busy")
	// ErrUnreachable means that the server of the database does not answer, or was lost in the middle of the call.
	ErrUnreachable = errors.New("the database cannot be reached")
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

// fault is what an error of an engine means, told by its driver's code; an error may mean several things.
type fault uint

const (
	faultLocked    fault = 1 << iota // somebody else is writing
	faultTaken                       // a unique constraint is violated
	faultUndone                      // of the statement nothing is left, and the transaction goes on
	faultAgain                       // the transaction lost against another, and may do what it does if it runs again
	faultIdle                        // the server ended a session that did nothing within a transaction, and undid that
	faultLater                       // the database cannot take the call now but may later
	faultNoRoom                      // nothing more can be written, and nothing of this was
	faultReadOnly                    // nothing can be written
	faultForbidden                   // the process may not open the database
	faultDamage                      // something is damaged
)

// is reports whether err means what the fault says.
func (f fault) is(err error) bool { return (sqliteFaults(err)|postgresFaults(err))&f != 0 }

// isLocked reports whether err is that another process is writing.
func isLocked(err error) bool { return faultLocked.is(err) }

// isUnique reports whether err is a violated unique constraint.
func isUnique(err error) bool { return faultTaken.is(err) }

// IsUnavailable reports whether err means that the database cannot take the call now but may
// later: it is locked by another process, the disk is full, the file cannot be written, the server cannot be reached.
func IsUnavailable(err error) bool {
	return errors.Is(err, ErrBusy) || errors.Is(err, ErrUnreachable) || errors.Is(err, ErrClosed) ||
		errors.Is(err, ErrUncertain) || errors.Is(err, ErrMoved) || faultLater.is(err)
}

// IsUnwritable reports whether err means that nothing was stored and, until somebody makes room or puts the file right,
// nothing can be; reads go on.
func IsUnwritable(err error) bool {
	return errors.Is(err, ErrNoRoom) || errors.Is(err, ErrMoved) || (faultNoRoom | faultReadOnly).is(err)
}

// isNoRoom reports whether nothing could be written, and surely nothing was.
func isNoRoom(err error) bool { return faultNoRoom.is(err) }

// asRefusal words why a database cannot be opened.
func asRefusal(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || (faultReadOnly | faultForbidden).is(err) {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return asDamage(err)
}
