package store

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// Use is when a token was used, and from where.
type Use struct {
	At   time.Time
	From netip.Addr // the zero Addr where it is not known
}

const (
	// useDelay is how long last uses wait to be written, all together.
	useDelay = 2 * time.Second
	// maxUses bounds the last uses that wait. Those of more tokens than that are written at once.
	maxUses = 10_000
)

// lastUses collects the last use of each token, so that calls that write nothing stay so.
type lastUses struct {
	mu      sync.Mutex
	waiting map[int64]Use
	noted   chan struct{} // something waits
	full    chan struct{} // as much as may
	end     sync.Once     // closes closed
	closed  chan struct{}
	stopped chan struct{} // closed when the last is written
}

// NoteUse remembers that a token was used now. It is written within seconds, or by Close; a crash
// loses no more than that. It never waits.
func (s *Store) NoteUse(tokenID int64, from netip.Addr) {
	u := &s.uses
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, known := u.waiting[tokenID]; !known && len(u.waiting) >= maxUses {
		return // a database of more tokens, in use within the time that one write takes
	}
	u.waiting[tokenID] = Use{At: s.opts.Now(), From: from}
	wake(u.noted)
	if len(u.waiting) >= maxUses {
		wake(u.full)
	}
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *Store) startLastUses() {
	u := &s.uses
	u.waiting = make(map[int64]Use)
	u.noted, u.full = make(chan struct{}, 1), make(chan struct{}, 1)
	u.closed, u.stopped = make(chan struct{}), make(chan struct{})
	go s.writeLastUses()
}

// stopLastUses writes what waits and returns then.
func (s *Store) stopLastUses() {
	if s.uses.closed == nil { // Open failed before
		return
	}
	s.uses.end.Do(func() { close(s.uses.closed) })
	<-s.uses.stopped
}

// writeLastUses writes what waits, a while after the first of it came.
func (s *Store) writeLastUses() {
	u := &s.uses
	defer close(u.stopped)
	for {
		select {
		case <-u.noted:
		case <-u.closed:
			s.flushUses()
			return
		}
		select {
		case <-time.After(useDelay):
		case <-u.full:
		case <-u.closed:
		}
		s.flushUses()
	}
}

// flushUses writes what waits. What cannot be written now is lost: it is worth no second attempt.
func (s *Store) flushUses() {
	u := &s.uses
	u.mu.Lock()
	uses := u.waiting
	u.waiting = make(map[int64]Use)
	u.mu.Unlock()
	if len(uses) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), batchTime)
	defer cancel()
	err := s.Write(ctx, func(tx *Tx) error {
		for id, use := range uses {
			if err := tx.setLastUse(id, use); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.opts.Log.Warn("last uses of tokens not written", "tokens", len(uses), "error", err)
	}
}

// setLastUse keeps the later of two uses, unless that was by a clock that was ahead; a token that is gone meanwhile is none of them.
func (tx *Tx) setLastUse(id int64, use Use) error {
	from := ""
	if use.From.IsValid() {
		from = use.From.String()
	}
	_, err := tx.execAside(`INSERT INTO token_last_uses (token_id, used_at, address) SELECT id, ?, ? FROM tokens WHERE id = ?
		ON CONFLICT (token_id) DO UPDATE SET used_at = excluded.used_at, address = excluded.address
			WHERE excluded.used_at >= token_last_uses.used_at OR token_last_uses.used_at > ?`, use.At.UnixMilli(), from, id, tx.stamp())
	return err
}
