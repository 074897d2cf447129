package spanel_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"panelgate/gatewaytest"
	"panelgate/store"
)

// While nothing can be written, refusals are told all the same. Their rows come when they can, and those for
// which there is no room are counted.
func TestRefusalsWhileTheDatabaseIsLocked(t *testing.T) {
	s := gatewaytest.NewServer(t)
	release := s.MustHoldWrites()
	const refusals = 300 // more than may wait
	var callers sync.WaitGroup
	started := time.Now()
	for range refusals {
		callers.Go(func() {
			if got := readRefusal(t, s.MustSend(call(newSubuser, "username=no blanks"))); got.Code != "invalid_field" {
				t.Errorf("%+v", got)
			}
		})
	}
	callers.Wait()
	told := time.Since(started)
	release()

	lost := strings.Count(s.Log.String(), "a refusal is missing in the audit trail")
	var rows []store.AuditRow
	for deadline := time.Now().Add(30 * time.Second); len(rows)+lost < refusals && time.Now().Before(deadline); <-time.After(time.Millisecond) {
		rows = s.MustAudit(store.AuditFilter{})
		lost = strings.Count(s.Log.String(), "a refusal is missing in the audit trail")
	}
	if len(rows)+lost != refusals || lost == 0 || len(rows) == 0 {
		t.Errorf("%d refusals: %d rows, %d told to be lost", refusals, len(rows), lost)
	}
	t.Logf("%d refusals told within %v: %d rows, %d lost", refusals, told.Round(time.Millisecond), len(rows), lost)
}
