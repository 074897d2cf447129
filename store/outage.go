package store

import (
	"context"
	"slices"
	"time"
)

// Outage is a time in which the database takes no writes.
type Outage struct {
	Since time.Time
	Err   error // of the write that failed first
}

// Outage gives the one that lasts, nil where the last write was stored or there was none.
func (s *Store) Outage() *Outage { return s.outage.Load() }

// noteOutage keeps account of whether writes are stored: group are those of a transaction that ended with err. Each
// outage is logged when it begins and when it is over.
func (s *Store) noteOutage(group []*job, err error) {
	last := s.outage.Load()
	stored := func(j *job) bool { return j.err == nil } // where all were refused, nothing was written
	switch {
	case err == nil && last != nil && slices.ContainsFunc(group, stored):
		s.outage.Store(nil)
		s.opts.Log.Info("writes are stored again", "after", s.opts.Now().Sub(last.Since))
	case IsUnwritable(err) && last == nil:
		s.outage.Store(&Outage{Since: s.opts.Now(), Err: err})
		s.opts.Log.Error("writes are refused", "error", err)
	}
}

// roomPause is how long nothing is done about a lack of room after something was.
const roomPause = time.Second

// makeRoom brings the log into the database, so that it can be written from its beginning again, and reports whether
// all of it went there. SQLite does it by itself after commits only, and when there is no room for those there are none.
func (s *Store) makeRoom(c *conn) bool {
	if time.Since(s.madeRoom) < roomPause {
		return false
	}
	s.madeRoom = time.Now()
	tx := &Tx{ctx: context.Background(), conn: c}
	left, err := one(collect(tx, func(r *row) (left int, err error) {
		var busy, log, done int
		err = r.Scan(&busy, &log, &done)
		return log - done, err
	}, "PRAGMA wal_checkpoint(PASSIVE)"))
	return err == nil && left == 0
}
