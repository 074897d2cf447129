package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"panelgate/auth"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/store"
)

// clock is what a limiter takes the time from.
type clock struct{ passed atomic.Int64 }

func (c *clock) Now() time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(c.passed.Load()))
}
func (c *clock) Pass(by time.Duration) { c.passed.Add(int64(by)) }

// newLimited is a server with limits, behind a proxy on this machine, and the clock that it goes by.
func newLimited(t *testing.T, limits auth.Limits) (*gatewaytest.Server, *clock) {
	now := new(clock)
	limits.Now = now.Now
	return gatewaytest.NewServerFrom(t, handlers.Options{Limiter: auth.NewLimiter(limits),
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), now
}

// The two dialects' ways to make one small call with a token from an address.
var dialects = map[string]func(token, from string) gatewaytest.Request{
	"spanel": func(token, from string) gatewaytest.Request {
		return gatewaytest.Request{Method: http.MethodPost, Path: "/spanel/api.php",
			Header: http.Header{"X-Forwarded-For": {from}, "Content-Type": {"application/x-www-form-urlencoded"}},
			Body:   gatewaytest.Form("action=toolbox/echo", "token="+token)}
	},
	"installatron": func(token, from string) gatewaytest.Request {
		return gatewaytest.Request{Method: http.MethodGet, Path: "/users", Header: http.Header{"X-Forwarded-For": {from}, "X-Api-Key": {token}}}
	},
}

// wantLimited fails unless an answer is a 429 in its dialect's envelope that says when to come again.
func wantLimited(t *testing.T, answer gatewaytest.Answer, seconds int) {
	t.Helper()
	if answer.Status != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != strconv.Itoa(seconds) {
		t.Fatalf("status %d, Retry-After %q, want 429 and %d: %s", answer.Status, answer.Header.Get("Retry-After"), seconds, answer.Body)
	}
	var said struct {
		Result  any             `json:"result"`
		Message json.RawMessage `json:"message"`
		Code    string          `json:"code"`
		ErrCode string          `json:"errcode"`
		Status  int             `json:"status"`
		ID      string          `json:"request_id"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil {
		t.Fatal(err)
	}
	spanel := said.Result == "error" && said.Code == "rate_limited" && said.Message[0] == '['
	installatron := said.Result == false && said.ErrCode == "rate_limited" && said.Status == http.StatusTooManyRequests
	if !spanel && !installatron || said.ID == "" || !strings.Contains(string(said.Message), fmt.Sprintf("try again in %d s", seconds)) {
		t.Errorf("the answer is in no dialect's envelope: %s", answer.Body)
	}
}

func wantServed(t *testing.T, answer gatewaytest.Answer) {
	t.Helper()
	if answer.Status != http.StatusOK || strings.Contains(string(answer.Body), `"error"`) {
		t.Fatalf("refused with %d: %s", answer.Status, answer.Body)
	}
}

func TestTokenBudget(t *testing.T) {
	for name, call := range dialects {
		t.Run(name, func(t *testing.T) {
			s, now := newLimited(t, auth.Limits{Token: auth.Rate{PerMinute: 30, Burst: 3}})
			second := s.MustToken(store.NewToken{Kind: store.KindAdmin})
			for i := range 3 { // wherever they come from
				wantServed(t, s.MustSend(call(gatewaytest.AdminToken, fmt.Sprintf("192.0.2.%d", i))))
			}
			wantLimited(t, s.MustSend(call(gatewaytest.AdminToken, "192.0.2.9")), 2)
			strict := gatewaytest.WithHeader(call(gatewaytest.AdminToken, "192.0.2.9"), "X-Strict-Status", "0")
			wantLimited(t, s.MustSend(strict), 2)
			wantServed(t, s.MustSend(call(second, "192.0.2.9")))
			now.Pass(2 * time.Second)
			wantServed(t, s.MustSend(call(gatewaytest.AdminToken, "192.0.2.9")))
			wantLimited(t, s.MustSend(call(gatewaytest.AdminToken, "192.0.2.9")), 2)
		})
	}
}

// A token has the rate that was given to it; one that may not be used costs as much as one that may.
func TestTokensOwnBudget(t *testing.T) {
	for name, call := range dialects {
		t.Run(name, func(t *testing.T) {
			s, _ := newLimited(t, auth.Limits{Token: auth.Rate{PerMinute: 6, Burst: 2}})
			quick := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{PerMinute: 12}})
			for range 12 {
				wantServed(t, s.MustSend(call(quick, "192.0.2.1")))
			}
			wantLimited(t, s.MustSend(call(quick, "192.0.2.1")), 5)
			revoked := s.MustRevokedToken()
			for range 2 {
				if answer := s.MustSend(call(revoked, "192.0.2.1")); !strings.Contains(string(answer.Body), "revoked") {
					t.Errorf("%d %s", answer.Status, answer.Body)
				}
			}
			wantLimited(t, s.MustSend(call(revoked, "192.0.2.1")), 10)
		})
	}
}

// What is refused by its address is refused before its body is read: nothing is waited for.
func TestAddressBudget(t *testing.T) {
	for name, call := range dialects {
		t.Run(name, func(t *testing.T) {
			s, now := newLimited(t, auth.Limits{Address: auth.Rate{PerMinute: 6, Burst: 2}})
			for range 2 {
				wantServed(t, s.MustSend(call(gatewaytest.AdminToken, "2001:db8::1")))
			}
			wantLimited(t, s.MustSend(call(gatewaytest.AdminToken, "2001:db8::2")), 10) // of one /64
			wantServed(t, s.MustSend(call(gatewaytest.AdminToken, "192.0.2.1")))
			raw := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: panel\r\nX-Forwarded-For: 2001:db8::1\r\nContent-Length: 1000000\r\n\r\n",
				call("", "").Path)
			wantLimited(t, s.MustSendRaw(raw), 10)
			now.Pass(10 * time.Second)
			wantServed(t, s.MustSend(call(gatewaytest.AdminToken, "2001:db8::1")))
		})
	}
}

// Wrong tokens shut their address out of both dialects and of sign-on. Tokens that were right there pass.
func TestGuessing(t *testing.T) {
	for name, call := range dialects {
		t.Run(name, func(t *testing.T) {
			s, now := newLimited(t, auth.Limits{Guesses: 4})
			known, revoked := s.MustToken(store.NewToken{Kind: store.KindAdmin}), s.MustRevokedToken()
			wantServed(t, s.MustSend(call(known, "192.0.2.1")))
			for i := range 4 {
				answer := s.MustSend(call(fmt.Sprintf("wrong%d", i), "192.0.2.1"))
				if answer.Status == http.StatusTooManyRequests {
					t.Fatalf("guess %d is shut out: %s", i, answer.Body)
				}
			}
			for _, call := range dialects {
				wantLimited(t, s.MustSend(call(gatewaytest.AdminToken, "192.0.2.1")), 60) // a right one that is not known
				wantLimited(t, s.MustSend(call(revoked, "192.0.2.1")), 60)
				wantServed(t, s.MustSend(call(known, "192.0.2.1")))
				wantServed(t, s.MustSend(call(gatewaytest.AdminToken, "192.0.2.2")))
			}
			if page := mustOpen(t, s, strings.Repeat("a", 40), "192.0.2.1"); page.StatusCode != http.StatusTooManyRequests || page.Header.Get("Retry-After") != "60" {
				t.Errorf("a link: %s, Retry-After %q", page.Status, page.Header.Get("Retry-After"))
			}
			now.Pass(time.Minute)
			wantServed(t, s.MustSend(call(gatewaytest.AdminToken, "192.0.2.1")))
			if log := s.Log.String(); !strings.Contains(log, `"address shut out","address":"192.0.2.1"`) || strings.Contains(log, "wrong0") {
				t.Errorf("the log does not say who was shut out, or says too much: %s", log)
			}
		})
	}
}

// Made-up links count as wrong tokens do; links that are cut off do not, they are no guesses.
func TestGuessingLinks(t *testing.T) {
	s, now := newLimited(t, auth.Limits{Guesses: 4})
	for range 10 {
		if page := mustOpen(t, s, "short", "192.0.2.1"); page.StatusCode != http.StatusNotFound {
			t.Fatal(page.Status)
		}
	}
	for range 4 {
		if page := mustOpen(t, s, strings.Repeat("0", 40), "192.0.2.1"); page.StatusCode != http.StatusGone {
			t.Fatal(page.Status)
		}
	}
	if page := mustOpen(t, s, strings.Repeat("0", 40), "192.0.2.1"); page.StatusCode != http.StatusTooManyRequests {
		t.Error(page.Status)
	}
	wantLimited(t, s.MustSend(dialects["spanel"](gatewaytest.AdminToken, "192.0.2.1")), 60)
	if page := mustOpen(t, s, strings.Repeat("0", 40), "192.0.2.2"); page.StatusCode != http.StatusGone {
		t.Error(page.Status)
	}
	now.Pass(time.Minute)
	if page := mustOpen(t, s, strings.Repeat("0", 40), "192.0.2.1"); page.StatusCode != http.StatusGone {
		t.Error(page.Status)
	}
}

// mustOpen opens a sign-on link.
func mustOpen(t *testing.T, s *gatewaytest.Server, ticket, from string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/spanel/sso/"+ticket, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-For", from)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res
}

// Whoever is not behind a trusted proxy is counted by the address of the connection, whatever it claims.
func TestForgedAddressesDoNotHelp(t *testing.T) {
	s := gatewaytest.NewServerFrom(t, handlers.Options{Limiter: auth.NewLimiter(auth.Limits{Guesses: 4})})
	for i := range 4 {
		s.MustSend(dialects["spanel"]("wrong", fmt.Sprintf("192.0.2.%d", i)))
	}
	wantLimited(t, s.MustSend(dialects["spanel"]("wrong", "192.0.2.99")), 60)
}
