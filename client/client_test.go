package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
)

func TestSubuserMethods(t *testing.T) {
	server := gatewaytest.NewServer(t)
	api, ctx := server.AccountClient(), t.Context()
	if err := api.APICheck(ctx); err != nil {
		t.Fatalf("APICheck: %v", err)
	}
	grant := mustGrant(t, `{"email":"all","domain":["domains","redirects"]}`)
	mustSay(t, "The new user helper created successfuly")(api.AddSubuser(ctx, client.NewSubuser{
		Account: gatewaytest.Account, Username: "helper", Password: "KExk80Ml5aG6M", Permissions: grant}))
	server.MustSubuser(client.NewSubuser{Username: "second", Permissions: permissions.All()})

	subusers, err := api.Subusers(ctx, gatewaytest.Account)
	if err != nil || len(subusers) != 2 || subusers[0].User != "helper" || subusers[1].User != "second" {
		t.Fatalf("Subusers: %+v, %v", subusers, err)
	}
	if !subusers[1].Permissions.IsAll() || !subusers[0].Permissions.Allow("domain", "redirects") ||
		subusers[0].Permissions.Allow("domain", "dnseditor") || subusers[0].CurrentUser || subusers[0].TwoFactor {
		t.Errorf("Subusers: %+v", subusers)
	}

	mustSay(t, "The access permissions for user helper have been updated successfully.")(
		api.SetSubuserPermissions(ctx, gatewaytest.Account, "HELPER", permissions.None()))
	mustSay(t, "The password for user with name helper has been updated successfully.")(
		api.SetSubuserPassword(ctx, gatewaytest.Account, "helper", "another pass+word&"))
	if subusers, err = api.Subusers(ctx, gatewaytest.Account); err != nil || !subusers[0].Permissions.IsNone() {
		t.Errorf("Subusers after the change: %+v, %v", subusers, err)
	}
	mustSay(t, "Users helper, second have been logged out and deleted successfully.")(
		api.DeleteSubusers(ctx, gatewaytest.Account, "helper", "second"))
	if subusers, err = api.Subusers(ctx, gatewaytest.Account); err != nil || len(subusers) != 0 {
		t.Errorf("Subusers after deletion: %+v, %v", subusers, err)
	}
}

func TestUserPermissions(t *testing.T) {
	api := gatewaytest.NewServer(t).AccountClient()
	plain, err := api.UserPermissions(t.Context(), gatewaytest.Account, false)
	if err != nil || plain["domain"].Category != "domain" || plain["domain"].Pages[0] != "domains" || plain["domain"].Label != "" {
		t.Errorf("without labels: %+v, %v", plain["domain"], err)
	}
	labelled, err := api.UserPermissions(t.Context(), gatewaytest.Account, true)
	if err != nil || labelled["domain"].Label != "Domains" || labelled["domain"].Labels["dnseditor"] != "DNS Editor" ||
		!reflect.DeepEqual(labelled["domain"].Pages, plain["domain"].Pages) {
		t.Errorf("with labels: %+v, %v", labelled["domain"], err)
	}
}

