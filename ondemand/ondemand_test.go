package ondemand_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/ondemand"
	"panelgate/store"
)

const secret = "0123456789abcdef"

// service is an operator's path service: it answers with path, and fails the test for a question
// that is not signed.
func service(t *testing.T, answer func(q ondemand.Question) (status int, body string)) *ondemand.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if want := ondemand.Sign([]byte(secret), r.Header.Get("X-Panelgate-Timestamp"), body); err != nil || r.Header.Get("X-Panelgate-Signature") != want {
			t.Errorf("signature %q, want %q (%v)", r.Header.Get("X-Panelgate-Signature"), want, err)
		}
		var q ondemand.Question
		if err := json.Unmarshal(body, &q); err != nil {
			t.Errorf("question %s: %v", body, err)
		}
		status, text := answer(q)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return ondemand.New(server.URL, []byte(secret))
}

func withoutPath() client.UserChange {
	return client.UserChange{ID: "useraccountname", Websites: client.Websites{{
		Label: "website.com", Vhosts: map[string]string{"http://website.com": "httpdocs"},
	}}}
}

// A website without path is stored without, asked for where it is needed, and never kept.
func TestPathOnDemand(t *testing.T) {
	dir := t.TempDir()
	paths := service(t, func(q ondemand.Question) (int, string) {
		if q.User != "useraccountname" || q.Label != "website.com" || q.Server != "useraccountname" || q.Vhosts["http://website.com"] != "httpdocs" {
			t.Errorf("question: %+v", q)
		}
		return http.StatusOK, `{"path":"` + dir + `"}`
	})
	server := gatewaytest.NewServerWith(t, handlers.Settings{PathOnDemand: paths})
	api := server.Superuser()
	user, err := api.CreateUser(t.Context(), withoutPath())
	if err != nil || user.Websites[0].Path != "" {
		t.Fatalf("create: %+v, %v", user, err)
	}

	view := func(fields url.Values) string {
		t.Helper()
		answer, err := api.Call(t.Context(), "users/view", fields)
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	if got := view(url.Values{"id": {"useraccountname"}}); !strings.Contains(got, `"path":null`) {
		t.Errorf("view: %s", got)
	}
	if got := view(url.Values{"id": {"useraccountname"}, "resolve": {"1"}}); !strings.Contains(got, `"path":"`+dir+`"`) {
		t.Errorf("view with resolve: %s", got)
	}
	if dump := server.MustDump(); strings.Contains(dump, dir) {
		t.Errorf("the answer was stored: %s", dump)
	}

	change := withoutPath()
	change.DryRun = "all" // the directory is there, its docroot is not
	_, err = api.CreateUser(t.Context(), change)
	expectRefusal(t, err, "failed_filesystem_permission", "websites[0][vhosts][http://website.com]")
}

// A token that sees no credentials sees none in a path that was asked for.
func TestMaskedPathOnDemand(t *testing.T) {
	paths := service(t, func(ondemand.Question) (int, string) {
		return http.StatusOK, `{"path":"sftp://pathuser:pathpass@website.com/home"}`
	})
	server := gatewaytest.NewServerWith(t, handlers.Settings{PathOnDemand: paths})
	if _, err := server.Superuser().CreateUser(t.Context(), withoutPath()); err != nil {
		t.Fatal(err)
	}
	for token, sees := range map[string]bool{
		gatewaytest.AdminToken: true,
		server.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Masked: true}}): false,
	} {
		answer, err := client.New(server.URL, token).Call(t.Context(), "users/view", url.Values{"id": {"useraccountname"}, "resolve": {"1"}})
		if err != nil || !strings.Contains(string(answer), "website.com/home") || strings.Contains(string(answer), "pathpass") != sees {
			t.Errorf("credentials are to be seen: %t; answer: %s, %v", sees, answer, err)
		}
	}
}

// What the service does wrong is told by code, and nothing of its answer.
func TestPathOnDemandFails(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"an error":       {http.StatusInternalServerError, `{"path":"/secret"}`},
		"no JSON":        {http.StatusOK, "/secret"},
		"no path":        {http.StatusOK, `{"secret":1}`},
		"a bad path":     {http.StatusOK, `{"path":"secret/relative"}`},
		"a redirect":     {http.StatusFound, "/secret"},
		"an endless one": {http.StatusOK, `{"path":"` + strings.Repeat("secret", 20_000)},
	} {
		t.Run(name, func(t *testing.T) {
			paths := service(t, func(ondemand.Question) (int, string) { return answer.status, answer.body })
			server := gatewaytest.NewServerWith(t, handlers.Settings{PathOnDemand: paths})
			change := withoutPath()
			change.DryRun = "all"
			_, err := server.Superuser().CreateUser(t.Context(), change)
			expectRefusal(t, err, "failed_filesystem_ondemand", "websites[0][path]")
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells of the answer: %v", err)
			}
		})
	}
}

// Without the service a website needs its path.
func TestPathRequired(t *testing.T) {
	_, err := gatewaytest.NewServer(t).Superuser().CreateUser(t.Context(), withoutPath())
	expectRefusal(t, err, "empty_argument_path", "websites[0][path]")
}

func expectRefusal(t *testing.T, err error, code, field string) {
	t.Helper()
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Code != code || refused.Field != field {
		t.Errorf("%v, want %s at %s", err, code, field)
	}
}
