package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/permissions"
	"panelgate/store"
)

// verbs makes the same call in both dialects: users/view with id=acme is GET /users/acme.
var verbs = map[string]func(token, verb string, fields ...string) gatewaytest.Request{
	"spanel": apiCall,
	"installatron": func(token, verb string, fields ...string) gatewaytest.Request {
		id := ""
		for i, field := range fields {
			if value, isID := strings.CutPrefix(field, "id="); isID && verb != "users/upsert" {
				id, fields = "/"+value, append(fields[:i:i], fields[i+1:]...)
			}
		}
		method, path := http.MethodGet, "/users"+id
		switch verb {
		case "users/upsert":
			method = http.MethodPost
		case "users/login":
			method, path = http.MethodPost, path+"/login"
		case "users/delete":
			method = http.MethodDelete
		}
		return gatewaytest.Request{Method: method, Path: path, Body: gatewaytest.Form(fields...),
			Header: http.Header{"X-Api-Key": {token}, "Content-Type": {"application/x-www-form-urlencoded"}}}
	},
}

// apiCall is a call of api.php.
func apiCall(token, action string, fields ...string) gatewaytest.Request {
	return gatewaytest.Request{Method: http.MethodPost, Path: "/spanel/api.php",
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:   gatewaytest.Form(append([]string{"token=" + token, "action=" + action}, fields...)...)}
}

// said is what an answer says in either dialect; code is "" for a success.
type said struct {
	Code, Field, Text string
	Explain           *handlers.Explanation
	Data              json.RawMessage
}

func read(t *testing.T, answer gatewaytest.Answer) said {
	t.Helper()
	var all struct {
		Code, ErrCode, ErrField, Field, Msg string
		Message                             json.RawMessage
		Explain                             *handlers.Explanation
		Data                                json.RawMessage
	}
	if err := json.Unmarshal(answer.Body, &all); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
	if all.Code+all.ErrCode == "complete_dryrun" {
		all.Code, all.ErrCode = "", ""
	}
	return said{all.Code + all.ErrCode, all.Field + all.ErrField, string(all.Message), all.Explain, all.Data}
}

// wantCode fails unless an answer has the code of its dialect; both are given where they differ.
func wantCode(t *testing.T, answer gatewaytest.Answer, codes string) said {
	t.Helper()
	got := read(t, answer)
	for code := range strings.SplitSeq(codes, " or ") {
		if got.Code == code || code == "success" && got.Code == "" {
			return got
		}
	}
	t.Errorf("answered %q, want %s: %s", got.Code, codes, answer.Body)
	return got
}

const (
	unknownToken = "invalid_token or invalid_api_key"
	forbidden    = "forbidden or invalid_argument_user"
	notFound     = "not_found or user_not_found"
)

func TestTokenStatesAreToldApart(t *testing.T) {
	s := gatewaytest.NewServer(t)
	now, none := time.Now(), int64(0)
	token := func(terms store.Terms) string {
		return s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: terms})
	}
	elsewhere := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	tokens := []struct{ name, secret, code string }{
		{"good", token(store.Terms{}), "success"},
		{"unknown", "pg_0000", unknownToken},
		{"revoked", s.MustRevokedToken(), "token_revoked"},
		{"expired", token(store.Terms{Expires: now.Add(-time.Second)}), "token_expired"},
		{"not yet valid", token(store.Terms{NotBefore: now.Add(time.Hour)}), "token_not_yet_valid"},
		{"used up", token(store.Terms{Uses: &none}), "token_used_up"},
		{"from elsewhere", token(store.Terms{Addresses: elsewhere}), "address_not_allowed"},
		{"expired and from elsewhere", token(store.Terms{Addresses: elsewhere, Expires: now}), "address_not_allowed"},
	}
	for dialect, call := range verbs {
		for _, is := range tokens {
			t.Run(dialect+"/"+is.name, func(t *testing.T) {
				answer := s.MustSend(call(is.secret, "users/list", "explain=1"))
				if got := wantCode(t, answer, is.code); got.Explain != nil {
					t.Errorf("a caller who is not let in gets an explanation: %s", answer.Body)
				}
			})
			t.Run(dialect+"/a secret near one that is "+is.name, func(t *testing.T) {
				wantCode(t, s.MustSend(call(is.secret+"0", "users/list")), unknownToken)
			})
		}
	}
	log := s.Log.String()
	for _, is := range tokens[2:] {
		if strings.Contains(log, is.secret) {
			t.Errorf("the secret of the token that is %s is in the log", is.name)
		}
	}
}

