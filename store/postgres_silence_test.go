package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
)

// A server that is silent, as a machine without power is, keeps nobody waiting: what is under way is given up in bounded time,
// with all that waits behind it, and who comes later is told at once.
func TestASilentServerKeepsNobodyWaiting(t *testing.T) {
	postgres.Only(t, "outages")
	t.Parallel()
	server := postgres.MustStart(t)
	s := mustOpen(t, func(o *Options) { o.DB = server.URL("postgres") })
	if err := server.Freeze(); err != nil {
		t.Fatal(err)
	}
	calls := func(most time.Duration) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), answerTime) // as every call has one
		defer cancel()
		var all sync.WaitGroup
		for range 30 {
			for what, call := range map[string]func() error{
				"a write":  func() error { return s.Write(context.Background(), setting("silent")) },
				"a read":   func() error { return s.Ping(ctx) },
				"a glance": func() error { _, err := glanceAt(ctx, s, "silent"); return err },
			} {
				all.Go(func() {
					began := time.Now()
					err := call()
					if took := time.Since(began); took > most {
						t.Errorf("%s took %v, more than %v: %v", what, took, most, err)
					}
					if !IsUnavailable(err) && !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s: %v", what, err)
					}
				})
			}
		}
		all.Wait()
	}
	calls(answerTime + renewTime)
	calls(time.Second)
	if err := server.Thaw(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server to be heard", func() bool { return s.Ping(t.Context()) == nil })
	mustWrite(t, s, setting("later"))
}
