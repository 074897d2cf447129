package handlers_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/handlers/spanel"
	"panelgate/permissions"
	"panelgate/store"
)

func TestPatternsHoldInBothDialects(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("acme")
	for _, rules := range []struct {
		patterns string
		allowed  string // of users/list, view and delete
	}{
		{"", "list view delete"},
		{"users/*", "list view delete"},
		{"users/* !users/delete", "list view"},
		{"users/* !DELETE_/users/{id}", "list view"},
		{"GET_*", "list view"},
		{"users/view", "view"},
		{"GET_/users", "list"},
		{"accounts/*", ""},
		{"!*", ""},
	} {
		patterns := strings.Fields(rules.patterns)
		for i := range patterns {
			patterns[i] = strings.ReplaceAll(patterns[i], "_", " ")
		}
		token := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Actions: patterns}})
		for dialect, call := range verbs {
			for _, verb := range []string{"list", "view", "delete"} {
				t.Run(strings.Join([]string{dialect, rules.patterns, verb}, "/"), func(t *testing.T) {
					want := forbidden
					if slices.Contains(strings.Fields(rules.allowed), verb) {
						want = "success"
					}
					fields := []string{"id=acme", "dryrun=input"}[:map[string]int{"list": 0, "view": 1, "delete": 2}[verb]]
					wantCode(t, s.MustSend(call(token, "users/"+verb, fields...)), want)
				})
			}
		}
	}
}

func TestExplain(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustSubuser(client.NewSubuser{Username: "strong", Permissions: permissions.All()})
	s.MustSubuser(client.NewSubuser{Username: "manager", Permissions: permissions.Of("user", "all")})
	admin := func(terms store.Terms) string {
		return s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: terms})
	}
	subuser := s.MustToken(store.NewToken{Kind: store.KindSubuser, Subuser: "manager"})
	denied := admin(store.Terms{Actions: []string{"users/*", "!users/delete"}})
	cases := []struct{ name, token, verb, fields, rule, needed string }{
		{"denied by a pattern", denied, "users/delete", "id=acme", "pattern !users/delete denies", "without that pattern"},
		{"allowed by no pattern", admin(store.Terms{Actions: []string{"toolbox/*"}}), "users/list", "", "none of the token's patterns", "a token with the pattern "},
		{"of an admin", gatewaytest.ClientToken, "users/list", "", "kind client", "an admin token"},
		{"switch", admin(store.Terms{}), "users/login", "id=spanelio", "switch sso is off", "--sso"},
		{"switch of dry runs", admin(store.Terms{}), "users/upsert", "id=x dryrun=all", "switch probe is off", "--probe"},
		{"page", mustAdmin(t, s, "clerk", permissions.Of("server", "all")), "users/list", "", "does not hold the page", "accounts/manage"},
		{"not there", gatewaytest.AdminToken, "users/view", "id=nobody", "there is none, or it is not the caller's: id", "nobody"},
		{"a wrong value", gatewaytest.AdminToken, "users/upsert", "id=!", "a field's value is not accepted: id", "letters"},
	}
	for dialect, call := range verbs {
		for _, c := range cases {
			t.Run(dialect+"/"+c.name, func(t *testing.T) {
				fields := strings.Fields(c.fields)
				for _, on := range []string{"1", "true", "On", "yes"} {
					wantExplained(t, s.MustSend(call(c.token, c.verb, append(fields, "explain="+on)...)), c.rule, c.needed)
				}
				for _, off := range []string{"explain=0", "explain=", "explain[]=1", "other=1"} {
					if got := read(t, s.MustSend(call(c.token, c.verb, append(fields, off)...))); got.Explain != nil || got.Code == "" {
						t.Errorf("%s: %+v", off, got)
					}
				}
			})
		}
	}
	for _, c := range []struct{ name, token, action, fields, rule, needed string }{
		{"account", gatewaytest.ClientToken, "user/listsubusers", "accountuser=other", "acts for one account", "that account"},
		{"grant", subuser, "user/addsubuser", "accountuser=spanelio username=x permissions[email]=all " + goodPassword, "nobody gives", "email/all"},
		{"login", subuser, "user/delsubuser", "accountuser=spanelio username=strong", "nobody acts on a login that was given more", "all"},
		{"action", gatewaytest.AdminToken, "no/such", "", "not served", "no such action"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantExplained(t, s.MustSend(apiCall(c.token, c.action, append(strings.Fields(c.fields), "explain=1")...)), c.rule, c.needed)
		})
	}
	wantCode(t, s.MustSend(apiCall(gatewaytest.AdminToken, "users/list", "explain=1")), "success")
}

