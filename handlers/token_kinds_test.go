package handlers_test

import (
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
	"panelgate/store"
)

// step is one call of a token and what comes of it.
type step struct {
	action string
	fields string // name=value name=value
	want   string // codes, as wantCode takes them
	field  string // the field at fault
}

// mustSteps makes calls of api.php one after the other.
func mustSteps(t *testing.T, s *gatewaytest.Server, token string, steps ...step) {
	t.Helper()
	for _, step := range steps {
		got := wantCode(t, s.MustSend(apiCall(token, step.action, strings.Fields(step.fields)...)), step.want)
		if step.field != "" && got.Field != step.field {
			t.Errorf("%s %s: the field at fault is %q, want %q: %s", step.action, step.fields, got.Field, step.field, got.Text)
		}
	}
}

const goodPassword = "password=KExk80Ml5aG6M"

func TestResellerTokens(t *testing.T) {
	s := gatewaytest.NewServer(t)
	reseller, shop := store.TypeReseller, "shop"
	for _, user := range []client.UserChange{{ID: shop, Type: &reseller}, {ID: "other"}, {ID: "child", Parent: &shop}, {ID: "rival", Type: &reseller}} {
		if _, err := s.Superuser().UpsertUser(t.Context(), user); err != nil {
			t.Fatal(err)
		}
	}
	token := s.MustToken(store.NewToken{Kind: store.KindReseller, Account: shop, Terms: store.Terms{SSO: true}})
	for dialect, call := range verbs {
		t.Run(dialect, func(t *testing.T) {
			for id, code := range map[string]string{"child": "success", shop: "success", "other": notFound, "rival": notFound, "nobody": notFound} {
				wantCode(t, s.MustSend(call(token, "users/view", "id="+id)), code)
			}
			wantCode(t, s.MustSend(call(token, "users/upsert", "id=child", "email=a@example.com")), "success")
			wantCode(t, s.MustSend(call(token, "users/upsert", "id="+shop, "email=a@example.com")), forbidden)
			wantCode(t, s.MustSend(call(token, "users/delete", "id=other")), notFound)
			wantCode(t, s.MustSend(call(token, "users/delete", "id="+shop)), forbidden)
			wantCode(t, s.MustSend(call(token, "users/upsert", "id=child", "parent=root")), "invalid_field or invalid_argument_parent")
			wantCode(t, s.MustSend(call(token, "users/upsert", "id=child", "parent=rival")), "invalid_field or invalid_argument_parent")
			wantCode(t, s.MustSend(call(token, "users/upsert", "id=child", "parent=shop")), "success")
			wantCode(t, s.MustSend(call(token, "users/upsert", "id=child", "type=reseller")), "invalid_field or invalid_argument_type")
			made := wantCode(t, s.MustSend(call(token, "users/upsert", "id=new_"+dialect)), "success")
			if !strings.Contains(string(made.Data), `"parent":"shop"`) {
				t.Errorf("a new account is not the reseller's: %s", made.Data)
			}
			list := wantCode(t, s.MustSend(call(token, "users/list")), "success")
			if text := string(list.Data); strings.Contains(text, "other") || strings.Contains(text, "rival") || !strings.Contains(text, `"id":"child"`) {
				t.Errorf("the reseller sees %s", text)
			}
			wantCode(t, s.MustSend(call(token, "users/login", "id=child")), "success")
			wantCode(t, s.MustSend(call(token, "users/login", "id=other")), notFound)
		})
	}
	mustSteps(t, s, token,
		step{"accounts/wwwacct", "username=third domain=third.example " + goodPassword, "success", ""},
		step{"accounts/suspendaccount", "username=third", "success", ""},
		step{"accounts/suspendaccount", "username[]=third username[]=other", "not_found", "username"},
		step{"accounts/terminateaccount", "username=shop", "forbidden", "username"},
		step{"accounts/changeuserpassword", "username=other " + goodPassword, "not_found", "username"},
		step{"accounts/editprivileges", "username=third permissions[email]=all", "success", ""},
		step{"user/addsubuser", "accountuser=child username=helper permissions=all " + goodPassword, "success", ""},
		step{"user/addsubuser", "accountuser=other username=helper2 permissions=all " + goodPassword, "not_found", "accountuser"},
		step{"user/addsubuser", "accountuser=shop username=helper3 permissions=all " + goodPassword, "forbidden", "accountuser"},
		step{"user/listsubusers", "accountuser=shop", "success", ""},
		step{"accounts/listpackages", "", "forbidden", "accounts/packages"},
		step{"accounts/createpackage", "package=p permissions=all", "forbidden", "accounts/packages"},
		step{"admin/listadminusers", "", "forbidden", "admin/manageadmins"},
		step{"base/sso", "username=helper role=user", "success", ""},
		step{"base/sso", "username=other role=user", "not_found", "username"},
	)
	// It gives its accounts no more than the operator left it.
	s.MustRestrict(shop, permissions.Of("email", "all"))
	mustSteps(t, s, token,
		step{"accounts/editprivileges", "username=child permissions[domain]=all", "forbidden", "domain/all"},
		step{"accounts/editprivileges", "username=child permissions[email]=all", "success", ""})
	// A plain user has no reseller's token.
	mustSteps(t, s, gatewaytest.AdminToken,
		step{"accounts/terminateaccount", "username[]=child username[]=third username[]=new_spanel username[]=new_installatron", "success", ""},
		step{"users/upsert", "id=shop type=user", "success", ""})
	mustSteps(t, s, token, step{"users/list", "", "forbidden", "accounts/manage"})
}