// mustSay gives a check of what a method answered.
func mustSay(t *testing.T, want string) func(string, error) {
	return func(got string, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

func mustGrant(t *testing.T, text string) (grant permissions.Grant) {
	t.Helper()
	if err := grant.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return grant
}

// upserts are the same method in the two dialects.
var upserts = map[string]func(*client.Client, context.Context, client.UserChange) (client.User, error){
	"api.php":     (*client.Client).UpsertUser,
	"POST /users": (*client.Client).CreateUser,
}

func TestUpsert(t *testing.T) {
	for dialect, upsert := range upserts {
		t.Run(dialect, func(t *testing.T) {
			api, ctx := gatewaytest.NewServer(t).Superuser(), t.Context()
			sent := client.UserChange{
				ID: "acme", Email: new("a+b@example.com"), Language: new("nl"), Package: new("gold & silver"),
				Suspended: new(true), Type: new("reseller"), Websites: websites(12),
			}
			made, err := upsert(api, ctx, sent)
			want := client.User{ID: "acme", Parent: "root", Type: "reseller", Suspended: true, Locale: "nl", Email: "a+b@example.com", Websites: websites(12)}
			for i := range want.Websites {
				want.Websites[i].Parent = "root"
			}
			mustBe(t, "created", made, err, want)

			kept, err := upsert(api, ctx, client.UserChange{ID: "acme"})
			mustBe(t, "nil fields keep what is there", kept, err, want)

			want.Suspended, want.Email = false, ""
			changed, err := upsert(api, ctx, client.UserChange{ID: "acme", Suspended: new(false), Email: new("")})
			mustBe(t, "false and empty are values", changed, err, want)

			dry, err := upsert(api, ctx, client.UserChange{ID: "acme", Type: new("user"), DryRun: "input"})
			if err != nil || dry.Type != "user" {
				t.Errorf("dry run: %+v, %v", dry, err)
			}

			want.Websites = client.Websites{}
			cleared, err := upsert(api, ctx, client.UserChange{ID: "acme", Websites: client.Websites{}})
			mustBe(t, "an empty list clears", cleared, err, want)

			want = client.User{ID: "sub", Parent: "acme", Type: "user", Locale: "en", Websites: client.Websites{}}
			child, err := upsert(api, ctx, client.UserChange{ID: "sub", Parent: new("acme")})
			mustBe(t, "documented defaults", child, err, want)
		})
	}
}

// websites makes a list long enough for its order to show.
func websites(n int) client.Websites {
	var list client.Websites
	for i := range n {
		host := fmt.Sprintf("site%d.example", i)
		site := client.Website{
			Path: "sftp://user%40x:p%2Bw@" + host, Label: "site " + host, Server: "web&1", VhostIP: "192.0.2.7", Language: "de",
			Email: "w@" + host, Suspended: i == 1,
			Vhosts:    map[string]string{"http://" + host: "httpdocs", "https://www." + host + ":8443": "httpdocs/sub dir"},
			Databases: client.Databases{},
		}
		if i == 0 {
			site.Path, site.UID, site.GID = "/home/acme", new(uint32(0)), new(uint32(1001))
			for j := range n {
				site.Databases = append(site.Databases, client.Database{
					Type: "mysql", Host: "localhost:3307", User: "u", Name: fmt.Sprintf("db%d", j), Pass: "1a.2b3c4d5e%6f7g8h)9i0 +&="})
			}
		}
		list = append(list, site)
	}
	return list
}

func mustBe(t *testing.T, what string, got client.User, err error, want client.User) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v\n got %+v\nwant %+v", what, err, got, want)
	}
}

func TestCallSendsWhatItIsGiven(t *testing.T) {
	var got url.Values
	base := mustPanel(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/brand/api.php" || r.URL.RawQuery != "" || r.ParseForm() != nil {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		got = r.PostForm
		fmt.Fprint(w, `{"result":"success"}`)
	})
	api := client.New(base, "secret", client.WithFolder("brand"))
	args := url.Values{"a[]": {"1", "2"}, "token": {"another"}}
	if _, err := api.Call(t.Context(), "x/y", args); err != nil {
		t.Fatal(err)
	}
	want := url.Values{"action": {"x/y"}, "token": {"secret"}, "a[]": {"1", "2"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	if len(args) != 2 || args.Get("token") != "another" {
		t.Errorf("the caller's arguments were changed: %v", args)
	}
	if _, err := api.Call(t.Context(), "x/y", 7); err == nil {
		t.Error("arguments that are no struct were sent")
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	base := mustPanel(t, func(_ http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil { // reads the body, so that the server sees the client go
			t.Error(err)
		}
		cancel()
		<-r.Context().Done()
	})
	if err := client.New(base, "t").APICheck(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
