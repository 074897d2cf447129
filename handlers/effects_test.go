package handlers_test

import (
	"slices"
	"testing"

	"panelgate/auth"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/handlers/installatron"
	"panelgate/handlers/spanel"
	"panelgate/permissions"
	"panelgate/store"
)

// attempt is a call that somebody may try; dry is a field to be sent with it.
type attempt struct {
	name    string
	request func(token, dry string) gatewaytest.Request
}

// A denied action is not had by another name, by a field, or through the other dialect.
func TestDeniesAreNotWalkedAround(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustSteps(t, s, gatewaytest.AdminToken,
		step{"users/upsert", "id=acme email=a@example.com package=silver", "success", ""},
		step{"users/upsert", "id=held suspended=true", "success", ""},
		step{"accounts/createpackage", "package=gold permissions=all", "success", ""})
	both := func(verb string, fields ...string) []attempt {
		return []attempt{{verb, func(token, dry string) gatewaytest.Request {
			return verbs["spanel"](token, verb, append(slices.Clone(fields), dry)...)
		}}, {"REST " + verb, func(token, dry string) gatewaytest.Request {
			return verbs["installatron"](token, verb, append(slices.Clone(fields), dry)...)
		}}}
	}
	api := func(action string, fields ...string) []attempt { return both(action, fields...)[:1] }
	edit := func(id string, fields ...string) []attempt {
		return []attempt{{"REST edit", func(token, dry string) gatewaytest.Request {
			return restEdit(token, id, append(slices.Clone(fields), dry)...)
		}}}
	}
	for _, c := range []struct {
		deny   string
		calls  []attempt
		denied bool
	}{
		{"!accounts/terminateaccount", both("users/delete", "id=acme"), true},
		{"!users/delete", api("accounts/terminateaccount", "username=acme"), true},
		{"!DELETE /users/{id}", api("accounts/terminateaccount", "username=acme"), true},
		{"!accounts/suspendaccount", slices.Concat(both("users/upsert", "id=acme", "suspended=true"), edit("acme", "suspended=on")), true},
		{"!accounts/suspendaccount", both("users/upsert", "id=new", "suspended=1"), true},
		{"!accounts/suspendaccount", slices.Concat(both("users/upsert", "id=held", "suspended=true"), both("users/upsert", "id=acme", "suspended=false")), false},
		{"!accounts/unsuspendaccount", slices.Concat(both("users/upsert", "id=held", "suspended=false"), edit("held", "suspended=0")), true},
		{"!accounts/unsuspendaccount", both("users/upsert", "id=new", "suspended=false"), false},
		{"!accounts/wwwacct", both("users/upsert", "id=new"), true},
		{"!accounts/wwwacct", slices.Concat(both("users/upsert", "id=acme"), edit("acme")), false},
		{"!accounts/changequota", slices.Concat(both("users/upsert", "id=acme", "package=gold"), edit("acme", "package=gold")), true},
		{"!accounts/changequota", slices.Concat(both("users/upsert", "id=acme", "package=silver"), both("users/upsert", "id=new", "package=gold")), false},
		{"!accounts/changeuseremail", slices.Concat(both("users/upsert", "id=acme", "email=b@example.com"), edit("acme", "email=b@example.com")), true},
		{"!accounts/changeuseremail", slices.Concat(both("users/upsert", "id=acme", "email=a@example.com"), both("users/upsert", "id=new", "email=b@example.com")), false},
		{"!accounts/editprivileges", api("accounts/wwwacct", "username=new", goodPassword, "permissions=none"), true},
		{"!accounts/editprivileges", api("accounts/modifypackage", "package=gold", "permissions=none"), true},
		{"!accounts/editprivileges", slices.Concat(api("accounts/modifypackage", "package=gold", "quota=100"), api("accounts/wwwacct", "username=new", goodPassword)), false},
		{"!accounts/editprivileges", api("accounts/wwwacct", "username=new", goodPassword, "permissions=all"), false}, // as billing modules send it
		{"!users/upsert", slices.Concat(both("users/upsert", "id=acme"), edit("acme")), true},
		{"!POST /users", slices.Concat(both("users/upsert", "id=acme"), edit("acme")), true},
		{"!POST /users/{id}", slices.Concat(both("users/upsert", "id=acme"), edit("acme")), true},
		{"!users/upsert", api("accounts/suspendaccount", "username=acme"), false},
		{"!users/view", both("users/list"), true},
		{"!base/sso", both("users/login", "id=acme"), true},
		{"!users/login", api("base/sso", "username=acme", "role=user"), true},
	} {
		token := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{SSO: true, Actions: auth.Patterns{c.deny}}})
		want, dries := "success", []string{"dryrun=input"} // what is accepted is only tried
		if c.denied {
			want, dries = forbidden, []string{"dryrun=input", "dryrun=none"}
		}
		for _, attempt := range c.calls {
			for _, dry := range dries {
				t.Run(c.deny+" "+attempt.name+" "+dry, func(t *testing.T) {
					wantCode(t, s.MustSend(attempt.request(token, dry)), want)
				})
			}
		}
	}
}

// Who may create accounts and nothing else neither reads nor changes those that are there.
func TestCreatingIsNotChanging(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("acme")
	token := mustAdmin(t, s, "clerk", permissions.Of("accounts", "create"))
	for dialect, call := range verbs {
		for _, dry := range []string{"dryrun=input", "dryrun=none"} {
			got := wantCode(t, s.MustSend(call(token, "users/upsert", "id=acme", "email=taken@example.com", dry)), forbidden)
			if dialect == "spanel" && got.Field != "accounts/manage" {
				t.Errorf("the page that is lacking is told as %q", got.Field)
			}
		}
		wantCode(t, s.MustSend(call(token, "users/upsert", "id=by-"+dialect)), "success")
	}
}

// Each effect is that of an action that there is.
func TestEffectsNameActions(t *testing.T) {
	tables := []*handlers.Table{spanel.New().Table(), installatron.New().Table()}
	known := make(map[string]bool)
	for _, table := range tables {
		for _, action := range table.Actions() {
			known[action.Name] = true
		}
	}
	for _, table := range tables {
		for _, action := range table.Actions() {
			for _, effect := range action.Effects {
				if effect.Of != "" && !known[effect.Of] || effect.Of == "" && effect.Page == "" {
					t.Errorf("%s has the effect of %q, which is no action", action.Name, effect.Of)
				}
			}
		}
	}
}
