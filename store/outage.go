package store

import (
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
