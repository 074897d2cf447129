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
	return nil
}

// Read runs fn in a snapshot of the database: all that fn reads is of one moment. It waits for
// one of a bounded number of connections, at most as long as ctx allows.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) (err error) {
	if !s.lock.enter() {
		return ErrClosed
	}
	defer s.lock.leave()
	var c *conn
	select {
	case c = <-s.readers:
	case <-ctx.Done():
		return fmt.Errorf("%w: wait for a read connection: %w", ErrBusy, ctx.Err())
	}
	defer func() { s.readers <- c }()
	if err := c.run(ctx, "BEGIN"); err != nil {
		return err
	}
	// The snapshot ends whatever happened, even when ctx is over or fn panics.
	defer func() {
		if endErr := c.run(context.WithoutCancel(ctx), "ROLLBACK"); err == nil {
			err = endErr
		}
	}()
	return fn(&Tx{ctx: ctx, conn: c, aead: s.opts.AEAD, node: s.opts.Node, now: s.opts.Now()})
}
