package signon_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"

	"panelgate/gatewaytest"
)

func TestLinkSignsOn(t *testing.T) {
	s := gatewaytest.NewServer(t)
	link := mustLink(t, s, "redirect=Email/Forwarders")
	b := newBrowser(t, s.URL)
	opened := b.want(http.StatusSeeOther, http.MethodGet, link)
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Location": "/auth/session?page=email%2Fforwarders"} {
		if got := opened.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	cookie := opened.Cookies()[0]
	if cookie.Name != "panelgate" || !cookie.HttpOnly || cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || len(cookie.Value) != 64 {
		t.Errorf("the cookie is %s", cookie)
	}
	landed := b.want(http.StatusOK, http.MethodGet, opened.Header.Get("Location"))
	for _, want := range []string{
		"<dd>spanelio</dd>", "<dd>account holder</dd>", `<li aria-current="page">Email Forwarders <code>email/forwarders</code></li>`,
		"<li>MySQL Databases <code>mysql/databases</code></li>", `<form method="post" action="/auth/logout">`, `name="viewport"`,
	} {
		if !strings.Contains(landed.body, want) {
			t.Errorf("the page does not show %s:\n%s", want, landed.body)
		}
	}
	if strings.Count(landed.body, "aria-current=") != 1 {
		t.Errorf("more than one page is marked:\n%s", landed.body)
	}
	s.CheckSecrets(t, link[len(link)-40:], cookie.Value)
	if dump := s.MustDump(); strings.Contains(dump, cookie.Value) || strings.Contains(dump, link[len(link)-40:]) {
		t.Error("the database holds the link or the cookie itself")
	}
}

func TestEveryPageIsGuarded(t *testing.T) {
	s := gatewaytest.NewServer(t)
	b := signedOn(t, s)
	for _, path := range []string{"/auth/session", "/auth/session?page=no/such", "/spanel/sso/none", "/spanel/sso/" + strings.Repeat("a", 40)} {
		got := b.get(path)
		_, style, _ := strings.Cut(got.body, "<style>")
		style, _, _ = strings.Cut(style, "</style>")
		hash := sha256.Sum256([]byte(style))
		policy := got.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+"';") {
			t.Errorf("%s: the policy does not allow the page's own style, or allows more: %s", path, policy)
		}
		if got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Referrer-Policy") == "" || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: headers %v", path, got.Header)
		}
		if strings.Contains(got.body, "<script") || strings.Contains(got.body, `style="`) {
			t.Errorf("%s holds what its policy forbids:\n%s", path, got.body)
		}
	}
}

// Whatever looks at a link before the person does must not use it up.
func TestPreviewsDoNotOpen(t *testing.T) {
	s := gatewaytest.NewServer(t)
	link, b := mustLink(t, s), newBrowser(t, s.URL)
	b.want(http.StatusMethodNotAllowed, http.MethodHead, link)
	b.want(http.StatusMethodNotAllowed, http.MethodPost, link)
	b.want(http.StatusNoContent, http.MethodOptions, link)
	for name, value := range map[string]string{"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch", "X-Purpose": "preview", "X-Moz": "prefetch"} {
		if got := b.send(http.MethodGet, link, http.Header{name: {value}}); got.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s: status %d", name, value, got.StatusCode)
		}
	}
	b.want(http.StatusSeeOther, http.MethodGet, link)
}

func TestLinksEnd(t *testing.T) {
	s := gatewaytest.NewServer(t)
	used, late, never := mustLink(t, s), mustLink(t, s), mustLink(t, s, "dryrun=input")
	b := newBrowser(t, s.URL)
	b.want(http.StatusSeeOther, http.MethodGet, used)
	s.MustExec("UPDATE tickets SET expires_at = expires_at - 60000")
	unknown := "/spanel/sso/" + strings.Repeat("0", 40)
	for _, c := range []struct {
		name, path string
		status     int
	}{
		{"used", used, http.StatusGone},
		{"used, below another folder", strings.Replace(used, "spanel", "other", 1), http.StatusGone},
		{"expired", late, http.StatusGone},
		{"of a dry run", never, http.StatusGone},
		{"unknown", unknown, http.StatusGone},
		{"in capitals", strings.ToUpper(unknown[:len(unknown)-1]) + "A", http.StatusNotFound},
		{"cut off", unknown[:len(unknown)-1], http.StatusNotFound},
		{"of other characters", unknown[:len(unknown)-1] + "g", http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBrowser(t, s.URL)
			got := b.want(c.status, http.MethodGet, c.path)
			if len(got.Cookies()) > 0 {
				t.Errorf("it set a cookie: %v", got.Cookies())
			}
			b.want(http.StatusUnauthorized, http.MethodGet, "/auth/check")
		})
	}
}

func TestLinkOpensOnce(t *testing.T) {
	s := gatewaytest.NewServer(t)
	link := mustLink(t, s)
	statuses := make(chan int, 20)
	var all sync.WaitGroup
	for range cap(statuses) {
		b := newBrowser(t, s.URL)
		all.Go(func() { statuses <- b.get(link).StatusCode })
	}
	all.Wait()
	close(statuses)
	count := make(map[int]int)
	for status := range statuses {
		count[status]++
	}
	if count[http.StatusSeeOther] != 1 || count[http.StatusGone] != 19 {
		t.Errorf("statuses of 20 at once: %v; want one 303 and 19 times 410", count)
	}
}

func TestLinkForAnAddress(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for _, c := range []struct {
		ip     string
		status int
	}{
		{"127.0.0.1", http.StatusSeeOther},
		{"::ffff:127.0.0.1", http.StatusSeeOther},
		{"0", http.StatusSeeOther},
		{"false", http.StatusSeeOther},
		{"", http.StatusSeeOther},
		{"198.51.100.7", http.StatusForbidden},
		{"::1", http.StatusForbidden},
	} {
		t.Run(c.ip, func(t *testing.T) {
			link := mustLink(t, s, "ip="+c.ip)
			b := newBrowser(t, s.URL)
			forged := http.Header{"X-Forwarded-For": {c.ip}, "X-Real-Ip": {c.ip}, "Forwarded": {"for=" + c.ip}}
			if got := b.send(http.MethodGet, link, forged); got.StatusCode != c.status {
				t.Errorf("status %d, want %d: %s", got.StatusCode, c.status, got.body)
			}
			if c.status == http.StatusForbidden { // the right browser can still come
				s.MustExec("UPDATE tickets SET ip = '127.0.0.1'")
				b.want(http.StatusSeeOther, http.MethodGet, link)
			}
		})
	}
}

// A browser has one session: the link of another person replaces it, and ends it.
func TestNextLinkReplaces(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustPeople(t, s)
	b := signedOn(t, s)
	first := http.Header{"Cookie": {"panelgate=" + b.Jar.Cookies(mustURL(t, s.URL))[0].Value}}
	b.want(http.StatusSeeOther, http.MethodGet, mustLink(t, s, "username=helper"))
	if user := b.want(http.StatusNoContent, http.MethodGet, "/auth/check").Header.Get("X-Panelgate-User"); user != "helper" {
		t.Errorf("signed on as %s, want helper", user)
	}
	if got := newBrowser(t, s.URL).send(http.MethodGet, "/auth/check", first); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("the first session goes on: %d", got.StatusCode)
	}
}
