package store

import (
	"context"
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
	if err := s.findServer(ctx); err != nil {
		return err
	}
	c, err := s.takeReader(ctx)
	if err != nil {
		return err
	}
	defer s.endRead(c)
	// The driver may execute a statement and still report the end of its context. The end of ctx therefore
	// does not stop BEGIN, so that what the connection is in is always known.
	err = c.run(ctx, s.engine.snapshot())
	if err != nil && c.broken { // the server may have been started anew since the connection was used last
		if err = c.renew(ctx); err == nil {
			err = c.run(ctx, s.engine.snapshot())
		}
	}
	if err != nil {
		return err
	}
	return fn(&Tx{ctx: ctx, conn: c, aead: s.opts.AEAD, node: s.opts.Node, now: s.opts.Now(), versions: &s.versions})
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
