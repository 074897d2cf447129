package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

const (
	queueLength = 1024             // writes that may wait
	batchSize   = 256              // writes that share a commit
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

// commitGroup runs first and all that wait behind it in one transaction. If that transaction
// fails as a whole, each of them gets one of its own, so that one bad write spoils no other.
func (s *Store) commitGroup(c *conn, first *job) {
	if first.expired() {
		first.answer(nil)
		return
	}
	if err := c.renew(context.Background()); err != nil {
		for j := first; j != nil; j = s.next() { // none of those that wait would fare better
			j.answer(err)
		}
		return
	}
	group, err := s.transaction(c, first, s.next)
	for runs := 0; runs < mostRuns && (errors.Is(err, errSpoiled) || faultAgain.is(err)); runs++ {
		err = s.runApart(c, group)
	}
	s.noteOutage(group, err)
	if s.mayRunAgain(c, group, err) {
		s.opts.Log.Warn("group commit failed, writing one by one", "writes", len(group), "error", err)
		for _, j := range group {
			j.err, j.apart = nil, true // what the undone run said is no longer so
			_, err := s.transaction(c, j, noNext)
			s.noteOutage([]*job{j}, err)
			j.answer(err)
		}
		return
	}
	for _, j := range group {
		j.answer(err)
	}
}

// mayRunAgain reports whether writes that were undone together are to be run one by one: one of them may have been at
// fault, and where there was no room there may be now, or for some of them.
func (s *Store) mayRunAgain(c *conn, group []*job, err error) bool {
	switch {
	case err == nil, errors.Is(err, ErrUncertain), errors.Is(err, ErrMoved):
		return false
	case isNoRoom(err) && s.engine.makeRoom(c):
		return true
	}
	return len(group) > 1
}

// answer tells the caller how it went: its own write, else the fate of the transaction.
func (j *job) answer(txErr error) {
	if j.err == nil {
		j.err = txErr
	}
	j.done <- j.err
}

// next takes another write off the queue, if one is waiting. Where none is, it lets others run first, once: some may be
// about to queue theirs, and every write that shares the commit makes it cheaper.
func (s *Store) next() *job {
	for waited := false; ; waited = true {
		select {
		case j := <-s.queue: // nil once the queue is closed
			return j
		default:
		}
		if waited {
			return nil
		}
		runtime.Gosched()
	}
}

func noNext() *job { return nil }

// transaction runs first and what next gives until the group is full, then commits. It returns
// the writes that it took; an error means that none of them is kept, but for [ErrUncertain].
//
// BEGIN and COMMIT have a context that does not end: the driver may execute a statement and still
// report the end of its context, and a commit that was done must not be told as undone.
func (s *Store) transaction(c *conn, first *job, next func() *job) (group []*job, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTime)
	defer cancel()
	group = append(group, first)
	unheard, err := s.engine.begin(c)
	if err != nil {
		return group, fmt.Errorf("begin: %w", err)
	}
	tx := s.newTx(ctx, c)
	tx.unheard, tx.whole = unheard, true
	for j := first; j != nil; {
		if err := j.run(tx); err != nil {
			return group, errors.Join(err, rollback(c))
		}
		if len(group) == batchSize {
			break
		}
		if j = next(); j != nil {
			group = append(group, j)
		}
	}
	if err := ctx.Err(); err != nil {
		return group, errors.Join(fmt.Errorf("the writes took too long: %w", err), rollback(c))
	}
	if err := tx.saveUnsaved(); err != nil {
		return group, errors.Join(err, rollback(c))
	}
	if err := s.engine.inPlace(); err != nil {
		return group, errors.Join(err, rollback(c))
	}
	s.versions.touch(tx.touched)
	defer s.versions.touch(tx.touched)
	return group, s.engine.commit(c, tx.touched)
}

// rollback ends a transaction. SQLite may have ended it already (disk full, I/O error); then there
// is nothing left to do. A connection whose transaction cannot be ended is of no more use.
func rollback(c *conn) error {
	if err := c.run(context.Background(), "ROLLBACK"); err != nil && !isNoTransaction(err) {
		c.broken = true
		return fmt.Errorf("rollback: %w", err)
	}
	return nil
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
