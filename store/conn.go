package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// conn is one connection with the statements that were prepared on it. SQL text is made of
// constants of this package and never of values, so the map is bounded.
type conn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt
}

// newConn takes a connection out of a pool until the store closes.
func (s *Store) newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	taken, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: taken, stmts: make(map[string]*sql.Stmt)}
	s.conns = append(s.conns, c)
	return c, nil
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
