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
	watch(ctx context.Context, s *Store) error
	// close gives back what is held beside the pools.
	close() error

	name() string // of the database, for people
	readers() int // how many connections reads have where nobody says
	// found is how often the server was lost sight of and found anew; an error while it is lost.
	found() (int, error)
	far() bool            // whether it may be cut off, so that nothing is waited for without end
	migrations() tableSet // the changes of its tables

	// query gives each line of a statement's result. Of a file, one that is whole is not stopped by the end of the context.
	query(tx *Tx, whole bool, query string, args []any, each func(*row) error) error
	statement(query string) string    // SQL as the engine takes it
	failure(c *conn, err error) error // what the driver's error does not say; marks a connection that is lost
	hangUp(driver any)                // closes a connection that may give no answer
	snapshot() string                 // begins a transaction that reads
	// begin begins one that writes, after all others have ended. What others have committed may be unheard of.
	begin(c *conn) (unheard bool, err error)
	commit(c *conn, t touched) error // ends it; ErrUncertain where nobody knows whether it lasts
	fresh() bool                     // whether others' commits are heard of in time
	inPlace() error                  // whether what is committed now would last: else ErrMoved
	ready() error                    // whether calls should be sent here while the database answers
	lookAround(c *conn)              // notices commits of others, where nothing does by itself
	makeRoom(c *conn) bool           // tries to, where a commit found none
	shared() bool                    // whether other servers may serve it too
	nodes() int                      // how many servers do, with this one
	size() int64                     // bytes that the database takes
	// insert executes an INSERT of one row and gives its number, errNothingNew where ON CONFLICT DO NOTHING did nothing.
	insert(tx *Tx, query string, args []any) (id int64, err error)
	lastID(tx *Tx, table string) (int64, error)     // the highest number that a row of a table ever had
	setLastID(tx *Tx, table string, id int64) error // goes on behind it
	auditKinds() string                             // the expression for whether an audit row holds each value as it was written
	findDamage(context.Context, *sql.DB) error      // looks through everything
}

// newEngine gives the engine of what Options.DB names.
func newEngine(opts Options) engine {
	if OnServer(opts.DB) {
		return newPostgresServer(opts)
	}
	return &sqliteFile{path: opts.DB, serve: opts.Serving}
}
