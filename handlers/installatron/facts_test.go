package installatron_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers/installatron"
	"panelgate/permissions"
)

// The two calls of the vendor's page, the second on what the first left.
func TestExamplesOfThePage(t *testing.T) {
	s := gatewaytest.NewServer(t)
	want := client.Websites{
		{Path: "sftp://exampleftpuser:exampleftppassword@website.com", Label: "website.com", Server: "website.com", Parent: "root",
			Vhosts: map[string]string{"http://website.com": "httpdocs", "http://www.website.com": "httpdocs"}},
		{Path: "sftp://exampleftpuser:exampleftppassword@website.com/subdomain", Label: "subdomain.website.com", Server: "website.com", Parent: "root",
			Vhosts: map[string]string{"http://subdomain.website.com": "httpdocs/subdomain", "https://subdomain.website.com": "httpdocs/subdomain"}},
	}
	for _, call := range []struct{ body, kind string }{
		{example, "user"},
		{`{"id": "useraccountname", "type": "reseller"}`, "reseller"},
	} {
		user := mustUser(t, s.MustSend(gatewaytest.WithHeader(post(call.body), "Accept", "application/json")))
		if user.ID != "useraccountname" || user.Parent != "root" || user.Type != call.kind || user.Suspended || user.Locale != "en" {
			t.Errorf("after %s: %+v", call.body, user)
		}
		checkWebsites(t, user.Websites, want)
	}
}

func mustUser(t *testing.T, answer gatewaytest.Answer) (user client.User) {
	t.Helper()
	if err := json.Unmarshal([]byte(readUser(t, answer)), &user); err != nil {
		t.Fatalf("not a user: %v: %s", err, answer.Body)
	}
	return user
}

// checkWebsites compares what the vendor's page answers of a website.
func checkWebsites(t *testing.T, got, want client.Websites) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d websites, want %d", len(got), len(want))
	}
	for i, site := range want {
		g := got[i]
		if g.Path != site.Path || g.Label != site.Label || g.Server != site.Server || g.Parent != site.Parent {
			t.Errorf("website %d is %+v, want %+v", i, g, site)
		}
		for origin, docroot := range site.Vhosts {
			if g.Vhosts[origin] != docroot || len(g.Vhosts) != len(site.Vhosts) {
				t.Errorf("website %d has the vhosts %v, want %v", i, g.Vhosts, site.Vhosts)
			}
		}
	}
}

func TestOmittedFieldsKeepTheirValues(t *testing.T) {
	s := gatewaytest.NewServer(t)
	readUser(t, s.MustSend(post(`{"id": "owner", "type": "reseller"}`)))
	full := readUser(t, s.MustSend(post(`{"id": "a", "email": "a@website.com", "language": "nl", "package": "gold", "parent": "owner",
		"suspended": true, "type": "reseller", "websites": [{"path": "ssh://u:p@website.com"}]}`)))
	if again := readUser(t, s.MustSend(post(`{"id": "A"}`))); again != full {
		t.Errorf("a call with the id alone changed the user:\n%s", gatewaytest.Diff("before", full, "after", again))
	}
	cleared := mustUser(t, s.MustSend(post(`{"id": "a", "email": "", "parent": "root", "suspended": false, "websites": []}`)))
	if cleared.Email != "" || cleared.Parent != "root" || cleared.Suspended || len(cleared.Websites) != 0 || cleared.Locale != "nl" {
		t.Errorf("fields that were sent empty are %+v", cleared)
	}
}

func TestWaysToSendTheSameUser(t *testing.T) {
	asForm := gatewaytest.Form("id=useraccountname",
		"websites[0][path]=sftp://exampleftpuser:exampleftppassword@website.com", "websites[0][label]=website.com",
		"websites[0][server]=website.com", "websites[0][reseller]=root",
		"websites[0][vhosts][http://website.com]=httpdocs", "websites[0][vhosts][http://www.website.com]=httpdocs",
		"websites[1][path]=sftp://exampleftpuser:exampleftppassword@website.com/subdomain", "websites[1][label]=subdomain.website.com",
		"websites[1][email]=user@mail.com",
		"websites[1][vhosts][http://subdomain.website.com]=httpdocs/subdomain", "websites[1][vhosts][https://subdomain.website.com]=httpdocs/subdomain")
	want := readUser(t, gatewaytest.NewServer(t).MustSend(post(example)))
	for name, request := range map[string]gatewaytest.Request{
		"JSON without content type": gatewaytest.WithHeader(post(example), "Content-Type", ""),
		"JSON with charset":         gatewaytest.WithHeader(post(example), "Content-Type", "application/json; charset=utf-8"),
		"a form":                    gatewaytest.WithHeader(post(asForm), "Content-Type", "application/x-www-form-urlencoded"),
		"a form without type":       gatewaytest.WithHeader(post(asForm), "Content-Type", ""),
		"another Accept":            gatewaytest.WithHeader(post(example), "Accept", "text/html"),
	} {
		t.Run(name, func(t *testing.T) {
			if got := readUser(t, gatewaytest.NewServer(t).MustSend(request)); got != want {
				t.Errorf("the user differs:\n%s", gatewaytest.Diff("JSON", want, "this", got))
			}
		})
	}
}

