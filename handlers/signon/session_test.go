package signon_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"panelgate/cli"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/store"
)

// A client token is for its own account: others are not told from those that are not there.
func TestClientTokens(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustPeople(t, s)
	s.MustAccount("neighbour")
	token := "token=" + mustSSOToken(s)
	mustLink(t, s, token)
	mustLink(t, s, token, "username=HELPER", "accountuser=spanelio")
	for _, who := range [][]string{{"username=neighbour"}, {"username=boss", "role=admin"}, {"username=spanelio", "role=admin"}} {
		ask := gatewaytest.With([]string{"action=base/sso", "role=user", token}, who...)
		got := string(call(s, ask...).Body)
		unknown := string(call(s, gatewaytest.With(ask, "username=nobody")...).Body)
		name := strings.TrimPrefix(who[0], "username=")
		if !strings.Contains(got, `"code":"not_found"`) || shape(got, name) != shape(unknown, "nobody") {
			t.Errorf("%v: %s\nunknown: %s", who, got, unknown)
		}
	}
}

// shape is an answer without the name and the request's ID.
func shape(body, name string) string {
	body, _, _ = strings.Cut(body, `"request_id"`)
	return strings.ReplaceAll(body, name, "NAME")
}

func TestSwitchHoldsForBothDialects(t *testing.T) {
	s := gatewaytest.NewServer(t)
	off := s.MustToken(store.NewToken{Kind: store.KindAdmin})
	if got := call(s, "token="+off, "action=users/login", "id=spanelio"); !strings.Contains(string(got.Body), `"code":"forbidden","field":"sso"`) {
		t.Errorf("users/login: %s", got.Body)
	}
	got := s.MustSend(gatewaytest.Request{Method: http.MethodPost, Path: "/users/spanelio/login", Header: http.Header{"X-Api-Key": {off}}})
	if got.Status != http.StatusForbidden || !strings.Contains(string(got.Body), `"invalid_argument_user"`) {
		t.Errorf("POST /users/spanelio/login: %d %s", got.Status, got.Body)
	}
}

func TestLogout(t *testing.T) {
	s := gatewaytest.NewServer(t)
	b := signedOn(t, s)
	cookie := http.Header{"Cookie": {"panelgate=" + b.Jar.Cookies(mustURL(t, s.URL))[0].Value}}
	for _, foreign := range []http.Header{
		{"Origin": {"https://evil.example"}}, {"Origin": {"null"}}, {"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}, "Origin": {s.URL}},
	} {
		if got := b.send(http.MethodPost, "/auth/logout", foreign); got.StatusCode != http.StatusForbidden {
			t.Errorf("%v: status %d, want 403", foreign, got.StatusCode)
		}
	}
	b.want(http.StatusMethodNotAllowed, http.MethodGet, "/auth/logout")
	b.want(http.StatusNoContent, http.MethodGet, "/auth/check")
	if got := b.send(http.MethodPost, "/auth/logout", http.Header{"Origin": {s.URL}}); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "You are signed out") {
		t.Errorf("status %d: %s", got.StatusCode, got.body)
	}
	if left := b.Jar.Cookies(mustURL(t, s.URL)); len(left) > 0 {
		t.Errorf("the cookie is still there: %v", left)
	}
	if got := newBrowser(t, s.URL).send(http.MethodGet, "/auth/check", cookie); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session goes on: status %d", got.StatusCode)
	}
	b.want(http.StatusOK, http.MethodPost, "/auth/logout") // twice harms nobody
}

func TestCookieOverTLS(t *testing.T) {
	s := gatewaytest.NewServer(t)
	secure := httptest.NewTLSServer(cli.NewHandler(s.Gateway))
	defer secure.Close()
	b := newBrowser(t, secure.URL)
	b.Transport = secure.Client().Transport
	cookie := b.want(http.StatusSeeOther, http.MethodGet, mustLink(t, s)).Cookies()[0]
	if cookie.Name != "__Host-panelgate" || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" || !cookie.HttpOnly {
		t.Errorf("the cookie is %s", cookie)
	}
	b.want(http.StatusNoContent, http.MethodGet, "/auth/check")
	// The plain name, which a neighbouring host could set, counts for nothing over TLS.
	stranger := newBrowser(t, secure.URL)
	stranger.Transport = b.Transport
	if got := stranger.send(http.MethodGet, "/auth/check", http.Header{"Cookie": {"panelgate=" + cookie.Value}}); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("the plain cookie is taken over TLS: %d", got.StatusCode)
	}
	// A web server on the same machine asks in plain about the cookie that the browser has.
	if got := newBrowser(t, s.URL).send(http.MethodGet, "/auth/check", http.Header{"Cookie": {"__Host-panelgate=" + cookie.Value}}); got.StatusCode != http.StatusNoContent {
		t.Errorf("asked in plain: %d", got.StatusCode)
	}
}

