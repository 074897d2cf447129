package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// collectFirst is collect for the first statement of a snapshot, which is begun with it: to a server and back once, rather
// than twice. Where the connection turns out to be lost, and nothing was read, it is done again on another: the server
// may have been started anew since the connection was used last.
func collectFirst[T any](tx *Tx, scan func(*row) (T, error), query string, args []any) (all []T, err error) {
	c := tx.conn
	if err := tx.gaveUp(); err != nil {
		return nil, err
	}
	read := false
	noting := func(r *row) (T, error) { read = true; return scan(r) }
	for again := false; ; again = true {
		all, err = beginAndCollect(tx.ctx, c, noting, query, args)
		if err = tx.ran(query, err); !c.broken || again || read || tx.gaveUp() != nil {
			return all, err
		}
		if renewErr := c.renew(tx.ctx); renewErr != nil {
			return nil, errors.Join(err, renewErr)
		}
		tx.failed, c.unbegun = false, true
	}
}

func beginAndCollect[T any](ctx context.Context, c *conn, scan func(*row) (T, error), query string, args []any) (all []T, err error) {
	c.unbegun = false
	var begin pgx.Batch
	begin.Queue(c.engine.snapshot())
	begin.Queue(c.text(query), args...)
	rawErr := c.Raw(func(driver any) error {
		results := driver.(*stdlib.Conn).Conn().SendBatch(ctx, &begin)
		all, err = readBatch(results, scan)
		if closeErr := results.Close(); err == nil {
			err = closeErr
		}
		return nil
	})
	return all, errors.Join(err, rawErr)
}

// readBatch reads what the statement after BEGIN gives.
func readBatch[T any](results pgx.BatchResults, scan func(*row) (T, error)) ([]T, error) {
	if _, err := results.Exec(); err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all, err := scanAll(rows.Next, row{rows.Scan}, scan)
	if err == nil {
		err = rows.Err()
	}
	return all, err
}
