package signon_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/permissions"
)

// The block of README.md, word for word but for the two addresses, in Debian's nginx before a panel that says
// who it was told has come.
func TestNginx(t *testing.T) {
	nginx := gatewaytest.NeedTool(t, "nginx")
	s := gatewaytest.NewServer(t)
	mustPeople(t, s)
	s.MustSubuser(client.NewSubuser{Username: "typist", Permissions: permissions.Of("email", "accounts")})
	panel := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s, user %q of %q, role %q", r.RequestURI, r.Header["X-Panelgate-User"], r.Header["X-Panelgate-Account"], r.Header["X-Panelgate-Role"])
	}))
	t.Cleanup(panel.Close)
	front := freeAddress(t)
	site := newSite(t, s, handlers.Settings{PanelURL: "http://" + front})
	startNginx(t, nginx, front, readmeBlock(t, site.Listener.Addr(), panel.Listener.Addr()))

	forged := http.Header{"X-Panelgate-User": {"root"}, "X-Panelgate-Account": {"root"}, "X-Panelgate-Role": {"admin"}}
	stranger := newBrowser(t, "http://"+front)
	stranger.want(http.StatusUnauthorized, http.MethodGet, "/email/accounts")
	stranger.want(http.StatusUnauthorized, http.MethodPost, "/email/accounts")
	if got := stranger.send(http.MethodGet, "/email/accounts", forged); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("with headers of its own: %d", got.StatusCode)
	}

	b := newBrowser(t, "http://"+front)
	opened := b.want(http.StatusSeeOther, http.MethodGet, mustLink(t, s, "username=helper", "redirect=email/accounts"))
	if got := opened.Header.Get("Location"); got != b.base+"/email/accounts" {
		t.Errorf("it leads to %s", got)
	}
	const want = `/email/accounts/new?page=mysql/users, user ["helper"] of ["spanelio"], role ["user"]`
	if got := b.send(http.MethodGet, "/email/accounts/new?page=mysql/users", forged); got.StatusCode != http.StatusOK || got.body != want {
		t.Errorf("%d %s, want %s", got.StatusCode, got.body, want)
	}
	b.want(http.StatusOK, http.MethodPost, "/mysql/users")
	for path, status := range map[string]int{
		"/email/forwarders": http.StatusForbidden, "/email/forwarders?page=email/accounts": http.StatusForbidden, "/no/such": http.StatusForbidden,
		"/panelgate/page": http.StatusNotFound, "/email/accounts&page=x": http.StatusNotFound, "/email/Accounts": http.StatusNotFound, "/email": http.StatusNotFound,
		"/email/accounts/../forwarders": http.StatusForbidden, "/auth/session": http.StatusOK,
	} {
		b.want(status, http.MethodGet, path)
	}

	typist := newBrowser(t, b.base)
	typist.want(http.StatusSeeOther, http.MethodGet, mustLink(t, s, "username=typist"))
	expectJudgedPaths(t, typist)

	admin := newBrowser(t, b.base)
	admin.want(http.StatusSeeOther, http.MethodGet, mustLink(t, s, "username=boss", "role=admin"))
	if got := admin.send(http.MethodGet, "/server/information", forged); got.body != `/server/information, user ["boss"] of [], role ["admin"]` {
		t.Errorf("an admin: %d %s", got.StatusCode, got.body)
	}
	b.want(http.StatusOK, http.MethodPost, "/auth/logout")
	b.want(http.StatusUnauthorized, http.MethodGet, "/email/accounts")
}

// expectJudgedPaths sends paths that say one page and mean another, for a browser that may open
// email/accounts only: the panel gets what they mean, which is what was judged.
func expectJudgedPaths(t *testing.T, b *browser) {
	t.Helper()
	for sent, arrives := range map[string]string{
		"/mysql/users/../../email/accounts":                   "/email/accounts",
		"/mysql/users/..%2f..%2femail/accounts":               "/email/accounts",
		"/mysql/users%2f..%2f..%2femail/accounts":             "/email/accounts",
		"/mysql/users/%2E%2e/.%2e/email/accounts?a=/../%2f&b": "/email/accounts?a=/../%2f&b",
		"//mysql/users/..//..//email//accounts/./a":           "/email/accounts/a",
		"/%65mail%2faccounts":                                 "/email/accounts",
		"/email/accounts/a%0d%0aX-Panelgate-User:%20root?b":   "/email/accounts/a%0D%0AX-Panelgate-User:%20root?b",
		"/email/accounts/a%3fpage=x%23y?b":                    "/email/accounts/a%3Fpage=x%23y?b",
		"/email/accounts/%252e%252e/%252e%252e/mysql/users":   "/email/accounts/%252e%252e/%252e%252e/mysql/users",
	} {
		want := arrives + `, user ["typist"] of ["spanelio"], role ["user"]`
		if got := b.get(sent); got.StatusCode != http.StatusOK || got.body != want {
			t.Errorf("%s: %d %s, want %s", sent, got.StatusCode, got.body, want)
		}
	}
	for sent, status := range map[string]int{
		"/mysql/users": http.StatusForbidden, "/email/accounts/../../mysql/users": http.StatusForbidden,
		"/email/accounts/..%2f..%2fmysql/users": http.StatusForbidden, "/email/accounts%2f..%2f..%2fmysql/users": http.StatusForbidden,
		"/email/accounts/..;/..;/mysql/users": http.StatusNotFound, "/email/accounts/..%3b/..%3B/mysql/users": http.StatusNotFound,
		`/email/accounts\..\..\mysql/users`: http.StatusNotFound, "/email/accounts/..%5c..%5cmysql/users": http.StatusNotFound,
	} {
		b.want(status, http.MethodGet, sent)
	}
}

// readmeBlock is the nginx block of README.md with other addresses.
func readmeBlock(t *testing.T, panelgate, panel net.Addr) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(readme), "```nginx\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatal("README.md has no nginx block")
	}
	for from, to := range map[string]net.Addr{"127.0.0.1:8080": panelgate, "127.0.0.1:3000": panel} {
		if !strings.Contains(block, from) {
			t.Fatalf("the nginx block of README.md does not speak of %s:\n%s", from, block)
		}
		block = strings.ReplaceAll(block, from, to.String())
	}
	return block
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startNginx runs nginx with a block in its server and waits until it listens. It ends with the test.
func startNginx(t *testing.T, nginx, address, block string) {
	t.Helper()
	dir := t.TempDir()
	config := "daemon off; master_process off; pid nginx.pid; error_log stderr; events { }\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		config += kind + "_temp_path " + kind + ";\n"
	}
	config += "server {\nlisten " + address + ";\n" + block + "}\n}\n"
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(nginx, "-p", dir, "-c", file, "-e", "stderr")
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-ended
		if t.Failed() {
			t.Logf("nginx: %s", log.String())
		}
	})
	deadline := time.Now().Add(30 * time.Second)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("nginx ended: %v: %s", err, log.String())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("nginx does not listen")
		}
	}
}
