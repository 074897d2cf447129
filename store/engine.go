package store

import (
	"context"
	"database/sql"
)

// engine is what one kind of database does in a way of its own. All else is the same code and the same SQL.
type engine interface {
	// open opens both pools, brings the tables up to date and takes what a server may have alone.
	open(ctx context.Context, s *Store) error
	// look opens the pool of readers alone. It changes nothing.
	look(ctx context.Context) (*sql.DB, error)
	// watch begins to notice what becomes of the database, once every connection is open.
	watch(s *Store) error
	// close gives back what is held beside the pools.
	close() error

	name() string         // of the database, for people
	readers() int         // how many connections reads have where nobody says
	migrations() tableSet // the changes of its tables

	begin(c *conn) error                              // begins a write transaction, before which all others have ended
	commit(c *conn) error                             // ends it; ErrUncertain where nobody knows whether it lasts
	inPlace() error                                   // whether what is committed now would last: else ErrMoved
	lookAround(c *conn)                               // notices commits of others where nothing does it by itself
	makeRoom(c *conn) bool                            // tries to, where a commit found none
	size() int64                                      // bytes that the database takes
	findDamage(ctx context.Context, db *sql.DB) error // looks through everything
	lastID(tx *Tx, table string) (int64, error)       // the highest number that a table's rows ever had
	setLastID(tx *Tx, table string, id int64) error   // goes on behind it
	auditKinds() string                               // the expression for whether a row of the audit trail holds what was written as it was
}

// newEngine gives the engine of what Options.DB names.
func newEngine(opts Options) engine {
	return &sqliteFile{path: opts.DB, serve: opts.Serving}
}