// All endpoints of the vendor's take a POST that says in a header which method it stands for.
func TestMethodOverride(t *testing.T) {
	one, other := gatewaytest.NewServer(t), gatewaytest.NewServer(t)
	for _, action := range installatron.New().Table().Actions() {
		direct := post(`{"id": "useraccountname"}`)
		direct.Method, direct.Path = methodAndPath(action)
		tunnelled := gatewaytest.WithHeader(direct, "X-Http-Method-Override", direct.Method)
		tunnelled.Method = http.MethodPost
		want, got := one.MustSend(direct), other.MustSend(tunnelled)
		if a, b := withoutID(want), withoutID(got); got.Status != want.Status || a != b {
			t.Errorf("%s by override: %d %s\ndirectly: %d %s", action.Name, got.Status, b, want.Status, a)
		}
	}
}

// withoutID is the body of an answer without what names the request.
func withoutID(answer gatewaytest.Answer) string {
	return strings.ReplaceAll(string(answer.Body), answer.Header.Get("X-Request-Id"), "")
}

// An account of one dialect is the user of the other.
func TestUsersAreTheAccountsOfTheOtherDialect(t *testing.T) {
	s := gatewaytest.NewServer(t)
	readUser(t, s.MustSend(post(`{"id": "customer", "websites": [{"path": "ssh://u:p@website.com", "label": "l"}]}`)))
	s.MustSubuser(client.NewSubuser{Account: "customer", Username: "helper", Permissions: permissions.All()})
	user, err := s.Superuser().UpsertUser(t.Context(), client.UserChange{ID: "customer"})
	if err != nil || len(user.Websites) != 1 || user.Websites[0].Label != "l" {
		t.Errorf("users/upsert shows %+v, %v", user, err)
	}
}

func TestUnknownFieldsAreNamedInTheLog(t *testing.T) {
	s := gatewaytest.NewServer(t)
	readUser(t, s.MustSend(post(`{"id": "a", "emial": "exampleftppassword", "websites": [{"path": "ssh://u:exampleftppassword@website.com", "lable": "leaked_token"}]}`)))
	if log := s.Log.String(); !strings.Contains(log, `"emial"`) || !strings.Contains(log, `"websites[0][lable]"`) {
		t.Errorf("the log does not name the unknown fields:\n%s", log)
	}
	s.CheckSecrets(t, secrets...)
}

// Credentials are read back as they were sent, whatever they hold.
func TestSecretsOfWebsitesArriveAsTheyAre(t *testing.T) {
	const pass = "1a.2b3c4d5e%6f7g8h)9i0 !\"#$&'(*+,-/:;<=>?@[\\]^_`{|}~"
	s := gatewaytest.NewServer(t)
	site := client.Website{Path: "sftp://user%40installatron.com:%2F%3F%23%40!$&'()*+,;=@[2001:db8::1]:2222/home/a%20b",
		Databases: client.Databases{{Type: "mysql", Host: "localhost", Name: "n", User: "u", Pass: pass}}}
	for _, create := range []func() (client.User, error){
		func() (client.User, error) {
			return s.Superuser().CreateUser(t.Context(), client.UserChange{ID: "json", Websites: client.Websites{site}})
		},
		func() (client.User, error) {
			return s.Superuser().UpsertUser(t.Context(), client.UserChange{ID: "form", Websites: client.Websites{site}})
		},
	} {
		user, err := create()
		if err != nil {
			t.Fatal(err)
		}
		if got := user.Websites[0]; got.Path != site.Path || got.Server != "2001:db8::1" || got.Databases[0].Pass != pass {
			t.Errorf("path %q, server %q, pass %q", got.Path, got.Server, got.Databases[0].Pass)
		}
	}
	if dump := s.MustDump(); strings.Contains(dump, "installatron.com") || strings.Contains(dump, "1a.2b3c") {
		t.Error("a path or a password is stored in clear")
	}
}
