package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"panelgate/auth"
	"panelgate/cli"
	"panelgate/client"
	"panelgate/fastpath"
	"panelgate/gatewaytest"
	"panelgate/gatewaytest/postgres"
	"panelgate/handlers"
	"panelgate/handlers/spanel"
)

// kept is a call whose answer is kept, with a token and some fields replaced or added.
func kept(token string, fields ...string) gatewaytest.Request {
	plain := []string{"token=" + token, "action=user/listsubusers", "accountuser=" + gatewaytest.Account}
	return gatewaytest.Request{Method: http.MethodPost, Path: "/spanel/api.php", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body: gatewaytest.Form(gatewaytest.With(plain, fields...)...)}
}

// newRecalling is a server that keeps answers, which only one that has its database to itself does.
func newRecalling(t *testing.T, limits auth.Limits) (*gatewaytest.Server, *clock) {
	postgres.SQLiteOnly(t, "answers are not kept where other servers write too")
	return newLimited(t, limits)
}

// mustRecall sends a request until it is answered from memory, and gives that answer. On a busy machine it may take a
// while: nothing is answered from memory before the database was looked at, and nothing that is sent while the handler of
// the one before it has not returned.
func mustRecall(t *testing.T, s *gatewaytest.Server, r gatewaytest.Request) (answer gatewaytest.Answer) {
	t.Helper()
	eventually(t, "an answer from memory", func() bool {
		before := s.Handled.Load()
		answer = s.MustSend(r)
		return s.Handled.Load() == before
	})
	return answer
}

// An answer from memory is that of the handler, but for the names of the requests and the time.
func TestRecalledAnswersAreTheSame(t *testing.T) {
	s, _ := newRecalling(t, auth.Limits{})
	for _, action := range []string{"user/listsubusers", "user/listuserpermissions", "accounts/listaccounts"} {
		r := kept(gatewaytest.AdminToken, "action="+action)
		first := s.MustSend(r)
		again := mustRecall(t, s, r)
		if string(first.Body) != string(again.Body) || first.Status != again.Status {
			t.Errorf("%s: %d %s\nfrom memory %d %s", action, first.Status, first.Body, again.Status, again.Body)
		}
		if id := again.Header.Get("X-Request-Id"); len(id) != 16 || id == first.Header.Get("X-Request-Id") {
			t.Errorf("%s: the request is called %q", action, id)
		}
		for _, header := range []http.Header{first.Header, again.Header} {
			header.Del("X-Request-Id")
			header.Set("Date", "now")
		}
		if fmt.Sprint(first.Header) != fmt.Sprint(again.Header) {
			t.Errorf("%s: headers %v\nfrom memory %v", action, first.Header, again.Header)
		}
	}
}

// What is not to be answered from memory is answered as ever, on the same connection.
func TestWhatIsNotRecalled(t *testing.T) {
	s, _ := newRecalling(t, auth.Limits{})
	was := mustRecall(t, s, kept(gatewaytest.AdminToken))
	for name, c := range map[string]struct {
		request gatewaytest.Request
		want    string
	}{
		"a wrong token":            {kept("wrong"), "error"},
		"another's account":        {kept(s.MustAccount("other")), "belong"},
		"no such account":          {kept(gatewaytest.AdminToken, "accountuser=nobody"), "nobody"},
		"another action":           {kept(gatewaytest.AdminToken, "action=toolbox/echo"), "success"},
		"no such action":           {kept(gatewaytest.AdminToken, "action=user/nothing"), "error"},
		"a dry run":                {kept(gatewaytest.AdminToken, "dryrun=input"), "dryrun"},
		"a list of names":          {kept(gatewaytest.AdminToken, "accountuser[]=a"), "accountuser"},
		"a token in another field": {kept(gatewaytest.AdminToken, "note="+auth.NewSecret()), "leaked"},
		"an empty key":             {kept(gatewaytest.AdminToken, "idempotency_key="), "empty"},
	} {
		before := s.Handled.Load()
		answer := s.MustSend(c.request)
		if s.Handled.Load() == before || !strings.Contains(string(answer.Body), c.want) || string(answer.Body) == string(was.Body) {
			t.Errorf("%s: %d %s, want %q of the handler", name, answer.Status, answer.Body, c.want)
		}
	}
	s.MustSubuser(client.NewSubuser{Username: "later"})
	if now := s.MustSend(kept(gatewaytest.AdminToken)); !strings.Contains(string(now.Body), "later") {
		t.Errorf("after a change: %s", now.Body)
	}
}

