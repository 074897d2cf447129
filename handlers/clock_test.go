package handlers_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"panelgate/auth"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/store"
)

// A server whose clock is set goes on: what it acknowledged is there, a call that is sent again is done once, who was
// shut out is not let in by it, and the audit trail is whole.
func TestFaultsClockOfAServer(t *testing.T) {
	now := new(clock)
	limits := auth.Limits{Address: auth.Rate{PerMinute: 60, Burst: 100}, Guesses: 3, Now: now.Now}
	s := gatewaytest.NewServerAt(t, handlers.Options{Limiter: auth.NewLimiter(limits),
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, now.Now)
	send := func(from, token, name, key string) gatewaytest.Answer {
		return s.MustSend(gatewaytest.Request{Method: http.MethodPost, Path: "/users", Body: `{"id":"` + name + `"}`, Header: http.Header{
			"X-Forwarded-For": {from}, "X-Api-Key": {token}, "Content-Type": {"application/json"}, "Idempotency-Key": {key}}})
	}
	const good, guesser = "192.0.2.1", "192.0.2.66"
	const hour, year = time.Hour, 365 * 24 * time.Hour
	var made []string
	for i, jump := range []time.Duration{0, -hour, hour, year, -year} {
		now.Pass(jump)
		name := fmt.Sprint("made_", i)
		made = append(made, name)
		for again := range 2 {
			answer := send(good, gatewaytest.AdminToken, name, "key of "+name)
			if answer.Status != http.StatusOK || (answer.Header.Get("X-Replayed") != "") != (again == 1) {
				t.Errorf("jump %d, %s, sent %d times before: %d %s", i, name, again, answer.Status, answer.Body)
			}
		}
		if jump == -hour { // the key of a call before it holds
			if answer := send(good, gatewaytest.AdminToken, made[0], "key of "+made[0]); answer.Header.Get("X-Replayed") == "" {
				t.Errorf("an hour back a call was done again: %s", answer.Body)
			}
		}
		for range limits.Guesses {
			send(guesser, "wrong", name, "key of "+name)
		}
		if answer := send(guesser, gatewaytest.AdminToken, name, "key of "+name); answer.Status != http.StatusTooManyRequests {
			t.Errorf("jump %d: who guesses is let in: %d %s", i, answer.Status, answer.Body)
		}
	}
	for _, name := range made {
		if answer := s.MustSend(gatewaytest.Request{Method: http.MethodGet, Path: "/users/" + name, Header: http.Header{"X-Api-Key": {gatewaytest.AdminToken}}}); answer.Status != http.StatusOK {
			t.Errorf("%s is gone: %d %s", name, answer.Status, answer.Body)
		}
	}
	rows := s.MustAudit(store.AuditFilter{})
	if strings.Contains(s.Log.String(), "panic") || strings.Contains(s.Log.String(), `"level":"ERROR"`) {
		t.Errorf("the log: %s", s.Log)
	}
	t.Logf("set %d times: %d users, all there; %d rows in the audit trail, whole", len(made), len(made), len(rows))
}
