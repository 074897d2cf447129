package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"panelgate/gatewaytest"
)

// list is a call that lists every account, of either dialect.
type list struct {
	name     string
	request  gatewaytest.Request
	status   int    // of an error of the server's own
	internal string // the code of such an error
}

// lists are all calls whose answers may be of any length.
func lists() []list {
	form := func(action string) gatewaytest.Request {
		return gatewaytest.Request{Method: http.MethodPost, Path: "/spanel/api.php",
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
			Body:   gatewaytest.Form("token="+gatewaytest.AdminToken, "action="+action)}
	}
	rest := gatewaytest.Request{Method: http.MethodGet, Path: "/users", Header: http.Header{"X-Api-Key": {gatewaytest.AdminToken}}}
	return []list{
		{"accounts/listaccounts", form("accounts/listaccounts"), http.StatusOK, "internal_error"},
		{"users/list", form("users/list"), http.StatusOK, "internal_error"},
		{"GET /users", rest, http.StatusInternalServerError, "failed_internal"},
	}
}

// mustFill adds accounts named user1, user2 and so on, in one statement.
func mustFill(t *testing.T, s *gatewaytest.Server, count int) {
	t.Helper()
	s.MustExec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO logins (kind, name, key, created_at, updated_at) SELECT 'account', 'user' || i, 'user' || i, 0, 0 FROM n`, count)
	s.MustExec(`INSERT INTO accounts (id, type, email, language, package, suspended, permissions)
		SELECT id, 'user', name || '@website.com', 'en', '', FALSE, '"all"' FROM logins WHERE key LIKE 'user%' AND SUBSTR(key, 5, 1) BETWEEN '0' AND '9'`)
}

// mustBegin sends a request and gives the answer with its body yet to be read.
func mustBegin(t *testing.T, s *gatewaytest.Server, r gatewaytest.Request) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.Method, s.URL+r.Path, strings.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = r.Header
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.Path, err)
	}
	return res
}

// logged reports whether a line of the log holds all the texts.
func logged(s *gatewaytest.Server, texts ...string) bool {
	for line := range strings.Lines(s.Log.String()) {
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
			return true
		}
	}
	return false
}

// eventually waits until ok, and fails where it is not within the time that anything here takes.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