func wantExplained(t *testing.T, answer gatewaytest.Answer, rule, needed string) {
	t.Helper()
	why := read(t, answer).Explain
	if why == nil || !strings.Contains(why.Rule, rule) || !strings.Contains(why.Needed, needed) {
		t.Errorf("explained by %+v, want %q and %q: %s", why, rule, needed, answer.Body)
	}
}

// Whatever the token, toolbox/can lists exactly the actions that are not refused to it.
func TestCanIsWhatIsNotRefused(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustSubuser(client.NewSubuser{Username: "manager", Permissions: permissions.Of("user", "all")})
	s.MustSubuser(client.NewSubuser{Username: "mail", Permissions: permissions.Of("email", "all")})
	reseller := store.TypeReseller
	if _, err := s.Superuser().UpsertUser(t.Context(), client.UserChange{ID: "shop", Type: &reseller}); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"operator":         gatewaytest.AdminToken,
		"without switches": s.MustToken(store.NewToken{Kind: store.KindAdmin}),
		"admin":            mustAdmin(t, s, "clerk", permissions.Of("accounts", "packages", "create")),
		"reseller":         s.MustToken(store.NewToken{Kind: store.KindReseller, Account: "shop", Terms: store.Terms{SSO: true}}),
		"client":           gatewaytest.ClientToken,
		"subuser":          s.MustToken(store.NewToken{Kind: store.KindSubuser, Subuser: "manager"}),
		"weak subuser":     s.MustToken(store.NewToken{Kind: store.KindSubuser, Subuser: "mail", Terms: store.Terms{SSO: true}}),
		"patterns":         s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Actions: []string{"*list*", "toolbox/can", "!*packages"}}}),
	} {
		t.Run(name, func(t *testing.T) {
			can := canOf(t, s, token)
			for _, action := range spanel.New().Table().Actions() {
				if !action.Served() {
					if _, listed := can[action.Name]; listed {
						t.Errorf("%s is listed and not served", action.Name)
					}
					continue
				}
				row, listed := can[action.Name]
				got := read(t, s.MustSend(apiCall(token, action.Name, "accountuser=spanelio", "explain=1")))
				if refused := got.Code == "forbidden"; refused == listed {
					t.Errorf("%s: listed %t, and answered %s: %s", action.Name, listed, got.Code, got.Text)
				}
				if listed && (row.Account != "") != (action.For == handlers.ForAccount) {
					t.Errorf("%s: account %q", action.Name, row.Account)
				}
			}
		})
	}
	if row := canOf(t, s, gatewaytest.ClientToken)["user/addsubuser"]; row != (canRow{"user/addsubuser", "user/manage", "spanelio"}) {
		t.Errorf("a client's row is %+v", row)
	}
	if row := canOf(t, s, gatewaytest.AdminToken)["user/addsubuser"]; row != (canRow{"user/addsubuser", "accounts/manage", "*"}) {
		t.Errorf("an admin's row is %+v", row)
	}
}

type canRow struct{ Action, Page, Account string }

func canOf(t *testing.T, s *gatewaytest.Server, token string) map[string]canRow {
	t.Helper()
	var rows []canRow
	got := wantCode(t, s.MustSend(apiCall(token, "toolbox/can")), "success")
	if err := json.Unmarshal(got.Data, &rows); err != nil {
		t.Fatal(err)
	}
	can := make(map[string]canRow, len(rows))
	for _, row := range rows {
		can[row.Action] = row
	}
	return can
}
