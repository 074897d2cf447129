package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"panelgate/gatewaytest/postgres"
)

// glanceAt looks for a setting, and gives what was found.
func glanceAt(ctx context.Context, s *Store, name string) (value string, err error) {
	return value, s.Glance(ctx, func(tx *Tx) error {
		found, err := tx.setting(name)
		value = string(found)
		return err
	})
}

// Glances that share their way to the server have each an answer of its own, whatever becomes of the others: some fail on the
// server, some panic, some are given up, and connections are lost meanwhile.
func TestGlancesThatShareTheirWay(t *testing.T) {
	postgres.Only(t, "what is asked together")
	s := mustOpen(t)
	session := mustSession(t, s)
	const names, each = 20, 30
	for i := range names {
		mustWrite(t, s, func(tx *Tx) error { return tx.saveSetting(fmt.Sprint(i), []byte(fmt.Sprint("value ", i))) })
	}
	var all sync.WaitGroup
	for i := range names {
		all.Go(func() {
			for range each {
				if value, err := glanceAt(t.Context(), s, fmt.Sprint(i)); err != nil || value != fmt.Sprint("value ", i) {
					t.Errorf("%d is %q, %v", i, value, err)
				}
			}
		})
	}
	bad := func(run func() error) {
		all.Go(func() {
			for range each {
				if err := run(); err == nil {
					t.Error("a glance that is wrong was answered")
				}
			}
		})
	}
	bad(func() error {
		return s.Glance(t.Context(), func(tx *Tx) error {
			_, err := collect(tx, scanCount, "SELECT 1 / CAST(? AS BIGINT)", 0)
			return err
		})
	})
	bad(func() (err error) {
		defer func() { err = fmt.Errorf("%v", recover()) }()
		return s.Glance(t.Context(), func(tx *Tx) error {
			_, err := collect(tx, func(*row) (int, error) { panic("a line") }, "SELECT 1")
			return err
		})
	})
	bad(func() error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := glanceAt(ctx, s, "0")
		return err
	})
	bad(func() error {
		return s.Glance(t.Context(), func(tx *Tx) error { return errors.Join(errRefused, ofAnother(tx.setting("0"))) })
	})
	for range 3 {
		mustRun(t, session, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND state = 'idle' AND query LIKE '%FROM settings%'`)
	}
	all.Wait()
}

// Glances that are given up while they wait are not asked, and none waits for the time of others.
func TestGlancesThatAreGivenUpAreNotAsked(t *testing.T) {
	postgres.Only(t, "what is asked together")
	s := mustOpen(t, func(o *Options) { o.Readers = 1 })
	mustWrite(t, s, setting("there"))
	const patient, impatient = 20, 300
	ctx, giveUp := context.WithCancel(t.Context())
	var waiting, all sync.WaitGroup
	glances := func(n int, ctx context.Context, of *sync.WaitGroup, right func(value string, err error) bool) {
		for range n {
			of.Go(func() {
				if value, err := glanceAt(ctx, s, "there"); !right(value, err) {
					t.Errorf("%q, %v", value, err)
				}
			})
		}
	}
	mustReadTx(t, s, func(*Tx) error { // which has the only reader meanwhile
		glances(impatient, ctx, &all, func(_ string, err error) bool { return errors.Is(err, context.Canceled) })
		glances(patient, t.Context(), &waiting, func(value string, err error) bool { return err == nil && value != "" })
		eventually(t, "all to wait", func() bool { return len(ofPostgres(s).asked) == patient+impatient-askers() })
		giveUp()
		return nil
	})
	all.Wait()
	waiting.Wait()
}

// A panic in a write costs its connection, and neither what shared the transaction nor the certainty of what was stored.
func TestAPanicWithinALineOfAWrite(t *testing.T) {
	postgres.Only(t, "lines that the driver itself reads")
	s := mustOpen(t)
	errs := queueUp(t, s, setting("first"), func(tx *Tx) error {
		_, err := collect(tx, func(*row) (int, error) { panic("a line") }, "SELECT 1")
		return err
	}, setting("third"))()
	var panicked *PanicError
	if errs[0] != nil || !errors.As(errs[1], &panicked) || errs[2] != nil {
		t.Errorf("%v", errs)
	}
	if !has(t, s, "first") || !has(t, s, "third") {
		t.Error("not all is kept that was acknowledged")
	}
}

// A glance sees what was stored before it began, however many share its way.
func TestGlancesSeeWhatIsStored(t *testing.T) {
	postgres.Only(t, "what is asked together")
	one := mustOpen(t)
	two := mustNode(t, one)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 20 {
				name := fmt.Sprint(i, " ", n)
				if err := one.Write(t.Context(), setting(name)); err != nil {
					t.Error(err)
				}
				if value, err := glanceAt(t.Context(), two, name); err != nil || value == "" {
					t.Errorf("%s is %q, %v", name, value, err)
				}
			}
		})
	}
	all.Wait()
}
