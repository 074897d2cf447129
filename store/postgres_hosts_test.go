package store

import (
	"fmt"
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
)

// Of several servers one that is silent, as a machine without power is, keeps nobody from the one that takes writes: neither who
// starts, nor who was at work on it.
func TestASilentServerIsNotTheOnlyOne(t *testing.T) {
	postgres.Only(t, "servers of which one is silent")
	t.Parallel()
	first, second := postgres.MustStart(t), postgres.MustStart(t)
	aead := mustAEAD(t)
	of := func(url string) func(*Options) {
		return func(o *Options) { o.DB, o.AEAD = url, aead }
	}
	both := fmt.Sprintf("postgres://postgres@127.0.0.1:%d,127.0.0.1:%d/postgres?sslmode=disable", first.Port, second.Port)
	mustWrite(t, mustOpen(t, of(second.URL("postgres"))), setting("is the second"))

	mustDo(t, second.Freeze)
	began := time.Now()
	s := mustOpen(t, of(both))
	if took := time.Since(began); took > dialTime || has(t, s, "is the second") {
		t.Errorf("a start beside a silent server took %v", took)
	}

	mustDo(t, second.Thaw)
	mustDo(t, first.Freeze)
	began = time.Now()
	eventually(t, "the second to be found", func() bool { return s.Write(t.Context(), setting("late")) == nil })
	if took := time.Since(began); took > dialTime+answerTime || !has(t, s, "is the second") {
		t.Errorf("it took %v", took)
	}
	t.Logf("the other server was found after %v", time.Since(began))
}

func mustDo(t *testing.T, do func() error) {
	t.Helper()
	if err := do(); err != nil {
		t.Fatal(err)
	}
}
