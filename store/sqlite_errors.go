package store

import (
	"errors"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteFaults tells what an error of SQLite's means. Primary codes are below the extended ones that say more.
//
// Its log is written before a commit is one, the mark of the commit last: when that could not be written, nothing was
// done. SQLite knows one error of the system for a disk that is full, and calls the limits of a user or a process a
// failed write.
func sqliteFaults(err error) (f fault) {
	var driver *sqlite.Error
	if !errors.As(err, &driver) {
		return 0
	}
	switch driver.Code() & 0xff {
	case sqlite3.SQLITE_BUSY:
		f = faultLocked | faultLater
	case sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR:
		f = faultLater
	case sqlite3.SQLITE_FULL:
		f = faultNoRoom | faultLater
	case sqlite3.SQLITE_READONLY:
		f = faultReadOnly | faultLater
	case sqlite3.SQLITE_CANTOPEN:
		f = faultForbidden | faultLater
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		f = faultDamage
	}
	switch driver.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		f |= faultTaken | faultUndone
	case sqlite3.SQLITE_IOERR_WRITE:
		f |= faultNoRoom
	}
	return f
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