func TestSubuserTokens(t *testing.T) {
	s := gatewaytest.NewServer(t)
	manage := permissions.Of("user", "manage").With("email", "all")
	s.MustSubuser(client.NewSubuser{Username: "manager", Permissions: manage})
	s.MustSubuser(client.NewSubuser{Username: "strong", Permissions: permissions.All()})
	s.MustSubuser(client.NewSubuser{Username: "weak", Permissions: permissions.Of("email", "all")})
	token := func(name string) string {
		return s.MustToken(store.NewToken{Kind: store.KindSubuser, Subuser: name, Terms: store.Terms{SSO: true}})
	}
	manager, weak := token("manager"), token("weak")
	const of = "accountuser=spanelio "
	mustSteps(t, s, weak,
		step{"user/listsubusers", of, "forbidden", "user/manage"},
		step{"base/sso", "username=weak role=user", "success", ""},
		step{"base/sso", "username=manager role=user", "not_found", "username"},
		step{"base/sso", "username=spanelio role=user", "not_found", "username"},
		step{"users/list", "", "forbidden", "accounts/manage"},
		step{"toolbox/apicheck", "", "success", ""})
	mustSteps(t, s, manager,
		step{"user/listsubusers", "accountuser=other", "forbidden", "accountuser"},
		step{"user/addsubuser", of + "username=made permissions[email]=all " + goodPassword, "success", ""},
		step{"user/addsubuser", of + "username=more permissions[domain]=all " + goodPassword, "forbidden", "domain/all"},
		step{"user/editsubuserprivileges", of + "username=weak permissions[mysql]=all", "forbidden", "mysql/all"},
		step{"user/editsubuserprivileges", of + "username=strong permissions=none", "forbidden", "username"},
		step{"user/changesubuserpasswd", of + "username=strong " + goodPassword, "forbidden", "username"},
		step{"user/delsubuser", of + "username[]=weak username[]=strong", "forbidden", "username"},
		step{"user/changesubuserpasswd", of + "username=weak " + goodPassword, "success", ""})
	listed := wantCode(t, s.MustSend(apiCall(manager, "user/listsubusers", "accountuser=spanelio")), "success")
	if text := string(listed.Data); strings.Count(text, `"currentuser":true`) != 1 || !strings.Contains(text, `{"user":"manager","permissions":{"email":["accounts"`) {
		t.Errorf("the current user is not told: %s", text)
	}
	// What narrows the subuser, or the account, narrows the token from the next call on.
	mustSteps(t, s, gatewaytest.ClientToken, step{"user/editsubuserprivileges", of + "username=manager permissions[email]=all", "success", ""})
	mustSteps(t, s, manager, step{"user/listsubusers", of, "forbidden", "user/manage"})
	mustSteps(t, s, gatewaytest.AdminToken, step{"accounts/suspendaccount", "username=spanelio", "success", ""})
	mustSteps(t, s, manager, step{"toolbox/apicheck", "", "account_suspended", "token"})
	mustSteps(t, s, gatewaytest.AdminToken, step{"accounts/unsuspendaccount", "username=spanelio", "success", ""},
		step{"user/delsubuser", of + "username=manager", "success", ""})
	mustSteps(t, s, manager, step{"toolbox/apicheck", "", "token_revoked", "token"})
}