// newSite is a second server on the same database, with settings of its own.
func newSite(t *testing.T, s *gatewaytest.Server, settings handlers.Settings) *httptest.Server {
	t.Helper()
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	site := httptest.NewServer(cli.NewHandler(handlers.NewGateway(handlers.Options{Store: s.Store, Log: log, Settings: settings})))
	t.Cleanup(site.Close)
	return site
}

func TestPanelURL(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for _, c := range []struct{ panel, redirect, location string }{
		{"https://panel.example", "", "https://panel.example"},
		{"https://panel.example", "domains/domains", "https://panel.example/domain/domains"},
		{"https://panel.example/home", "email/accounts", "https://panel.example/home/email/accounts"},
	} {
		site := newSite(t, s, handlers.Settings{PanelURL: c.panel})
		b := newBrowser(t, site.URL)
		opened := b.want(http.StatusSeeOther, http.MethodGet, mustLink(t, s, "redirect="+c.redirect))
		if got := opened.Header.Get("Location"); got != c.location {
			t.Errorf("%s, %s: Location %s, want %s", c.panel, c.redirect, got, c.location)
		}
		if list := b.get("/auth/session").body; !strings.Contains(list, `<a href="`+c.panel+`/mysql/users">`) {
			t.Errorf("the list does not lead to the panel:\n%s", list)
		}
	}
}

// Behind a proxy that does TLS, --public-url says what the outside looks like.
func TestPublicURL(t *testing.T) {
	s := gatewaytest.NewServer(t)
	site := newSite(t, s, handlers.Settings{PublicURL: "https://panel.example"})
	proxied := *s
	proxied.URL = site.URL
	answer := mustCall(t, &proxied, "action=base/sso", "username=spanelio", "role=user")
	_, path, found := strings.Cut(string(answer.Body), `"https://panel.example/spanel/sso/`)
	if !found {
		t.Fatalf("the link is not below --public-url: %s", answer.Body)
	}
	b := newBrowser(t, site.URL)
	cookie := b.want(http.StatusSeeOther, http.MethodGet, "/spanel/sso/"+path[:40]).Cookies()[0]
	if cookie.Name != "__Host-panelgate" || !cookie.Secure {
		t.Errorf("the cookie is %s", cookie)
	}
	mine := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}, "Origin": {"https://panel.example"}}
	if got := b.send(http.MethodPost, "/auth/logout", mine); got.StatusCode != http.StatusOK {
		t.Errorf("signing out from the public address: %d", got.StatusCode)
	}
}

// A forwarded host is anybody's claim.
func TestForwardedHeadersAreNotRead(t *testing.T) {
	s := gatewaytest.NewServer(t)
	r := gatewaytest.Request{Method: http.MethodPost, Path: "/users/spanelio/login", Header: http.Header{
		"X-Api-Key": {gatewaytest.AdminToken}, "X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Proto": {"https"}, "Forwarded": {"host=evil.example;proto=https"},
	}}
	if got := s.MustSend(r); !strings.Contains(string(got.Body), `"data":"`+s.URL+`/auth/sso/`) {
		t.Errorf("the link is %s", got.Body)
	}
}

// Links lie below the folder that the operator chose, whatever it is; Installatron's paths have none.
func TestFolders(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for _, folder := range []string{"spanel", "auth", "installs", "my%20panel", "50%25", "a%2Fb", "%3Cbr%3E"} {
		answer := s.MustSend(gatewaytest.Request{
			Method: http.MethodPost, Path: "/" + folder + "/api.php", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
			Body: gatewaytest.Form("token="+gatewaytest.AdminToken, "action=base/sso", "username=spanelio", "role=user"),
		})
		mustOpen(t, s, folder, string(answer.Body))
	}
	answer := s.MustSend(gatewaytest.Request{Method: http.MethodPost, Path: "/users/spanelio/guixfer", Header: http.Header{"X-Api-Key": {gatewaytest.AdminToken}}})
	mustOpen(t, s, "auth", string(answer.Body))
}

func mustOpen(t *testing.T, s *gatewaytest.Server, folder, answer string) {
	t.Helper()
	_, ticket, found := strings.Cut(answer, `"`+s.URL+"/"+folder+"/sso/")
	if !found {
		t.Fatalf("the link is not below %s: %s", folder, answer)
	}
	newBrowser(t, s.URL).want(http.StatusSeeOther, http.MethodGet, "/"+folder+"/sso/"+ticket[:40])
}
