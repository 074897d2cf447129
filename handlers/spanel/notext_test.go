package spanel_test

import (
	"testing"
	"time"

	"panelgate/gatewaytest"
	"panelgate/store"
)

// A name that is no text is nobody's, whatever the database makes of it, and the refusal is in the trail.
func TestNamesThatAreNoTextAreNotFound(t *testing.T) {
	s := gatewaytest.NewServer(t)
	names := []string{"\x00", gatewaytest.Account + "\x00", "a\xff", "\xc3"}
	for _, name := range names {
		if got := readRefusal(t, s.MustSend(call(newSubuser, "token="+gatewaytest.AdminToken, "accountuser="+name))); got.Code != "not_found" {
			t.Errorf("%q: %+v", name, got)
		}
	}
	told := 0
	for deadline := time.Now().Add(30 * time.Second); told < len(names) && time.Now().Before(deadline); <-time.After(time.Millisecond) {
		told = len(s.MustAudit(store.AuditFilter{Action: "user/addsubuser"}))
	}
	if told != len(names) {
		t.Errorf("%d of %d refusals are in the trail", told, len(names))
	}
}
