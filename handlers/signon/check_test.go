package signon_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/permissions"
)

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestCheck(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustPeople(t, s)
	mustCall(t, s, "action=admin/updateadminpermissions", "username=clerk@panel.example", "permissions[accounts][]=create")
	for _, who := range []struct {
		fields  []string
		headers [3]string // user, account, role
		may     []string
		mayNot  []string
	}{
		{nil, [3]string{"spanelio", "spanelio", "user"}, []string{"", "?page=email/accounts", "?page=Email/Accounts", "?page=domains/redirects", "?other=1", "?page=email/accounts&page=mysql/users"},
			[]string{"?page=no/such", "?page=", "?page=email", "?page=email/all", "?page=all", "?page=email/accounts/x", "?page=%zz", "?page=email/accounts;x", "?page=server/information", "?page=email/accounts&page=no/such"}},
		{[]string{"username=helper"}, [3]string{"helper", "spanelio", "user"}, []string{"", "?page=email/accounts", "?page=mysql/databases"},
			[]string{"?page=email/forwarders", "?page=user/manage", "?page=email/accounts&page=email/forwarders"}},
		{[]string{"username=boss", "role=admin"}, [3]string{"boss", "", "admin"}, []string{"", "?page=server/information"}, []string{"?page=email/accounts"}},
		{[]string{"username=Clerk@panel.example", "role=admin"}, [3]string{"clerk@panel.example", "", "admin"}, []string{"?page=accounts/create"}, []string{"?page=accounts/sso"}},
	} {
		t.Run(who.headers[0], func(t *testing.T) {
			b := signedOn(t, s, who.fields...)
			for _, query := range who.may {
				got := b.want(http.StatusNoContent, http.MethodGet, "/auth/check"+query)
				if headers := [3]string{got.Header.Get("X-Panelgate-User"), got.Header.Get("X-Panelgate-Account"), got.Header.Get("X-Panelgate-Role")}; headers != who.headers {
					t.Errorf("%s: headers %v, want %v", query, headers, who.headers)
				}
			}
			for _, query := range who.mayNot {
				if got := b.want(http.StatusForbidden, http.MethodGet, "/auth/check"+query); got.body != "" || got.Header.Get("X-Panelgate-User") != "" {
					t.Errorf("%s: it tells %q, %v", query, got.body, got.Header)
				}
			}
		})
	}
}

// What cannot be a cookie is told without the database: it may be closed.
func TestCheckLooksUpCookiesOnly(t *testing.T) {
	s := gatewaytest.NewServer(t)
	b := newBrowser(t, s.URL)
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for cookie, status := range map[string]int{
		strings.Repeat("0", 64): http.StatusServiceUnavailable, strings.Repeat("0", 63): http.StatusUnauthorized,
		strings.Repeat("g", 64): http.StatusUnauthorized, gatewaytest.AdminToken: http.StatusUnauthorized,
	} {
		if got := b.send(http.MethodGet, "/auth/check", http.Header{"Cookie": {"panelgate=" + cookie}}); got.StatusCode != status {
			t.Errorf("cookie %s: %d, want %d", cookie, got.StatusCode, status)
		}
	}
}

func TestCheckOfNobody(t *testing.T) {
	s := gatewaytest.NewServer(t)
	b := newBrowser(t, s.URL)
	for name, cookie := range map[string]string{
		"none": "", "empty": "panelgate=", "unknown": "panelgate=" + strings.Repeat("0", 64), "not hex": "panelgate=x", "a token": "panelgate=" + gatewaytest.AdminToken,
		"a ticket": "panelgate=" + strings.TrimPrefix(mustLink(t, s), "/spanel/sso/"),
	} {
		for _, query := range []string{"", "?page=email/accounts", "?page=no/such"} {
			if got := b.send(http.MethodGet, "/auth/check"+query, http.Header{"Cookie": {cookie}}); got.StatusCode != http.StatusUnauthorized || got.body != "" {
				t.Errorf("cookie %s, %s: %d %q, want 401 and no body", name, query, got.StatusCode, got.body)
			}
		}
	}
	b.want(http.StatusUnauthorized, http.MethodGet, "/auth/session")
}