// Calls are counted and limited alike, whichever way they take.
func TestRecalledCallsAreCounted(t *testing.T) {
	const budget, refusals = 40, 20
	for name, limits := range map[string]auth.Limits{
		"token":                {Token: auth.Rate{PerMinute: 6, Burst: budget}},
		"address":              {Address: auth.Rate{PerMinute: 6, Burst: budget}},
		"token before address": {Token: auth.Rate{PerMinute: 6, Burst: budget}, Address: auth.Rate{PerMinute: 6, Burst: budget + refusals}},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := newRecalling(t, limits)
			eventually(t, "a round with answers from memory", func() bool {
				now.Pass(time.Hour) // the budget is full
				handled, counted, logged := s.Handled.Load(), countedOf(t, s), loggedOf(s)
				for range budget {
					wantServed(t, s.MustSend(kept(gatewaytest.AdminToken)))
				}
				for range refusals { // each is one call of its address and no more
					refused := s.MustSend(kept(gatewaytest.AdminToken))
					wantLimited(t, refused, 10)
					if by, _, _ := strings.Cut(name, " "); !strings.Contains(string(refused.Body), "this "+by) {
						t.Fatalf("want too many calls of the %s: %s", by, refused.Body)
					}
				}
				if n := countedOf(t, s) - counted; n != budget {
					t.Errorf("%d calls were counted, want %d", n, budget)
				}
				if n := loggedOf(s) - logged; n != budget {
					t.Errorf("%d calls are in the log, want %d", n, budget)
				}
				return s.Handled.Load()-handled < budget
			})
		})
	}
}

// loggedOf is how many calls of the action of kept are in the log as successes.
func loggedOf(s *gatewaytest.Server) (n int) {
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, `"result":"success"`) && strings.Contains(line, `"action":"user/listsubusers"`) {
			n++
		}
	}
	return n
}

// countedOf is how many the metrics tell.
func countedOf(t *testing.T, s *gatewaytest.Server) (n int) {
	t.Helper()
	w := httptest.NewRecorder()
	s.Gateway.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		rest, is := strings.CutPrefix(line, `panelgate_calls_total{action="user/listsubusers",code="success",dialect="spanel"} `)
		if !is {
			continue
		}
		if _, err := fmt.Sscan(rest, &n); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// A call from memory is a use of its token like any other.
func TestRecalledCallsAreUses(t *testing.T) {
	t.Parallel() // last uses wait to be written
	s, _ := newRecalling(t, auth.Limits{})
	usedSince := func(since time.Time) func() bool {
		return func() bool { return !s.MustKnow(gatewaytest.AdminToken).LastUse.At.Before(since) }
	}
	mustRecall(t, s, kept(gatewaytest.AdminToken))
	eventually(t, "the first use to be written", usedSince(time.UnixMilli(1)))
	var now time.Time
	eventually(t, "another answer from memory", func() bool {
		handled := s.Handled.Load()
		now = time.Now()
		s.MustSend(kept(gatewaytest.AdminToken))
		return s.Handled.Load() == handled
	})
	eventually(t, "its use to be written", usedSince(now.Truncate(time.Millisecond)))
}

// What panics on the way to an answer from memory is told by the handler, whom it makes panic too.
func TestPanicOnTheFastPath(t *testing.T) {
	s, _ := newRecalling(t, auth.Limits{})
	d := &unreadable{Dialect: spanel.New()}
	serve := s.Gateway.Serve(d)
	server := httptest.NewUnstartedServer(cli.NewHandler(s.Gateway, func(e *echo.Echo) {
		e.POST("/unreadable/run", func(c echo.Context) error {
			s.Handled.Add(1)
			return serve(c)
		})
	}))
	server.Listener = fastpath.Listen(server.Listener, server.Config)
	server.Start()
	t.Cleanup(server.Close)
	s.URL = server.URL
	call := kept(gatewaytest.AdminToken)
	call.Path = "/unreadable/run"
	eventually(t, "a panic on the fast path", func() bool {
		mustRecall(t, s, call)
		before := d.panics.Load()
		failing := call
		failing.Body += "&panic=yes"
		wantInternal(t, s.MustSend(failing))
		return d.panics.Load() == before+2 // there, and in the handler
	})
}

// unreadable is a dialect that panics where it is told to.
type unreadable struct {
	*spanel.Dialect
	panics atomic.Int64
}

func (u *unreadable) Decode(c echo.Context, call *handlers.Call) error {
	err := u.Dialect.Decode(c, call)
	if err == nil && call.Form.Text("panic") != "" {
		u.panics.Add(1)
		panic(panicText)
	}
	return err
}
