package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// conn is one connection with the statements that were prepared on it. SQL text is put together of
// constants of this package and never of values, so there is an end to what the map can hold: the
// most come from the conditions of [AccountFilter].
type conn struct {
	*sql.Conn
	engine engine
	pool   *sql.DB
	stmts  map[string]*sql.Stmt
	broken bool // its transaction could not be ended
	opened int  // how often it was opened anew

	impatient bool // it waits for no more than beginStep when the database is locked
}

// newConn takes a connection out of a pool until the store closes.
func (s *Store) newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	taken, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{engine: s.engine, Conn: taken, pool: db, stmts: make(map[string]*sql.Stmt)}
	s.conns = append(s.conns, c)
	return c, nil
}

// renewTime bounds the opening of a connection in place of a broken one.
const renewTime = 5 * time.Second

// renew opens another connection in place of a broken one. It does nothing to one that is not.
func (c *conn) renew() error {
	if !c.broken {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), renewTime)
	defer cancel()
	for _, stmt := range c.stmts {
		_ = stmt.Close() // of a connection that is broken; what it says is of no more use
	}
	// The pool throws a bad connection away rather than to hand it out again.
	_ = c.Conn.Raw(func(any) error { return driver.ErrBadConn })
	fresh, err := c.pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("%w: open another connection: %w", ErrBusy, err)
	}
	c.Conn, c.stmts, c.broken = fresh, make(map[string]*sql.Stmt), false
	c.opened++
	c.impatient = false
	return nil
}

// close gives the connection back, without the statements that would keep SQLite from closing it.
func (c *conn) close() error {
	var errs []error
	for _, stmt := range c.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.Conn.Close())...)
}

func (c *conn) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := c.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	c.stmts[query] = stmt
	return stmt, nil
}

// run executes a statement that takes and gives nothing, such as BEGIN.
func (c *conn) run(ctx context.Context, query string) error {
	stmt, err := c.prepared(ctx, query)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}
