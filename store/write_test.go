package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"panelgate/gatewaytest/postgres"
)

var errRefused = errors.New("refused")

func TestARefusedWriteUndoesOnlyItself(t *testing.T) {
	s := mustOpen(t)
	errs := queueUp(t, s,
		setting("before"),
		func(tx *Tx) error { return errors.Join(setting("refused")(tx), errRefused) },
		setting("between"),
		func(tx *Tx) error {
			err := setting("panicked")(tx)
			panic(fmt.Sprint("at the wrong moment ", err))
		},
		func(tx *Tx) error { return errors.Join(setting("twice")(tx), setting("twice")(tx)) },
		setting("after"),
	)()
	var panicked *PanicError
	if errs[0] != nil || errs[2] != nil || errs[5] != nil {
		t.Errorf("the good ones: %v, %v, %v", errs[0], errs[2], errs[5])
	}
	if !errors.Is(errs[1], errRefused) || !isUnique(errs[4]) {
		t.Errorf("refused: %v; refused by the database: %v", errs[1], errs[4])
	}
	if !errors.As(errs[3], &panicked) || panicked.Value != "at the wrong moment <nil>" || len(panicked.Stack) == 0 {
		t.Errorf("panicked: %v", errs[3])
	}
	for name, want := range map[string]bool{
		"before": true, "refused": false, "between": true, "panicked": false, "twice": false, "after": true,
	} {
		if got := has(t, s, name); got != want {
			t.Errorf("%s: kept is %v, want %v", name, got, want)
		}
	}
}

// breakCommit writes what only the commit refuses.
func breakCommit(tx *Tx) error {
	_, err := tx.exec("INSERT INTO late (id) VALUES (77)")
	return err
}

// A commit that fails as a whole spoils no other write: each runs again, alone.
func TestAFailedCommitRunsTheOthersAgain(t *testing.T) {
	s := mustOpen(t)
	mustExec(t, s, "CREATE TABLE late (id BIGINT REFERENCES logins (id) DEFERRABLE INITIALLY DEFERRED)")
	runs := make(runs)
	errs := queueUp(t, s,
		runs.counted("before"),
		breakCommit,
		func(tx *Tx) error { return errors.Join(runs.counted("refused")(tx), errRefused) },
		runs.counted("after"),
	)()
	if errs[0] != nil || errs[3] != nil {
		t.Errorf("the good ones: %v, %v", errs[0], errs[3])
	}
	if errs[1] == nil || !errors.Is(errs[2], errRefused) {
		t.Errorf("the breaker: %v; the refused one: %v", errs[1], errs[2])
	}
	if runs["before"] < 2 || runs["after"] < 1 || runs["refused"] < 2 {
		t.Errorf("runs: %v; what was with the breaker runs again", runs)
	}
	if !has(t, s, "before") || !has(t, s, "after") || has(t, s, "refused") {
		t.Error("not exactly the good ones are there")
	}
	if err := s.Write(t.Context(), breakCommit); err == nil {
		t.Error("a commit that failed alone was acknowledged")
	}
	mustWrite(t, s, setting("later"))
}

func TestAWriteThatNobodyWaitsForIsNotBegun(t *testing.T) {
	s := mustOpen(t)
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Write(ctx, func(*Tx) error {
			t.Error("the write was begun")
			return nil
		})
	}()
	eventually(t, "the write to queue", func() bool { return len(s.queue) == 1 })
	cancel()
	if err := release(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, ErrBusy) || !errors.Is(err, context.Canceled) || !IsUnavailable(err) {
		t.Errorf("%v", err)
	}
}

func TestAFullQueueIsToldToThoseWhoGiveUp(t *testing.T) {
	s := mustOpen(t)
	release := hold(t, s)
	var waiting sync.WaitGroup
	for i := range queueLength {
		waiting.Go(func() {
			if err := s.Write(context.Background(), func(*Tx) error { return nil }); err != nil {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	eventually(t, "the queue to fill", func() bool { return len(s.queue) == queueLength })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Write(ctx, setting("one too many")); !errors.Is(err, ErrBusy) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	waiting.Wait()
}

func TestAWriteThatBeganIsFinished(t *testing.T) {
	s := mustOpen(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Write(ctx, func(tx *Tx) error {
		cancel()
		return setting("begun")(tx)
	})
	if err != nil || !has(t, s, "begun") {
		t.Errorf("%v", err)
	}
}

func TestCloseWaitsForWrites(t *testing.T) {
	s := mustOpen(t)
	results := queueUp(t, s, setting("last"))
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	eventually(t, "Close to wait", func() bool {
		free := s.lock.mu.TryRLock() // not while somebody waits to lock
		if free {
			s.lock.mu.RUnlock()
		}
		return !free
	})
	late := make(chan error, 1)
	go func() { late <- s.Write(context.Background(), setting("late")) }()
	select {
	case err := <-closed:
		t.Fatalf("Close did not wait: %v", err)
	default:
	}
	if err := results()[0]; err != nil {
		t.Errorf("the accepted write: %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	for name, err := range map[string]error{
		"a write meanwhile": <-late,
		"Write":             s.Write(t.Context(), setting("x")),
		"Read":              s.Read(t.Context(), func(*Tx) error { return nil }),
		"Ping":              s.Ping(t.Context()),
	} {
		if !errors.Is(err, ErrClosed) || !IsUnavailable(err) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	again := mustOpen(t, func(o *Options) { *o = s.opts })
	if !has(t, again, "last") || has(t, again, "late") {
		t.Error("not exactly the accepted write is there")
	}
}

// A database that another program keeps locked is busy, and the store recovers.
func TestALockedDatabaseIsUnavailable(t *testing.T) {
	postgres.SQLiteOnly(t, "a lock of the whole file")
	s := mustOpen(t)
	mustWrite(t, s, func(tx *Tx) error { return tx.conn.run(tx.ctx, "PRAGMA busy_timeout = 1") })
	raw := mustRaw(t, s)
	if _, err := raw.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), setting("locked out")); !IsUnavailable(err) {
		t.Errorf("while locked: %v", err)
	}
	if _, err := raw.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, setting("let in"))
	if has(t, s, "locked out") {
		t.Error("what was refused is there")
	}
}
