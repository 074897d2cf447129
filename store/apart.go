package store

import (
	"context"
	"errors"
	"fmt"
)

// errSpoiled means that a write left something behind that has to be undone. Few do: most that are refused have
// written nothing by then. So writes run without savepoints, in which SQLite copies every page that they change, and
// those that shared a transaction with one that is to be undone run again, each in a savepoint.
var errSpoiled = errors.New("a write is to be undone that shared a transaction with others")

// runApart runs writes whose transaction was spoiled again, each so that it can be undone alone.
func (s *Store) runApart(c *conn, group []*job) error {
	for _, j := range group {
		j.apart, j.err = true, nil // what the undone run said is no longer so
	}
	rest := group[1:]
	_, err := s.transaction(c, group[0], func() *job {
		if len(rest) == 0 {
			return nil
		}
		next := rest[0]
		rest = rest[1:]
		return next
	})
	return err
}

// runInSavepoint is call, and undoes what fails.
func (j *job) runInSavepoint(tx *Tx) error {
	ctx, unsaved := context.WithoutCancel(tx.ctx), tx.unsaved
	if err := tx.conn.run(ctx, "SAVEPOINT job"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	j.err = call(j.fn, tx)
	if tx.lost != nil { // and with it all that share the transaction
		return tx.lost
	}
	if j.err != nil {
		if err := tx.conn.run(ctx, "ROLLBACK TO job"); err != nil {
			return fmt.Errorf("undo a write after %w: %w", j.err, err)
		}
		tx.unsaved = unsaved
	}
	if err := tx.conn.run(ctx, "RELEASE job"); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}

// errTried undoes what was tried.
var errTried = errors.New("tried")

// Try runs fn as [Store.Write] would and returns what it would, but keeps nothing of it.
func (s *Store) Try(ctx context.Context, fn func(*Tx) error) error {
	err := s.enqueue(&job{ctx: ctx, done: make(chan error, 1), apart: true, fn: func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errTried
	}})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}
