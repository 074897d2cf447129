package store

import (
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
)

// openSecond opens a store's database as another process would.
func openSecond(t *testing.T, s *Store) *Store {
	t.Helper()
	second, err := Open(t.Context(), s.opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Close() })
	return second
}

// A commit of another process is noticed though the connection that looks was opened anew since.
func TestOthersCommitsAreNoticedByANewConnection(t *testing.T) {
	s := mustOpen(t)
	second := openSecond(t, s)
	var c *conn
	mustWrite(t, s, func(tx *Tx) error {
		c = tx.conn
		_, err := tx.exec("INSERT INTO settings (name, value) VALUES ('own', ?)", []byte{0})
		return err
	})
	since := s.Moment()
	mustWrite(t, s, func(*Tx) error { c.broken = true; return nil }) // which only the writer reads
	mustWrite(t, second, setting("other's"))
	eventually(t, "the other's commit to be noticed", func() bool { return !s.Unchanged(1, since) })
}

// A commit of another process is noticed while a write waits for a third.
func TestOthersCommitsAreNoticedWhileWaiting(t *testing.T) {
	s := mustOpen(t)
	second := openSecond(t, s)
	since := s.Moment()
	mustWrite(t, second, setting("other's"))
	release := hold(t, second)
	done := make(chan error, 1)
	go func() { done <- s.Write(t.Context(), setting("waits")) }()
	begun := time.Now()
	eventually(t, "the commit to be noticed", func() bool { return !s.Unchanged(1, since) })
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("noticed after %v", took)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// After a statement that failed none is executed any more: SQLite may have ended the transaction, and would keep each.
func TestNothingIsDoneAfterAFailedStatement(t *testing.T) {
	postgres.SQLiteOnly(t, "max_page_count")
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme"})
	mustWrite(t, s, func(tx *Tx) error { return tx.conn.run(tx.ctx, "PRAGMA max_page_count = 1") }) // as many as there are
	before := told(t, s)
	reason := make([]byte, 1<<20)
	for i := range reason {
		reason[i] = 'x'
	}
	err := s.Write(t.Context(), func(tx *Tx) error {
		return tx.SuspendAccounts(ScopeAll(), []string{"acme"}, "token 1", string(reason))
	})
	if err == nil {
		t.Fatal("there was room")
	}
	if after := told(t, s); after["acme"] != before["acme"] {
		t.Errorf("told %v, and changed\n%s\nto\n%s", err, before["acme"], after["acme"])
	}
}
