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
	texts  map[string]string // SQL as the engine takes it
	broken bool              // its transaction could not be ended
	opened int               // how often it was opened anew
	found  int               // how often the server had been found anew by when it was opened

	unbegun   bool // a snapshot is to begin with the next statement
	impatient bool // it waits for no more than beginStep when the database is locked
}

// newConn takes a connection out of a pool until the store closes. One to a server is opened when it is first used.
func (s *Store) newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c := &conn{engine: s.engine, pool: db, broken: true}
	if !s.engine.far() {
		if err := c.open(ctx); err != nil {
			return nil, err
		}
	}
	s.conns = append(s.conns, c)
	return c, nil
}

func (c *conn) open(ctx context.Context) error {
	fresh, err := c.pool.Conn(ctx)
	if err != nil {
		return err
	}
	c.Conn, c.stmts, c.broken, c.impatient = fresh, make(map[string]*sql.Stmt), false, false
	return nil
}

// renewTime bounds the opening of a connection in place of a broken one.
const renewTime = 5 * time.Second

// renew opens another connection in place of one that is broken, or that is to a server which was lost sight of since. It
// does nothing to any other. Who gives up waiting for it does not end it: the next one needs it too.
func (c *conn) renew(ctx context.Context) error {
	found, err := c.engine.found()
	if err != nil || !c.broken && c.found == found {
		return err
	}
	until := time.Now().Add(renewTime)
	if end, ends := ctx.Deadline(); ends && end.Before(until) {
		until = end
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), until)
	defer cancel()
	c.discard()
	if err := c.open(ctx); err != nil {
		return fmt.Errorf("%w: open another connection: %w", c.unavailable(), err)
	}
	c.opened++
	c.found = found
	return nil
}

// unavailable is what a connection is that cannot be had.
func (c *conn) unavailable() error {
	if c.engine.far() {
		return ErrUnreachable
	}
	return ErrBusy
}

// discard closes a connection that is broken, or that nobody has to wait for.
func (c *conn) discard() {
	if c.Conn == nil { // not opened yet, or not again
		return
	}
	_ = c.Conn.Raw(func(driver any) error { c.engine.hangUp(driver); return nil })
	for _, stmt := range c.stmts {
		_ = stmt.Close() // of a connection that is broken; what it says is of no more use
	}
	// The pool throws a bad connection away rather than to hand it out again.
	_ = c.Conn.Raw(func(any) error { return driver.ErrBadConn })
	c.broken, c.stmts = true, nil // what is closed answers with errors until there is another
}

// close gives the connection back, without the statements that would keep SQLite from closing it.
func (c *conn) close() error {
	if c.broken || c.engine.far() {
		c.discard()
		return nil
	}
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
	stmt, err := c.PrepareContext(ctx, c.text(query))
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, c.engine.failure(c, err))
	}
	c.stmts[query] = stmt
	return stmt, nil
}

// text is SQL as the engine takes it.
func (c *conn) text(query string) string {
	text, known := c.texts[query]
	if !known {
		text = c.engine.statement(query)
		if c.texts == nil {
			c.texts = make(map[string]string)
		}
		c.texts[query] = text
	}
	return text
}

// answerTime bounds what a server that may be stopped or cut off is asked beside the statements of a transaction.
const answerTime = batchTime

// run executes a statement that takes and gives nothing, such as BEGIN. The end of ctx does not stop it.
func (c *conn) run(ctx context.Context, query string) error {
	ctx = context.WithoutCancel(ctx)
	if c.engine.far() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTime)
		defer cancel()
	}
	stmt, err := c.prepared(ctx, query)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return c.engine.failure(c, err)
}
