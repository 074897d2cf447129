package store

import (
	"context"
	"errors"
	"fmt"
)

func (s *Store) startReaders(ctx context.Context) error {
	s.readers = make(chan *conn, s.opts.Readers)
	for range s.opts.Readers {
		c, err := s.newConn(ctx, s.readDB)
		if err != nil {
			return err
		}
		s.readers <- c
	}
	return s.conns[len(s.conns)-1].renew(ctx) // one is there, at least
}

// Read runs fn in a snapshot of the database: all that fn reads is of one moment. It waits for
// one of a bounded number of connections, at most as long as ctx allows.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) (err error) {
	if !s.lock.enter() {
		return ErrClosed
	}
	defer s.lock.leave()
	c, err := s.takeReader(ctx)
	if err != nil {
		return err
	}
	defer s.endRead(c)
	return s.readIn(ctx, c, fn)
}

// readIn runs fn in a snapshot of a connection, which is left in it.
func (s *Store) readIn(ctx context.Context, c *conn, fn func(*Tx) error) error {
	// The driver may execute a statement and still report the end of its context. The end of ctx therefore
	// does not stop BEGIN, so that what the connection is in is always known.
	err := c.run(ctx, s.engine.snapshot())
	if err != nil && c.broken { // the server may have been started anew since the connection was used last
		if err = c.renew(ctx); err == nil {
			err = c.run(ctx, s.engine.snapshot())
		}
	}
	if err != nil {
		return err
	}
	return fn(s.newReadTx(ctx, c))
}

func (s *Store) newReadTx(ctx context.Context, c *conn) *Tx {
	return &Tx{ctx: ctx, conn: c, aead: s.opts.AEAD, node: s.opts.Node, now: s.opts.Now(), versions: &s.versions, chains: s.chains}
}

// errAgain ends a glance that takes more than one statement.
var errAgain = errors.New("more than one statement is to be run")

// glance is the state of a transaction that is none.
type glance struct {
	is    bool // there is neither a BEGIN nor an end
	ran   bool // one statement was run
	again bool // another was to be, too
}

// next reports whether a statement can be run.
func (g *glance) next() bool {
	g.again = g.again || g.is && g.ran
	g.ran = true
	return !g.again
}

// Glance is Read for a function that mostly runs one statement and may run again. One statement is of one moment by
// itself, so it needs neither BEGIN nor ROLLBACK, which on a server are a round trip each. Where there is another, or the
// connection is lost, fn runs again in a snapshot, and what it did before does not count.
func (s *Store) Glance(ctx context.Context, fn func(*Tx) error) error {
	enough, err := s.glance(ctx, fn)
	if !enough {
		return s.Read(ctx, fn)
	}
	return err
}

func (s *Store) glance(ctx context.Context, fn func(*Tx) error) (enough bool, err error) {
	if !s.lock.enter() {
		return true, ErrClosed
	}
	defer s.lock.leave()
	c, err := s.takeReader(ctx)
	if err != nil {
		return true, err
	}
	defer func() { s.readers <- c }()
	tx := s.newReadTx(ctx, c)
	tx.glance.is = true
	err = fn(tx)
	return !tx.glance.again && !c.broken, err
}

func (s *Store) takeReader(ctx context.Context) (*conn, error) {
	select {
	case c := <-s.readers:
		if err := c.renew(ctx); err != nil {
			s.readers <- c
			return nil, err
		}
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: wait for a read connection: %w", ErrBusy, ctx.Err())
	}
}

// endRead ends the snapshot whatever happened, even when ctx is over or fn panics, and gives the
// connection back.
func (s *Store) endRead(c *conn) {
	if c.broken { // which ends it, too
		s.readers <- c
		return
	}
	if err := rollback(c); err != nil {
		s.opts.Log.Error("a read connection is given up", "error", err)
	}
	s.readers <- c
}