func TestAdminsTokens(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustAdmin(t, s, "chief", permissions.All())
	token := mustAdmin(t, s, "clerk", permissions.Of("accounts", "manage", "sso").With("admin", "all"))
	mustSteps(t, s, token,
		step{"accounts/listaccounts", "", "success", ""},
		step{"accounts/wwwacct", "username=x " + goodPassword, "forbidden", "accounts/create"},
		step{"admin/createadminuser", "username=made permissions[accounts][]=manage " + goodPassword, "success", ""},
		step{"admin/createadminuser", "username=more permissions[accounts]=all " + goodPassword, "forbidden", "accounts/all"},
		step{"admin/createadminuser", "username=more permissions=all " + goodPassword, "forbidden", "all"},
		step{"admin/updateadminpermissions", "username=made permissions[server]=all", "forbidden", "server/all"},
		step{"admin/updateadminpermissions", "username=chief permissions=none", "forbidden", "username"},
		step{"admin/changeadminpassword", "username=chief " + goodPassword, "forbidden", "username"},
		step{"admin/changeadminusername", "username=chief newusername=clown", "forbidden", "username"},
		step{"admin/removeadminuser", "username[]=made username[]=chief", "forbidden", "username"},
		step{"admin/changeadminpassword", "username=made " + goodPassword, "success", ""},
		step{"base/sso", "username=chief role=admin", "forbidden", "username"},
		step{"base/sso", "username=made role=admin", "success", ""},
		step{"base/sso", "username=spanelio role=user", "success", ""})
	listed := wantCode(t, s.MustSend(apiCall(token, "admin/listadminusers")), "success")
	if text := string(listed.Data); strings.Count(text, `"currentuser":true`) != 1 || !strings.Contains(text, `{"user":"clerk","permissions":{"accounts":["manage","sso"],"admin":["manageadmins"]},"currentuser":true`) {
		t.Errorf("the current user is not told: %s", text)
	}
	// The token is narrowed with its admin, what the admin gave too, and both end with it.
	made := s.MustToken(store.NewToken{Kind: store.KindAdmin, Admin: "made"})
	mustSteps(t, s, made, step{"accounts/listaccounts", "", "success", ""})
	mustSteps(t, s, gatewaytest.AdminToken, step{"admin/updateadminpermissions", "username=clerk permissions[accounts][]=sso", "success", ""})
	mustSteps(t, s, token, step{"accounts/listaccounts", "", "forbidden", "accounts/manage"})
	mustSteps(t, s, made, step{"accounts/listaccounts", "", "forbidden", "accounts/manage"})
	mustSteps(t, s, gatewaytest.AdminToken, step{"admin/removeadminuser", "username=clerk", "success", ""})
	mustSteps(t, s, token, step{"toolbox/apicheck", "", "token_revoked", "token"})
	mustSteps(t, s, made, step{"toolbox/apicheck", "", "success", ""}, step{"accounts/listaccounts", "", "forbidden", "accounts/manage"})
}
