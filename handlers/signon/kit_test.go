package signon_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
	"panelgate/store"
)

const password = "KExk80Ml5aG6M"

// call sends a call of api.php with the admin token, and gives the answer.
func call(s *gatewaytest.Server, fields ...string) gatewaytest.Answer {
	return s.MustSend(gatewaytest.Request{
		Method: http.MethodPost, Path: "/spanel/api.php", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body: gatewaytest.Form(gatewaytest.With([]string{"token=" + gatewaytest.AdminToken}, fields...)...),
	})
}

// mustCall is call for what must succeed.
func mustCall(t *testing.T, s *gatewaytest.Server, fields ...string) gatewaytest.Answer {
	t.Helper()
	answer := call(s, fields...)
	if !strings.Contains(string(answer.Body), `"result":"success"`) {
		t.Fatalf("%v: %s", fields, answer.Body)
	}
	return answer
}

// mustLink makes a link and gives its path: tests open it where they like.
func mustLink(t *testing.T, s *gatewaytest.Server, fields ...string) string {
	t.Helper()
	ask := gatewaytest.With([]string{"action=base/sso", "username=" + gatewaytest.Account, "role=user"}, fields...)
	var answer struct {
		Data struct{ Token, URL string }
	}
	if err := json.Unmarshal(mustCall(t, s, ask...).Body, &answer); err != nil {
		t.Fatal(err)
	}
	path, ok := strings.CutPrefix(answer.Data.URL, s.URL)
	if !ok || path != "/spanel/sso/"+answer.Data.Token {
		t.Fatalf("the link of token %s is %s", answer.Data.Token, answer.Data.URL)
	}
	return path
}

// browser keeps cookies as browsers do, and follows no redirect.
type browser struct {
	t    *testing.T
	base string
	*http.Client
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, base, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is an answer to a browser.
type page struct {
	*http.Response
	body string
}

func (b *browser) get(path string) page {
	b.t.Helper()
	return b.send(http.MethodGet, path, nil)
}

func (b *browser) send(method, path string, header http.Header) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	res, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{res, string(body)}
}

// want fails when the answer has another status.
func (b *browser) want(status int, method, path string) page {
	b.t.Helper()
	got := b.send(method, path, nil)
	if got.StatusCode != status {
		b.t.Errorf("%s %s: status %d, want %d: %s", method, path, got.StatusCode, status, got.body)
	}
	return got
}

// signedOn is a browser that has opened a link.
func signedOn(t *testing.T, s *gatewaytest.Server, fields ...string) *browser {
	t.Helper()
	b := newBrowser(t, s.URL)
	b.want(http.StatusSeeOther, http.MethodGet, mustLink(t, s, fields...))
	b.want(http.StatusNoContent, http.MethodGet, "/auth/check")
	return b
}

// mustPeople adds an admin, and a subuser with a page of email and all of mysql.
func mustPeople(t *testing.T, s *gatewaytest.Server) {
	t.Helper()
	s.MustSubuser(client.NewSubuser{Username: "helper", Permissions: permissions.Of("email", "accounts").With("mysql", "all")})
	for _, admin := range []string{"boss", "clerk@panel.example"} {
		mustCall(t, s, "action=admin/createadminuser", "username="+admin, "password="+password, "permissions=all")
	}
}

func mustSSOToken(s *gatewaytest.Server) string {
	return s.MustToken(store.NewToken{Kind: store.KindClient, Account: gatewaytest.Account, Terms: store.Terms{SSO: true}})
}
