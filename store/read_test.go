package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"panelgate/permissions"
)

func TestReadIsASnapshot(t *testing.T) {
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme"})
	add := func(name string) {
		mustWrite(t, s, func(tx *Tx) error { return tx.CreateSubuser(ScopeAll(), "acme", name, "", permissions.All()) })
	}
	count := func(tx *Tx) int {
		subusers, err := tx.Subusers(ScopeAll(), "acme")
		if err != nil {
			t.Error(err)
		}
		return len(subusers)
	}
	add("one")
	mustReadTx(t, s, func(tx *Tx) error {
		before := count(tx)
		add("two")
		if after := count(tx); before != 1 || after != 1 {
			t.Errorf("one read saw %d, then %d", before, after)
		}
		return nil
	})
	mustReadTx(t, s, func(tx *Tx) error {
		if n := count(tx); n != 2 {
			t.Errorf("a later read saw %d", n)
		}
		return nil
	})
}

func TestReadCannotWrite(t *testing.T) {
	s := mustOpen(t, func(o *Options) { o.Readers = 2 })
	try := func(tx *Tx) error {
		if err := setting("smuggled")(tx); err == nil {
			t.Error("a read wrote")
		}
		return nil
	}
	mustReadTx(t, s, func(tx *Tx) error { // on one connection, and then on the other
		mustReadTx(t, s, try)
		return try(tx)
	})
	if err := s.Glance(t.Context(), try); err != nil {
		t.Error(err)
	}
	err := s.Read(t.Context(), func(tx *Tx) error {
		_, err := tx.SaveAccount(ScopeAll(), AccountChange{Name: "smuggled"})
		return err
	})
	if err == nil {
		t.Error("a read made an account")
	}
	if has(t, s, "smuggled") {
		t.Error("what a read wrote is there")
	}
}

// A read that fails, panics or is given up leaves its connection fit for the next.
func TestReadEndsItsSnapshot(t *testing.T) {
	s := mustOpen(t, func(o *Options) { o.Readers = 1 })
	if err := s.Read(t.Context(), func(*Tx) error { return errRefused }); !errors.Is(err, errRefused) {
		t.Errorf("%v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Read(t.Context(), func(*Tx) error { panic("at the wrong moment") })
	}()
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Read(ctx, func(tx *Tx) error {
		cancel()
		_, err := tx.setting("x")
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a read that was given up: %v", err)
	}
	mustWrite(t, s, setting("later"))
	if !has(t, s, "later") {
		t.Error("the connection still reads an old snapshot")
	}
}

func TestReadWaitsForAConnectionAsLongAsItsContext(t *testing.T) {
	s := mustOpen(t, func(o *Options) { o.Readers = 1 })
	mustReadTx(t, s, func(*Tx) error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Read(ctx, func(*Tx) error {
			t.Error("two reads on one connection")
			return nil
		})
		if !errors.Is(err, ErrBusy) || !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		return nil
	})
}

// After Write has returned, every read sees what it wrote, whichever connection it gets.
func TestReadsSeeAcknowledgedWrites(t *testing.T) {
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme"})
	const writers, each = 8, 25
	var working sync.WaitGroup
	for w := range writers {
		working.Go(func() {
			for i := range each {
				name := fmt.Sprintf("user_%d_%d", w, i)
				err := s.Write(t.Context(), func(tx *Tx) error {
					_, err := tx.SaveAccount(ScopeAll(), AccountChange{Name: name, Websites: &[]Website{{Path: "/" + name}, {Path: "/"}}})
					return err
				})
				if err != nil {
					t.Errorf("write %s: %v", name, err)
					return
				}
				err = s.Read(t.Context(), func(tx *Tx) error {
					account, err := tx.Account(ScopeAll(), name)
					if err != nil {
						return err
					}
					sites, err := tx.Websites(account)
					if len(sites) != 2 || sites[0].Path != "/"+name {
						t.Errorf("%s has %+v", name, sites)
					}
					return err
				})
				if err != nil {
					t.Errorf("read %s: %v", name, err)
					return
				}
			}
		})
	}
	working.Wait()
}

// A read-then-write loses nothing to another one.
func TestWritesAreSerial(t *testing.T) {
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme", Email: new("0")})
	const writers, each = 8, 50
	var working sync.WaitGroup
	for range writers {
		working.Go(func() {
			for range each {
				err := s.Write(t.Context(), func(tx *Tx) error {
					account, err := tx.Account(ScopeAll(), "acme")
					if err != nil {
						return err
					}
					var n int
					if _, err := fmt.Sscan(account.Email, &n); err != nil {
						return err
					}
					_, err = tx.SaveAccount(ScopeAll(), AccountChange{Name: "acme", Email: new(fmt.Sprint(n + 1))})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	working.Wait()
	mustReadTx(t, s, func(tx *Tx) error {
		account, err := tx.Account(ScopeAll(), "acme")
		if account.Email != fmt.Sprint(writers*each) {
			t.Errorf("counted to %s, want %d", account.Email, writers*each)
		}
		return err
	})
}
