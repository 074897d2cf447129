package store

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// query has the driver run a statement itself: what database/sql puts between costs as much again. One that is the first
// of a snapshot is sent with what begins that: to a server and back once, rather than twice. Where the connection then turns
// out to be lost, and nothing was read, it is done again on another: the server may have been started anew since the
// connection was used last.
func (e *postgresServer) query(tx *Tx, _ bool, query string, args []any, each func(*row) error) error {
	if err := tx.next(); err != nil {
		return err
	}
	if err := tx.ctx.Err(); err != nil {
		return err
	}
	if tx.glance.is {
		return e.askTogether(tx, query, args, each)
	}
	c, read, returned := tx.conn, false, false
	defer func() {
		if !returned { // each panicked, and database/sql gives up the connection with that
			c.broken, tx.failed = true, true
		}
	}()
	var refused error // by each, which is no failure of the statement
	noting := func(r *row) error { read, refused = true, each(r); return refused }
	for first, again := c.unbegun, false; ; again = true {
		returned = false
		err := e.ask(tx, query, args, noting)
		returned = true
		if refused != nil {
			return refused
		}
		err = tx.ran(query, err)
		if !first || !c.broken || again || read || errors.Is(err, os.ErrDeadlineExceeded) || tx.ctx.Err() != nil {
			return err
		}
		if renewErr := c.renew(tx.ctx); renewErr != nil {
			return errors.Join(err, renewErr)
		}
		tx.failed, c.unbegun = false, true
	}
}

// ask sends a statement, and what is to be sent with it.
func (e *postgresServer) ask(tx *Tx, query string, args []any, each func(*row) error) (err error) {
	c := tx.conn
	rawErr := c.Raw(func(driver any) error {
		session := driver.(*stdlib.Conn).Conn()
		defer bound(session, end(tx.ctx))()
		if c.unbegun {
			c.unbegun = false
			err = askFirst(session, e.snapshot(), c.text(query), args, each)
			return nil
		}
		rows, _ := session.Query(context.Background(), c.text(query), args...) // its error is that of the rows too
		err = readAll(rows, each)
		return nil
	})
	return errors.Join(err, rawErr)
}

// end is when a server is to have answered at the latest: when ctx ends, or after a time where it never does.
func end(ctx context.Context) time.Time {
	if until, ends := ctx.Deadline(); ends {
		return until
	}
	return time.Now().Add(answerTime)
}

// bound bounds what is asked until the function that it gives is called. The driver would have a context watched for each
// statement, and it would close the connection of a client that hangs up: who does so often would have PostgreSQL start
// processes all the time.
func bound(session *pgx.Conn, until time.Time) (free func()) {
	socket := session.PgConn().Conn()
	_ = socket.SetDeadline(until) // one that is closed already says so when it is used
	return func() {
		if !session.IsClosed() { // what closes it has a bound of its own
			_ = socket.SetDeadline(time.Time{})
		}
	}
}

// askFirst runs a statement after another that gives nothing.
func askFirst(session *pgx.Conn, first, query string, args []any, each func(*row) error) error {
	var both pgx.Batch
	both.Queue(first)
	both.Queue(query, args...)
	results := session.SendBatch(context.Background(), &both)
	_, err := results.Exec()
	if err == nil {
		rows, _ := results.Query() // its error is that of the rows too
		err = readAll(rows, each)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return err
}

// readAll reads the lines of a result to its end.
func readAll(rows pgx.Rows, each func(*row) error) error {
	defer rows.Close()
	for r := (row{rows.Scan}); rows.Next(); {
		if err := each(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}