// No call gives such a name; should one come in another way, it must not make headers.
func TestNamesFitHeaders(t *testing.T) {
	s := gatewaytest.NewServer(t)
	b := signedOn(t, s)
	s.MustExec("UPDATE logins SET name = ?", "a\r\nX-Panelgate-Role: admin")
	b.want(http.StatusForbidden, http.MethodGet, "/auth/check")
}

func TestSessionsExpire(t *testing.T) {
	s := gatewaytest.NewServer(t)
	b := signedOn(t, s)
	s.MustExec("UPDATE sessions SET expires_at = expires_at - ?", (7*3600+3599)*1000)
	b.want(http.StatusNoContent, http.MethodGet, "/auth/check")
	s.MustExec("UPDATE sessions SET expires_at = expires_at - 2000")
	b.want(http.StatusUnauthorized, http.MethodGet, "/auth/check")
}

// What is done to somebody ends their sessions, and the links that nobody has opened yet.
func TestSessionsEnd(t *testing.T) {
	account, subuser, admin := []string{}, []string{"username=helper"}, []string{"username=boss", "role=admin"}
	for _, c := range []struct {
		name string
		who  []string
		done []string
	}{
		{"account suspended", account, []string{"action=accounts/suspendaccount", "username=spanelio", "reason=unpaid"}},
		{"account suspended by upsert", account, []string{"action=users/upsert", "id=spanelio", "suspended=1"}},
		{"subuser of a suspended account", subuser, []string{"action=accounts/suspendaccount", "username=spanelio", "reason=unpaid"}},
		{"account's password", account, []string{"action=accounts/changeuserpassword", "username=spanelio", "password=another5aG6M"}},
		{"subuser's password", subuser, []string{"action=user/changesubuserpasswd", "accountuser=spanelio", "username=helper", "password=another5aG6M"}},
		{"admin's password", admin, []string{"action=admin/changeadminpassword", "username=boss", "password=another5aG6M"}},
		{"account deleted", account, []string{"action=accounts/terminateaccount", "username=spanelio"}},
		{"subuser of a deleted account", subuser, []string{"action=accounts/terminateaccount", "username=spanelio"}},
		{"subuser deleted", subuser, []string{"action=user/delsubuser", "accountuser=spanelio", "username=helper"}},
		{"admin removed", admin, []string{"action=admin/removeadminuser", "username=boss"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := gatewaytest.NewServer(t)
			mustPeople(t, s)
			b, other := signedOn(t, s, c.who...), signedOn(t, s, "username=clerk@panel.example", "role=admin")
			unopened := mustLink(t, s, c.who...)
			mustCall(t, s, c.done...)
			b.want(http.StatusUnauthorized, http.MethodGet, "/auth/check")
			b.want(http.StatusGone, http.MethodGet, unopened)
			other.want(http.StatusNoContent, http.MethodGet, "/auth/check")
		})
	}
}

// Suspended is suspended, even where a session or a link was left over.
func TestSuspendedIsNobody(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustPeople(t, s)
	b := signedOn(t, s, "username=helper")
	link := mustLink(t, s)
	s.MustExec("UPDATE accounts SET suspended = TRUE")
	b.want(http.StatusUnauthorized, http.MethodGet, "/auth/check")
	b.want(http.StatusForbidden, http.MethodGet, link)
}

func TestGrantsNarrowAtOnce(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustPeople(t, s)
	account, subuser := signedOn(t, s), signedOn(t, s, "username=helper")
	mustCall(t, s, "action=user/editsubuserprivileges", "accountuser=spanelio", "username=helper", "permissions[mysql]=all")
	subuser.want(http.StatusForbidden, http.MethodGet, "/auth/check?page=email/accounts")
	subuser.want(http.StatusNoContent, http.MethodGet, "/auth/check?page=mysql/users")
	s.MustRestrict(gatewaytest.Account, permissions.Of("mysql", "databases"))
	for _, b := range []*browser{account, subuser} { // a subuser holds no more than the account
		b.want(http.StatusForbidden, http.MethodGet, "/auth/check?page=mysql/users")
		b.want(http.StatusNoContent, http.MethodGet, "/auth/check?page=mysql/databases")
		if list := b.get("/auth/session?page=mysql/users").body; strings.Contains(list, "mysql/users") || !strings.Contains(list, "not among those") {
			t.Errorf("the page lists what is not granted:\n%s", list)
		}
	}
}
