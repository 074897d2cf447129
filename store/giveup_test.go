package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"panelgate/gatewaytest/postgres"
)

// fading is a context that is given up when it is looked at for the last of so many times: each n is another moment.
type fading struct {
	context.Context
	cancel context.CancelFunc
	looks  atomic.Int64
}

func (f *fading) look() {
	if f.looks.Add(-1) == 0 {
		f.cancel()
	}
}

func (f *fading) Done() <-chan struct{} { f.look(); return f.Context.Done() }
func (f *fading) Err() error            { f.look(); return f.Context.Err() }

// A read may be given up at any moment: its one connection serves the next all the same, in a snapshot of its own.
func TestReadsGivenUpAtAnyMoment(t *testing.T) {
	const reads = 1000
	s := mustOpen(t, func(o *Options) { o.Readers = 1 })
	mustAccount(t, s, AccountChange{Name: "acme", Websites: &[]Website{{Path: "/srv/acme"}}})
	read := func(ctx context.Context) error {
		return s.Read(ctx, func(tx *Tx) error {
			account, err := tx.Account(ScopeAll(), "acme")
			if err != nil {
				return err
			}
			_, err = tx.Websites(account)
			return err
		})
	}
	givenUp := 0
	for i := range reads {
		ctx := &fading{}
		ctx.Context, ctx.cancel = context.WithCancel(t.Context())
		ctx.looks.Store(int64(1 + i%100))
		racing := make(chan struct{})
		go func() { // and at moments between those
			defer close(racing)
			if i%2 == 0 {
				for range rand.IntN(20_000) {
					_ = ctx.Context.Err()
				}
				ctx.cancel()
			}
		}()
		err := read(ctx)
		if err != nil {
			givenUp++
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("read %d, given up: %v", i, err)
		}
		<-racing
		ctx.cancel()
		if err := read(t.Context()); err != nil {
			t.Fatalf("the read after read %d, which was given up: %v", i, err)
		}
	}
	if givenUp == 0 || givenUp == reads {
		t.Errorf("%d reads of %d were given up in time; the moments are badly chosen", givenUp, reads)
	}
	mustWrite(t, s, setting("later"))
	if !has(t, s, "later") {
		t.Error("the connection still reads an old snapshot")
	}
}

// A connection whose transaction could not be ended is replaced, for reads and for writes, and is closed.
func TestBrokenConnectionsAreReplaced(t *testing.T) {
	s := mustOpen(t, func(o *Options) { o.Readers = 1 })
	breakDown := func(tx *Tx) error {
		tx.conn.broken = true
		return nil
	}
	for i := range 3 {
		before, after := fmt.Sprint("before ", i), fmt.Sprint("after ", i)
		mustWrite(t, s, func(tx *Tx) error { return errors.Join(setting(before)(tx), breakDown(tx)) })
		mustReadTx(t, s, breakDown)
		mustWrite(t, s, setting(after))
		if !has(t, s, before) || !has(t, s, after) {
			t.Error("what was acknowledged is not there")
		}
	}
	for _, db := range []*sql.DB{s.readDB, s.writeDB} {
		if open := db.Stats().OpenConnections; open != 1 {
			t.Errorf("%d connections are open, want 1", open)
		}
	}
}

// The time of a transaction runs out in one write of many: each write is answered by what is stored of it, whole or not
// at all. Time passes in the test only while everybody waits.
func TestWritesThatTakeTooLong(t *testing.T) {
	postgres.SQLiteOnly(t, "who waits for a network is not seen to wait")
	outOfTime := func(tx *Tx) { <-tx.ctx.Done() }
	for name, c := range map[string]struct {
		slow func(runs int) func(*Tx) error // runs counts from 1
		kept bool
	}{
		"each time": {slow: func(int) func(*Tx) error {
			return func(tx *Tx) error {
				err := setting("slow")(tx)
				outOfTime(tx)
				return err
			}
		}},
		"once": {kept: true, slow: func(runs int) func(*Tx) error {
			return func(tx *Tx) error {
				if runs == 1 {
					outOfTime(tx)
				}
				return setting("slow")(tx)
			}
		}},
		"and is refused": {slow: func(int) func(*Tx) error {
			return func(tx *Tx) error {
				err := setting("slow")(tx)
				outOfTime(tx)
				return errors.Join(err, errRefused)
			}
		}},
		"and panics": {slow: func(int) func(*Tx) error {
			return func(tx *Tx) error {
				outOfTime(tx)
				panic("too late")
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := mustOpen(t)
				runs, tries := 0, 0
				names := []string{"before", "refused at first", "slow", "after"}
				errs := queueUpInTurn(t, s, setting("before"),
					func(tx *Tx) error {
						if tries++; tries == 1 {
							return errRefused // which is undone with its transaction
						}
						return setting("refused at first")(tx)
					},
					func(tx *Tx) error { runs++; return c.slow(runs)(tx) }, setting("after"))
				for i, err := range errs {
					if stored := has(t, s, names[i]); stored != (err == nil) {
						t.Errorf("%s was answered with %v, and is stored: %t", names[i], err, stored)
					}
				}
				if errs[0] != nil || errs[1] != nil || errs[3] != nil || (errs[2] == nil) != c.kept {
					t.Errorf("answered %v, want the slow one alone to fail, unless a second run is in time", errs)
				}
				if errors.Is(errs[2], ErrUncertain) {
					t.Errorf("the slow one: %v; what became of it is certain", errs[2])
				}
			})
		})
	}
}

// queueUpInTurn is queueUp within a bubble of synctest.
func queueUpInTurn(t *testing.T, s *Store, writes ...func(*Tx) error) []error {
	t.Helper()
	release := hold(t, s)
	errs := make([]error, len(writes))
	var waiting sync.WaitGroup
	for i, fn := range writes {
		waiting.Go(func() { errs[i] = s.Write(context.Background(), fn) })
		synctest.Wait() // until it is in the queue
	}
	if err := release(); err != nil {
		t.Errorf("the write in front: %v", err)
	}
	waiting.Wait()
	return errs
}
