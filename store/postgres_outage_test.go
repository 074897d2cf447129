package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
)

// Whatever happens to the server, nothing that is kept passes for unchanged a quarter of a second later.
func TestNothingIsTakenForTrueWhileCutOff(t *testing.T) {
	postgres.Only(t, "outages")
	server := postgres.MustStart(t)
	s := mustOpen(t, func(o *Options) { o.DB = server.URL("postgres") })
	heard := func() bool { return s.Unchanged(1, s.Moment()) }
	for name, cut := range map[string]struct{ off, on func() error }{
		"frozen": {server.Freeze, server.Thaw},
		"halted": {func() error { return server.Halt(t.Context()) }, func() error { return server.Run(t.Context()) }},
	} {
		eventually(t, "it to hear", heard)
		if err := cut.off(); err != nil {
			t.Fatal(err)
		}
		<-time.After(deafAfter) // the promise itself
		if heard() {
			t.Errorf("%s: what is kept passes for unchanged", name)
		}
		since := s.Moment()
		if err := cut.on(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it to hear again", heard)
		if name == "halted" && s.Unchanged(1, since) {
			t.Errorf("%s: what was kept meanwhile passes for unchanged", name)
		}
	}
	// A listener whose session alone is lost.
	since := s.Moment()
	mustRun(t, mustSession(t, s), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT 1%' OR query LIKE 'LISTEN%' OR query LIKE '%pg_locks%' AND pid <> pg_backend_pid()")
	eventually(t, "what was kept to be given up", func() bool { return !s.Unchanged(1, since) })
	eventually(t, "it to hear again", heard)
}

// While the server is away every call is told so, within bounded time; once it is back, all goes on by itself.
func TestOutages(t *testing.T) {
	postgres.Only(t, "outages")
	server := postgres.MustStart(t)
	s := mustOpen(t, func(o *Options) { o.DB = server.URL("postgres") })
	mustWrite(t, s, setting("before"))
	if err := server.Halt(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustBeUnavailable(t, "a write", s.Write(t.Context(), setting("meanwhile")))
	mustBeUnavailable(t, "a read", s.Ping(t.Context()))
	if err := server.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, setting("after"))
	if !has(t, s, "before") || has(t, s, "meanwhile") || !has(t, s, "after") {
		t.Error("not exactly what was acknowledged is there")
	}

	if err := server.Freeze(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := s.Ping(ctx); err == nil || time.Since(began) > answerTime+time.Second {
		t.Errorf("a read of a server that hangs: %v after %v", err, time.Since(began))
	}
	began = time.Now()
	mustBeUnavailable(t, "a write to a server that hangs", s.Write(t.Context(), setting("hangs")))
	if took := time.Since(began); took > answerTime {
		t.Errorf("a write to a server that hangs took %v", took)
	}
	if err := server.Thaw(); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, setting("thawed"))
}

// Writes that share a transaction, whose server dies in it and stays away, are all told so; none of them is there later.
func TestAnOutageWithinAGroup(t *testing.T) {
	postgres.Only(t, "outages")
	server := postgres.MustStart(t)
	s := mustOpen(t, func(o *Options) { o.DB = server.URL("postgres") })
	mustWrite(t, s, setting("before"))
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			err := s.Write(context.Background(), func(tx *Tx) error {
				if err := tx.saveSetting(fmt.Sprint("write ", i), []byte("x")); err != nil { // of those behind the first
					return err
				}
				eventually(t, "the others to queue", func() bool { return len(s.queue) == 2 })
				return server.Halt(context.Background())
			})
			mustBeUnavailable(t, fmt.Sprint("write ", i), err)
		})
	}
	all.Wait()
	if err := server.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, setting("after"))
	if !has(t, s, "before") || has(t, s, "write 0") || has(t, s, "write 1") || has(t, s, "write 2") || !has(t, s, "after") {
		t.Error("not exactly what was acknowledged is there")
	}
}

// A client that hangs up costs no session.
func TestWhoHangsUpEndsNoSession(t *testing.T) {
	postgres.Only(t, "sessions")
	s := mustOpen(t, func(o *Options) { o.Readers = 2 })
	session := mustSession(t, s)
	sessions := func() (pids string) {
		t.Helper()
		err := session.QueryRowContext(t.Context(), `SELECT string_agg(CAST(pid AS text), ' ' ORDER BY pid) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'panelgate'`).Scan(&pids)
		if err != nil {
			t.Fatal(err)
		}
		return pids
	}
	reads := func(ctx context.Context, hangUp func()) (err error) {
		return s.Read(ctx, func(tx *Tx) error {
			_, err := tx.setting("before")
			hangUp()
			_, again := tx.setting("after")
			return errors.Join(err, again)
		})
	}
	var both sync.WaitGroup
	for range 2 { // at once, so that each connection is open
		both.Go(func() { _ = s.Ping(t.Context()) })
	}
	both.Wait()
	before := sessions()
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		if err := reads(ctx, cancel); !errors.Is(err, context.Canceled) {
			t.Errorf("the read of a client that hung up: %v", err)
		}
	}
	mustWrite(t, s, setting("on"))
	if after := sessions(); after != before {
		t.Errorf("sessions %s before, %s after", before, after)
	}
}

// A server that is restarted while nobody calls is not noticed by who calls next.
func TestARestartBetweenCallsIsNotNoticed(t *testing.T) {
	postgres.Only(t, "outages")
	server := postgres.MustStart(t)
	s := mustOpen(t, func(o *Options) { o.DB = server.URL("postgres") })
	for range 3 {
		if err := server.Halt(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := server.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Write(t.Context(), func(tx *Tx) error { return tx.saveSetting("again", []byte("x")) }); err != nil {
			t.Error(err)
		}
	}
}