func TestAddressesOfTokens(t *testing.T) {
	s := gatewaytest.NewServerFrom(t, handlers.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	secret := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Addresses: []netip.Prefix{
		netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8::/32")}}})
	for from, code := range map[string]string{
		"192.0.2.7": "success", "198.51.100.255": "success", "2001:db8:ffff::1": "success", "::ffff:192.0.2.7": "success",
		"192.0.2.8": "address_not_allowed", "198.51.101.0": "address_not_allowed", "2001:db9::1": "address_not_allowed",
		"::1": "address_not_allowed", "::": "address_not_allowed",
	} {
		for dialect, call := range verbs {
			t.Run(dialect+"/"+from, func(t *testing.T) {
				wantCode(t, s.MustSend(gatewaytest.WithHeader(call(secret, "users/list"), "X-Forwarded-For", from)), code)
			})
		}
	}
}

// Of many calls at once, in both dialects, reads and writes, exactly as many succeed as the token has uses.
func TestUsesAreCountedExactly(t *testing.T) {
	const uses, calls = 25, 80
	s := gatewaytest.NewServer(t)
	left := int64(uses)
	secret := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Uses: &left}})
	for _, call := range verbs { // what is refused costs nothing
		wantCode(t, s.MustSend(call(secret, "users/view", "id=nobody")), notFound)
		wantCode(t, s.MustSend(call(secret, "users/upsert", "id=a blank")), "invalid_field or invalid_argument_id")
	}
	answers := make([]gatewaytest.Answer, calls)
	var all sync.WaitGroup
	for i := range calls {
		call := verbs["spanel"]
		if i%2 == 0 {
			call = verbs["installatron"]
		}
		request := []gatewaytest.Request{call(secret, "users/list"), call(secret, "users/upsert", fmt.Sprint("id=made", i)),
			call(secret, "users/upsert", "id=never", "dryrun=input")}[i/2%3]
		all.Go(func() { answers[i] = s.MustSend(request) })
	}
	all.Wait()
	succeeded := 0
	for _, answer := range answers {
		if wantCode(t, answer, "success or token_used_up").Code == "" {
			succeeded++
		}
	}
	if succeeded != uses {
		t.Errorf("%d calls succeeded, want %d", succeeded, uses)
	}
	for _, call := range verbs {
		wantCode(t, s.MustSend(call(secret, "users/list")), "token_used_up")
	}
}

func TestStrictTokensGetTrueStatuses(t *testing.T) {
	s := gatewaytest.NewServer(t)
	strict := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Strict: true}})
	ended := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Strict: true, Expires: time.Now()}})
	for request, status := range map[string]int{strict: http.StatusNotFound, ended: http.StatusUnauthorized, gatewaytest.AdminToken: http.StatusOK} {
		if answer := s.MustSend(apiCall(request, "users/view", "id=nobody")); answer.Status != status {
			t.Errorf("status %d, want %d: %s", answer.Status, status, answer.Body)
		}
	}
}

func TestMaskedTokensSeeNoCredentials(t *testing.T) {
	s := gatewaytest.NewServer(t)
	masked := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Masked: true}})
	_, err := s.Superuser().UpsertUser(t.Context(), client.UserChange{ID: "plain"})
	if err != nil {
		t.Fatal(err)
	}
	site := []string{"id=acme", "websites[0][path]=sftp://johndoe:s3cret%40@host.example:2222/home/@me", "websites[0][vhosts][http://acme.example]=www",
		"websites[0][databases][0][host]=db.example", "websites[0][databases][0][name]=n", "websites[0][databases][0][user]=dbuser", "websites[0][databases][0][pass]=dbs3cret"}
	for dialect, call := range verbs {
		for name, request := range map[string]gatewaytest.Request{
			"upsert": call(masked, "users/upsert", site...), "dry run": call(masked, "users/upsert", append(site, "dryrun=input")...),
			"view": call(masked, "users/view", "id=acme"), "list": call(masked, "users/list"),
		} {
			t.Run(dialect+"/"+name, func(t *testing.T) {
				s.MustSend(call(gatewaytest.AdminToken, "users/upsert", site...)) // subtests come in any order
				answer := s.MustSend(request)
				wantCode(t, answer, "success")
				for _, secret := range []string{"johndoe", "s3cret"} {
					if strings.Contains(string(answer.Body), secret) {
						t.Errorf("%s is shown: %s", secret, answer.Body)
					}
				}
				for _, shown := range []string{"sftp://********@host.example:2222/home/@me", "dbuser", `"pass":"********"`} {
					if !strings.Contains(string(answer.Body), shown) {
						t.Errorf("%s is not shown: %s", shown, answer.Body)
					}
				}
			})
		}
		for field, mask := range map[int]string{1: "websites[0][path]=sftp://********@host.example:2222/home/@me", len(site) - 1: "websites[0][databases][0][pass]=********"} {
			sentBack := slices.Clone(site)
			sentBack[field] = mask
			wantCode(t, s.MustSend(call(masked, "users/upsert", sentBack...)), "invalid_field or invalid_argument_path or invalid_argument_pass")
		}
		answer := s.MustSend(call(gatewaytest.AdminToken, "users/view", "id=acme"))
		if !strings.Contains(string(answer.Body), "dbs3cret") || !strings.Contains(string(answer.Body), "johndoe:s3cret%40") {
			t.Errorf("a token that sees credentials does not: %s", answer.Body)
		}
	}
}

// mustAdmin makes an admin user and gives its ID-bound token.
func mustAdmin(t *testing.T, s *gatewaytest.Server, name string, grant permissions.Grant) (token string) {
	t.Helper()
	err := s.Store.Write(t.Context(), func(tx *store.Tx) error { return tx.CreateAdmin(store.ScopeAll(), name, "", grant) })
	if err != nil {
		t.Fatal(err)
	}
	return s.MustToken(store.NewToken{Kind: store.KindAdmin, Admin: name, Terms: store.Terms{SSO: true}})
}
