package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/store"
)

// mustShop makes the reseller shop with its account child, and gives a token of the reseller's.
func mustShop(t *testing.T, s *gatewaytest.Server) (token string) {
	t.Helper()
	reseller, shop := store.TypeReseller, "shop"
	for _, user := range []client.UserChange{{ID: shop, Type: &reseller}, {ID: "child", Parent: &shop}} {
		if _, err := s.Superuser().UpsertUser(t.Context(), user); err != nil {
			t.Fatal(err)
		}
	}
	return s.MustToken(store.NewToken{Kind: store.KindReseller, Account: shop, Terms: store.Terms{SSO: true}})
}

// A reseller ends its own suspensions, not the operator's.
func TestResellersEndTheirOwnSuspensions(t *testing.T) {
	s := gatewaytest.NewServer(t)
	token := mustShop(t, s)
	rest := verbs["installatron"]
	mustSteps(t, s, token,
		step{"accounts/suspendaccount", "username=child", "success", ""},
		step{"accounts/unsuspendaccount", "username=child", "success", ""},
		step{"users/upsert", "id=child suspended=true", "success", ""},
		step{"users/upsert", "id=child suspended=false", "success", ""})
	for _, suspended := range []step{{"accounts/suspendaccount", "username=child", "success", ""}, {"users/upsert", "id=child suspended=true", "success", ""}} {
		mustSteps(t, s, gatewaytest.AdminToken, suspended)
		mustSteps(t, s, token,
			step{"accounts/suspendaccount", "username=child reason=mine", "success", ""}, // makes it no suspension of the reseller's
			step{"accounts/unsuspendaccount", "username=child", "forbidden", "username"},
			step{"users/upsert", "id=child suspended=false", "forbidden", "id"},
			step{"users/upsert", "id=child suspended=false dryrun=input", "forbidden", "id"},
			step{"users/upsert", "id=child email=a@example.com suspended=true", "success", ""})
		wantCode(t, s.MustSend(rest(token, "users/upsert", "id=child", "suspended=false")), forbidden)
		mustSteps(t, s, gatewaytest.AdminToken, step{"accounts/unsuspendaccount", "username=child", "success", ""})
	}
	mustSteps(t, s, token, step{"accounts/suspendaccount", "username=child", "success", ""})
	mustSteps(t, s, gatewaytest.AdminToken, step{"users/upsert", "id=child suspended=false", "success", ""})
}

// What a suspended reseller means for its accounts, and what a reseller may do with its own.
func TestSuspendedResellersAccountsGoOn(t *testing.T) {
	s := gatewaytest.NewServer(t)
	token := mustShop(t, s)
	child := s.MustToken(store.NewToken{Kind: store.KindClient, Account: "child"})
	mustSteps(t, s, token, step{"base/sso", "username=shop role=user", "success", ""})
	mustSteps(t, s, gatewaytest.AdminToken, step{"accounts/suspendaccount", "username=shop", "success", ""})
	mustSteps(t, s, token, step{"toolbox/apicheck", "", "account_suspended", "token"})
	mustSteps(t, s, child, step{"user/listsubusers", "accountuser=child", "success", ""})
	mustSteps(t, s, gatewaytest.AdminToken, step{"base/sso", "username=child role=user", "success", ""},
		step{"base/sso", "username=shop role=user", "account_suspended", ""})
}

// Who may not list packages is told the name of none.
func TestPackagesAreNotNamedToResellers(t *testing.T) {
	s := gatewaytest.NewServer(t)
	token := mustShop(t, s)
	mustSteps(t, s, gatewaytest.AdminToken, step{"accounts/createpackage", "package=goldpack permissions=all", "success", ""})
	for _, call := range []func(token string) gatewaytest.Request{
		func(token string) gatewaytest.Request {
			return apiCall(token, "accounts/wwwacct", "username=made", goodPassword, "package=goldpak")
		},
		func(token string) gatewaytest.Request {
			return apiCall(token, "accounts/changequota", "username=child", "package=goldpak")
		},
		func(token string) gatewaytest.Request {
			return apiCall(token, "accounts/changequota", "username=child", "package=goldpak", "dryrun=input")
		},
	} {
		if got := wantCode(t, s.MustSend(call(token)), "not_found"); strings.Contains(got.Text, "goldpack") {
			t.Errorf("the reseller is told %s", got.Text)
		}
		if got := wantCode(t, s.MustSend(call(gatewaytest.AdminToken)), "not_found"); !strings.Contains(got.Text, "goldpack") {
			t.Errorf("the operator is told %s", got.Text)
		}
	}
}

// One call has one key.
func TestOneKeyForACall(t *testing.T) {
	s := gatewaytest.NewServer(t)
	const refused = "invalid_field or invalid_argument_idempotency_key"
	for dialect, call := range verbs {
		for name, c := range map[string]struct {
			keys []string
			want string
		}{
			"two that differ":     {[]string{"key-of-one-order", "key-of-another"}, refused},
			"one, and none":       {[]string{"key-of-one-order", ""}, refused},
			"an empty one":        {[]string{""}, refused},
			"the same, two times": {[]string{"key-of-" + dialect, "key-of-" + dialect}, "success"},
		} {
			t.Run(dialect+"/"+name, func(t *testing.T) {
				r := call(gatewaytest.AdminToken, "users/upsert", "id=by-"+dialect)
				r.Header = r.Header.Clone()
				r.Header[http.CanonicalHeaderKey("Idempotency-Key")] = slices.Clone(c.keys)
				got := wantCode(t, s.MustSend(r), c.want)
				if c.want == refused && got.Field != "idempotency_key" {
					t.Errorf("the field at fault is %q", got.Field)
				}
			})
		}
		wantCode(t, s.MustSend(call(gatewaytest.AdminToken, "users/upsert", "id=by-"+dialect, "idempotency_key=")), refused)
	}
}

// A key whose account is deleted since is not good for another.
func TestKeysOfDeletedAccounts(t *testing.T) {
	for dialect, call := range verbs {
		t.Run(dialect, func(t *testing.T) {
			s := gatewaytest.NewServer(t)
			create := again(call(gatewaytest.AdminToken, "users/upsert", "id=acme"))
			wantCode(t, s.MustSend(create), "success")
			wantCode(t, s.MustSend(call(gatewaytest.AdminToken, "users/delete", "id=acme")), "success")
			if got := wantCode(t, s.MustSend(create), reused); !strings.Contains(got.Text, "deleted") {
				t.Errorf("told %s", got.Text)
			}
		})
	}
}
