package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
)

func TestErrorsAreTyped(t *testing.T) {
	server := gatewaytest.NewServer(t)
	server.MustSubuser(client.NewSubuser{Username: "helper", Permissions: permissions.All()})
	admin, ctx := server.Superuser(), t.Context()
	badSite := client.UserChange{ID: "acme", Websites: client.Websites{{Path: "gopher://x"}}}
	tests := []struct {
		name  string
		call  func() error
		want  client.Error // but for Message and RequestID
		holds string
	}{
		{"duplicate", func() error {
			_, err := admin.AddSubuser(ctx, client.NewSubuser{Account: gatewaytest.Account, Username: "Helper", Password: "KExk80Ml5aG6M", Permissions: permissions.All()})
			return err
		}, client.Error{Status: 200, Code: "already_exists", Field: "username"}, "already exists"},
		{"bad token", func() error { return client.New(server.URL, "nobody").APICheck(ctx) },
			client.Error{Status: 200, Code: "invalid_token", Field: "token"}, "not valid"},
		{"no token", func() error { return client.New(server.URL, "").APICheck(ctx) },
			client.Error{Status: 200, Code: "missing_field", Field: "token"}, "required"},
		{"not there", func() error { _, err := admin.DeleteSubusers(ctx, gatewaytest.Account, "helper", "ghost"); return err },
			client.Error{Status: 200, Code: "not_found", Field: "username"}, "ghost"},
		{"another account's", func() error { _, err := server.AccountClient().Subusers(ctx, "acme"); return err },
			client.Error{Status: 200, Code: "forbidden", Field: "accountuser"}, "does not belong"},
		{"field of a list", func() error { _, err := admin.UpsertUser(ctx, badSite); return err },
			client.Error{Status: 200, Code: "invalid_field", Field: "websites[0][path]"}, "sftp"},
		{"REST field of a list", func() error { _, err := admin.CreateUser(ctx, badSite); return err },
			client.Error{Status: 400, Code: "invalid_argument_path", Field: "websites[0][path]"}, "sftp"},
		{"REST bad key", func() error {
			_, err := client.New(server.URL, "nobody").CreateUser(ctx, client.UserChange{ID: "acme"})
			return err
		}, client.Error{Status: 403, Code: "invalid_api_key"}, "not valid"},
		{"no such path", func() error { return client.New(server.URL, "t", client.WithFolder("a/b")).APICheck(ctx) },
			client.Error{Status: 404, Code: "no_such_path"}, "nothing at this path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got *client.Error
			if err := test.call(); !errors.As(err, &got) {
				t.Fatalf("%v is no *client.Error", err)
			}
			if !strings.Contains(got.Message, test.holds) || len(got.RequestID) != 16 ||
				got.Error() != got.Message+" (request "+got.RequestID+")" {
				t.Errorf("%q, want it to hold %q and the request's ID", got, test.holds)
			}
			test.want.Message, test.want.RequestID = got.Message, got.RequestID
			if *got != test.want {
				t.Errorf("got %+v, want %+v", *got, test.want)
			}
		})
	}
}

// mustPanel starts a server that is not panelgate.
func mustPanel(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

// Other panels of the dialect word errors in other ways.
func TestForeignAnswers(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   string // "" is success
	}{
		{"message is a text", 200, `{"result":"error","message":"no such user"}`, "no such user"},
		{"message is a list", 200, `{"result":"error","message":["no such user","nor password"]}`, "no such user, nor password"},
		{"message is something else", 200, `{"result":"error","message":{"a":1}}`, "the server answered 200 OK"},
		{"no message", 403, `{}`, "the server answered 403 Forbidden"},
		{"a status of success", 200, `{"data":[]}`, ""},
		{"a page", 200, `<!DOCTYPE html><title>Log in</title>`, "the answer (HTTP 200) is not JSON: is this the address of an api.php?"},
		{"a page of a proxy", 502, `<html>Bad Gateway</html>`, "the answer (HTTP 502) is not JSON: is this the address of an api.php?"},
		{"nothing", 200, ``, "the answer (HTTP 200) is not JSON: is this the address of an api.php?"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base := mustPanel(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			})
			body, err := client.New(base, "t").Call(t.Context(), "x/y", nil)
			var got *client.Error
			if test.want == "" {
				if err != nil || string(body) != test.body {
					t.Errorf("%s, %v", body, err)
				}
				return
			}
			if !errors.As(err, &got) || got.Error() != test.want || got.Status != test.status || string(body) != test.body {
				t.Errorf("%s, %v; want %q", body, err, test.want)
			}
		})
	}
	base := mustPanel(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })
	if _, err := client.New(base, "t").CreateUser(t.Context(), client.UserChange{}); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("POST /users: %v", err)
	}
}

// A redirect would carry the token elsewhere; so would a client of the caller's that follows them.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := mustPanel(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the token went to %s", r.URL)
	})
	base := mustPanel(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere+"/spanel/api.php", http.StatusTemporaryRedirect)
	})
	for name, options := range map[string][]client.Option{
		"own":   nil,
		"given": {client.WithHTTPClient(&http.Client{})},
	} {
		api := client.New(base+"/", "t", options...)
		var refused *client.Error
		if err := api.APICheck(t.Context()); !errors.As(err, &refused) || refused.Status != http.StatusTemporaryRedirect {
			t.Errorf("%s client, api.php: %v", name, err)
		}
		if _, err := api.CreateUser(t.Context(), client.UserChange{ID: "a"}); !errors.As(err, &refused) {
			t.Errorf("%s client, POST /users: %v", name, err)
		}
	}
}
