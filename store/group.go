package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

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
	group, err := s.transaction(c, first, s.share())
	s.grouped = len(group)
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
	case isNoRoom(err):
		given := s.spare.give(err)
		if s.engine.makeRoom(c) || given {
			return true
		}
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

// share is next for a group that leaves some for the one after it: it takes five eighths of those who seem to write at
// this time, which are who waits and who was answered last, and 16 at least. Who is answered comes back, if at all, while
// the others are written. If all were, they would then wait for the disk together, and the writer for the first of them.
func (s *Store) share() (next func() *job) {
	writing := 1 + len(s.queue) + s.grouped
	left := min(max(writing*5/8, 16), batchSize) - 1
	return func() *job {
		if left--; left < 0 {
			return nil
		}
		return s.next()
	}
}

// transaction runs first and what next gives until that is none, then commits. It returns
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
