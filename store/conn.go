package store

import (
	"context"
	"database/sql"
	"fmt"
)

// conn is one connection with the statements that were prepared on it. SQL text is made of
// constants of this package and never of values, so the map is bounded.
type conn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt
}

func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, stmts: make(map[string]*sql.Stmt)}, nil
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
