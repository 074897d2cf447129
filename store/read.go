package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// idle are the connections that no read has. The one that was used last is used next: what it needs is in the caches of
// the processors.
type idle struct {
	any   chan struct{} // as many as there are
	mu    sync.Mutex
	conns []*conn
}

// take waits for a connection at most as long as ctx allows.
func (i *idle) take(ctx context.Context) (*conn, error) {
	select {
	case <-i.any:
	default: // it is to be waited for; a context that is asked when it is done may have to start a timer for that
		select {
		case <-i.any:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: wait for a read connection: %w", ErrBusy, ctx.Err())
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	last := len(i.conns) - 1
	c := i.conns[last]
	i.conns = i.conns[:last]
	return c, nil
}

func (i *idle) give(c *conn) {
	i.mu.Lock()
	i.conns = append(i.conns, c)
	i.mu.Unlock()
	i.any <- struct{}{}
}

func (s *Store) startReaders(ctx context.Context) error {
	s.readers.any = make(chan struct{}, s.opts.Readers)
	for n := range s.opts.Readers {
		c, err := s.newConn(ctx, s.readDB)
		if err != nil {
			return err
		}
		if n == 0 { // one is to be there
			err = c.renew(ctx)
		}
		if s.readers.give(c); err != nil {
			return err
		}
	}
	return nil
}

// Read runs fn in a snapshot of the database: all that fn reads is of one moment. It waits for
// one of a bounded number of connections, at most as long as ctx allows.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) (err error) {
	if !s.lock.enter() {
		return ErrClosed
	}
	c, err := s.takeReader(ctx)
	if err != nil {
		s.lock.leave()
		return err
	}
	defer s.endRead(c)
	return s.readIn(ctx, c, fn)
}

// takeReader waits for a connection, unless there is no server to connect to.
func (s *Store) takeReader(ctx context.Context) (*conn, error) {
	if err := s.findServer(ctx); err != nil {
		return nil, err
	}
	return s.readers.take(ctx)
}

// readIn runs fn in a snapshot of a connection, which is left in it.
func (s *Store) readIn(ctx context.Context, c *conn, fn func(*Tx) error) error {
	if err := c.renew(ctx); err != nil {
		return err
	}
	if err := c.beginRead(ctx); err != nil {
		return err
	}
	return fn(s.newTx(ctx, c))
}

// errAgain ends a glance that takes more than one statement, or that the server did not answer.
var errAgain = errors.New("the read is to run again, in a snapshot")

// glance is the state of a transaction that is none.
type glance struct {
	is    bool // there is neither a BEGIN nor an end
	ran   bool // one statement was run
	again bool // another was to be, too, or the server did not answer
}

// next reports whether a statement can be run.
func (g *glance) next() bool {
	g.again = g.again || g.is && g.ran
	g.ran = true
	return !g.again
}

// Glance is Read for a function that mostly runs one statement and may run again. One statement is of one moment by
// itself, so it needs neither BEGIN nor ROLLBACK, which on a server are a round trip each, and those of several callers are
// asked together there. Where there is another, or it fails on the way, fn runs again in a snapshot, and what it did before
// does not count.
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
	if s.engine.far() {
		if err := s.findServer(ctx); err != nil {
			return true, err
		}
		return s.glanceOn(ctx, s.nowhere, fn)
	}
	c, err := s.takeReader(ctx)
	if err != nil {
		return true, err
	}
	defer s.readers.give(c)
	if err := c.renew(ctx); err != nil {
		return true, err
	}
	return s.glanceOn(ctx, c, fn)
}

func (s *Store) glanceOn(ctx context.Context, c *conn, fn func(*Tx) error) (enough bool, err error) {
	tx := s.newTx(ctx, c)
	tx.glance.is = true
	err = fn(tx)
	return !tx.glance.again && !c.broken, err
}

// beginRead begins a snapshot. To a server it is sent with the first statement, to save the way there and back.
//
// The driver may execute a statement and still report the end of its context. The end of ctx therefore does not stop
// BEGIN, so that what the connection is in is always known.
func (c *conn) beginRead(ctx context.Context) error {
	if c.engine.far() {
		c.unbegun = true
		return nil
	}
	return c.run(ctx, c.engine.snapshot())
}

// begun begins a snapshot now that none has begun yet.
func (c *conn) begun(ctx context.Context) error {
	if !c.unbegun {
		return nil
	}
	c.unbegun = false
	return c.run(ctx, c.engine.snapshot())
}

// endRead ends the snapshot whatever happened, even when ctx is over or fn panics, and gives the
// connection back. Nobody waits for a server to do so.
func (s *Store) endRead(c *conn) {
	switch {
	case c.broken || c.unbegun: // there is none
		c.unbegun = false
		s.giveBack(c)
	case s.engine.far():
		go s.endSnapshot(c)
	default:
		s.endSnapshot(c)
	}
}

func (s *Store) endSnapshot(c *conn) {
	if err := rollback(c); err != nil {
		s.opts.Log.Error("a read connection is given up", "error", err)
	}
	s.giveBack(c)
}

func (s *Store) giveBack(c *conn) {
	s.readers.give(c)
	s.lock.leave()
}
