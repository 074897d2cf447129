package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// The locks that nodes take of the database are pairs of numbers: what for, and a number of its own.
const (
	lockWrite = 0x706772 // "pgr": one write transaction at a time
)

// begin begins a write transaction. The lock that it takes first is the same for all nodes, and is granted in the order
// in which they ask: there is one such transaction at a time, and each sees all that those before it have committed. So
// every rule that is checked by reading before something is written holds, as it does in a file.
func (e *postgresServer) begin(c *conn) error {
	err := e.send(c, fmt.Sprintf("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(%d, 0)", lockWrite))
	if err != nil && c.broken { // the server may have been started anew since it was used last
		if err = c.renew(context.Background()); err == nil {
			err = e.send(c, fmt.Sprintf("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(%d, 0)", lockWrite))
		}
	}
	if err != nil && !c.broken {
		_ = rollback(c)
	}
	return err
}

// commit makes the transaction last. An error that the server answers with means that it does not; where no answer comes
// nobody knows.
func (e *postgresServer) commit(c *conn) error {
	err := e.sendCommit(c, "COMMIT")
	switch {
	case err == nil:
		return nil
	case c.broken:
		return fmt.Errorf("%w: commit: %w", ErrUncertain, err)
	}
	return fmt.Errorf("commit: %w", err)
}

// send has the server do statements that give nothing, in one round trip.
func (e *postgresServer) send(c *conn, statements string) error {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	var sendErr error
	err := c.Raw(func(driver any) error {
		server := driver.(*stdlib.Conn).Conn().PgConn()
		var results []*pgconn.Result
		results, sendErr = server.Exec(ctx, statements).ReadAll()
		if sendErr == nil && statements == "COMMIT" && results[0].CommandTag.String() != statements {
			sendErr = errFailed // a ROLLBACK was made of it
		}
		return nil
	})
	if err == nil {
		err = sendErr
	}
	return e.failure(c, err)
}

// failure marks a connection that is lost, and says so.
func (e *postgresServer) failure(c *conn, err error) error {
	if err == nil {
		return nil
	}
	lost := c.Raw(func(driver any) error {
		if driver.(*stdlib.Conn).Conn().IsClosed() {
			c.broken = true
		}
		return nil
	})
	if lost != nil { // database/sql has given it up
		c.broken = true
	}
	if c.broken {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return err
}
