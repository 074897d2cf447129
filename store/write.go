package store

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

const (
	queueLength = 1024             // writes that may wait
	batchSize   = 256              // writes that share a commit, at most
	batchTime   = 10 * time.Second // the longest that a transaction may take, lock wait included
	lookEvery   = 100 * time.Millisecond
	mostRuns    = 5 // of a transaction that loses against others again and again
)

// NoticeTime is how long a change by another process may go unnoticed by one that has nothing else to do.
const NoticeTime = 250 * time.Millisecond

// job is one call of Write on its way through the writer.
type job struct {
	ctx  context.Context
	fn   func(*Tx) error
	err  error
	done chan error

	apart bool // in a savepoint, so that it can be undone alone
}

// PanicError is what Write returns when its function panicked; the function's changes are undone.
type PanicError struct {
	Value any
	Stack []byte
}

// Error does not tell what the panic held: that may be a secret.
func (e *PanicError) Error() string { return "a write panicked" }

func (s *Store) startWriter(ctx context.Context) error {
	c, err := s.newConn(ctx, s.writeDB)
	if err != nil {
		return err
	}
	s.queue = make(chan *job, queueLength)
	go s.writer(c)
	return nil
}

// Write runs fn in a transaction and returns after its commit: when Write returns nil, what fn
// wrote is on disk. When fn returns an error or panics, nothing of it is kept and Write returns
// that error (a [*PanicError] for a panic).
//
// Writes that arrive together share one commit. fn must be quick and touch nothing but its Tx and
// its own variables, which it sets anew each time: it runs again when the commit of its batch
// failed, or another of the batch has to be undone. Once fn has begun, the end of ctx does not stop it, so that
// the outcome that Write reports is always the true one.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	return s.enqueue(&job{ctx: ctx, fn: fn, done: make(chan error, 1)})
}

func (s *Store) enqueue(j *job) error {
	if !s.lock.enter() {
		return ErrClosed
	}
	defer s.lock.leave()
	if err := s.findServer(j.ctx); err != nil {
		return err
	}
	select {
	case s.queue <- j:
		return <-j.done
	case <-j.ctx.Done():
		return fmt.Errorf("%w: wait for the writer: %w", ErrBusy, j.ctx.Err())
	}
}

// writer is the only goroutine that writes. It ends when the queue is closed and empty.
func (s *Store) writer(c *conn) {
	defer close(s.stopped)
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		select {
		case j, open := <-s.queue:
			if !open {
				return
			}
			s.commitGroup(c, j)
		case <-again.C:
			_ = c.renew(context.Background()) // where it fails, what is asked next does, and nothing can be ruled out
			s.engine.lookAround(c)
		}
	}
}

// run executes the write and keeps its result in j.err. An error of run itself means that the
// transaction around it is gone, or has to go.
func (j *job) run(tx *Tx) error {
	j.err = nil
	if j.expired() {
		return nil
	}
	tx.found, tx.wrote, tx.failed, tx.lost = found{}, false, false, nil // the job before may have been undone
	if err := tx.ctx.Err(); err != nil {
		return err
	}
	if j.apart {
		return j.runInSavepoint(tx)
	}
	j.err = call(j.fn, tx)
	if tx.lost != nil {
		return tx.lost
	}
	if tx.failed || tx.wrote && j.err != nil {
		return errSpoiled
	}
	return nil
}

// expired reports whether the caller gave up while the write waited; then it is not begun.
func (j *job) expired() bool {
	if err := j.ctx.Err(); err != nil {
		j.err = fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return j.ctx.Err() != nil
}

func call(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn(tx)
}

// closing lets calls in until it is closed, and close waits for those inside.
type closing struct {
	mu     sync.RWMutex
	closed bool
}

func (c *closing) enter() bool {
	c.mu.RLock()
	if c.closed {
		c.mu.RUnlock()
		return false
	}
	return true
}

func (c *closing) leave() { c.mu.RUnlock() }

// close reports whether this call closed it.
func (c *closing) close() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.closed
	c.closed = true
	return !was
}
