package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// The locks that panelgate takes of a database are pairs of numbers: what for, and which one.
const (
	lockWrite = 0x706772 // one write transaction at a time, of all nodes
	lockNode  = 0x706773 // a node's name, by its hash
)

// beginWrite takes the write lock before anything else. It is the same for all nodes, and is granted in the order in which
// they ask: there is one write transaction at a time, and each statement of it sees all that those before it have
// committed. So every rule that is checked by reading before something is written holds, as it does in a file.
var beginWrite = fmt.Sprintf("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(%d, 0); "+
	"SELECT pg_snapshot_xmax(pg_current_snapshot())", lockWrite)

// begin begins a write transaction. The number that the server gives the next one tells whether anybody else has written
// since this node did; what of that was not heard yet may be about anything.
func (e *postgresServer) begin(c *conn) (unheard bool, err error) {
	results, err := e.send(c, beginWrite, turnTime+dialTime/2)
	if err != nil && c.broken && !errors.Is(err, context.DeadlineExceeded) { // it may have been started anew since it was used last
		if err = c.renew(context.Background()); err == nil {
			results, err = e.send(c, beginWrite, turnTime+dialTime/2)
		}
	}
	if err != nil {
		if !c.broken {
			_ = rollback(c) // the lock was not granted
		}
		c.broken = c.broken || !isLocked(err) // such as a server that takes no writes any more
		return false, err
	}
	if next, err := number(results); err != nil || next != e.written+1 || c.opened != e.wroteOn { // another server counts anew
		e.foreign = e.now()
	}
	e.wroteOn = c.opened
	return e.foreign >= e.heard.Load(), nil
}

// number reads the number that the last result holds, 0 where it is NULL.
func number(results []*pgconn.Result) (int64, error) {
	last := results[len(results)-1]
	if len(last.Rows) != 1 || len(last.Rows[0]) != 1 {
		return 0, errors.New("not one value")
	}
	if last.Rows[0][0] == nil {
		return 0, nil
	}
	return strconv.ParseInt(string(last.Rows[0][0]), 10, 64)
}

// commit makes the transaction last, and tells the other nodes what they may have kept in memory of what it changed. An
// error that the server answers with means that nothing lasts; where no answer comes nobody knows.
func (e *postgresServer) commit(c *conn, t touched) error {
	own, err := e.sendCommit(c, "SELECT pg_current_xact_id_if_assigned()"+e.notice(t)+"; COMMIT")
	switch {
	case faultIdle.is(err): // the server had undone it before
		return fmt.Errorf("commit: %w", err)
	case err != nil && c.broken:
		return fmt.Errorf("%w: commit: %w", ErrUncertain, err)
	case err != nil:
		return errors.Join(fmt.Errorf("commit: %w", err), rollback(c))
	case own[len(own)-1].CommandTag.String() != "COMMIT": // a statement had failed before
		return fmt.Errorf("commit: %w", errFailed)
	}
	if n, err := number(own[:1]); err == nil && n != 0 {
		e.written = n
	}
	return nil
}

// send has the server do statements without arguments, in one round trip. A connection that gives no answer
// in time is lost.
func (e *postgresServer) send(c *conn, statements string, within time.Duration) (results []*pgconn.Result, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	rawErr := c.Raw(func(driver any) error {
		results, err = driver.(*stdlib.Conn).Conn().PgConn().Exec(ctx, statements).ReadAll()
		return nil
	})
	return results, e.failure(c, errors.Join(err, rawErr))
}

// failure marks a connection that is lost, and says so.
func (e *postgresServer) failure(c *conn, err error) error {
	if err == nil {
		return nil
	}
	given := c.Raw(func(driver any) error {
		c.broken = c.broken || driver.(*stdlib.Conn).Conn().IsClosed()
		return nil
	})
	if given != nil { // database/sql has given it up
		c.broken = true
	}
	if c.broken && !errors.Is(err, ErrUnreachable) {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return err
}

// hangUp closes a connection without waiting for the server: what the pool does of it then fails at once.
func (e *postgresServer) hangUp(driver any) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = driver.(*stdlib.Conn).Conn().Close(ctx) // it is given up, whatever comes of that
}

// now is the time since the engine was made, by a clock that is never set.
func (e *postgresServer) now() int64 { return int64(time.Since(e.made)) }
