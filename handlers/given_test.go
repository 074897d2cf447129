package handlers_test

import (
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
	"panelgate/store"
)

// Somebody who is narrowed for a while through whoever gave them their permissions gets them back: nobody takes them
// over meanwhile who was not given as much.
func TestNarrowedLoginsAreNotTakenOver(t *testing.T) {
	s := gatewaytest.NewServer(t)
	boss := mustAdmin(t, s, "boss", permissions.All())
	mustAdmin(t, s, "chief", permissions.All())
	clerk := mustAdmin(t, s, "clerk", permissions.Of("admin", "all").With("accounts", "sso"))
	mustSteps(t, s, boss, step{"admin/createadminuser", "username=one permissions=all " + goodPassword, "success", ""})
	mustSteps(t, s, gatewaytest.AdminToken, step{"admin/updateadminpermissions", "username=boss permissions[admin]=all", "success", ""})
	mustSteps(t, s, clerk,
		step{"admin/changeadminpassword", "username=one " + goodPassword, "forbidden", "username"},
		step{"admin/changeadminusername", "username=one newusername=mine", "forbidden", "username"},
		step{"admin/removeadminuser", "username=one", "forbidden", "username"},
		step{"base/sso", "username=one role=admin", "forbidden", "username"})
	// Whoever gave it never holds less.
	mustSteps(t, s, boss, step{"admin/changeadminpassword", "username=one " + goodPassword, "success", ""},
		step{"admin/changeadminpassword", "username=boss " + goodPassword, "success", ""})

	const of = "accountuser=spanelio "
	mustSteps(t, s, gatewaytest.ClientToken,
		step{"user/addsubuser", of + "username=manager permissions=all " + goodPassword, "success", ""},
		step{"user/addsubuser", of + "username=peer permissions[user]=all " + goodPassword, "success", ""})
	manager := s.MustToken(store.NewToken{Kind: store.KindSubuser, Subuser: "manager"})
	peer := s.MustToken(store.NewToken{Kind: store.KindSubuser, Subuser: "peer"})
	mustSteps(t, s, manager, step{"user/addsubuser", of + "username=helper permissions=all " + goodPassword, "success", ""})
	mustSteps(t, s, gatewaytest.ClientToken, step{"user/editsubuserprivileges", of + "username=manager permissions[user]=all", "success", ""})
	mustSteps(t, s, peer, step{"user/changesubuserpasswd", of + "username=helper " + goodPassword, "forbidden", "username"},
		step{"user/delsubuser", of + "username=helper", "forbidden", "username"})
	mustSteps(t, s, manager, step{"user/changesubuserpasswd", of + "username=helper " + goodPassword, "success", ""})
}

// A reseller gives no more than it holds where it does not say what to give, either.
func TestResellersGiveWhatTheyHold(t *testing.T) {
	s := gatewaytest.NewServer(t)
	reseller := store.TypeReseller
	if _, err := s.Superuser().UpsertUser(t.Context(), client.UserChange{ID: "shop", Type: &reseller}); err != nil {
		t.Fatal(err)
	}
	mustSteps(t, s, gatewaytest.AdminToken,
		step{"accounts/createpackage", "package=gold permissions[email]=all permissions[domain]=all", "success", ""},
		step{"accounts/editprivileges", "username=shop permissions[email]=all", "success", ""})
	token := s.MustToken(store.NewToken{Kind: store.KindReseller, Account: "shop"})
	stored := func(name string) (grant permissions.Grant) {
		err := s.Store.Read(t.Context(), func(tx *store.Tx) error {
			account, err := tx.Account(store.ScopeAll(), name)
			grant = account.Permissions
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return grant
	}
	for _, c := range []struct{ name, how string }{
		{"made", "accounts/wwwacct username=made " + goodPassword},
		{"packed", "accounts/wwwacct username=packed package=gold " + goodPassword},
		{"made", "accounts/editprivileges username=made"},
		{"made", "accounts/changequota username=made package=gold"},
		{"saved", "users/upsert id=saved"},
		{"saved", "users/upsert id=saved package=gold"},
	} {
		t.Run(c.how, func(t *testing.T) {
			action, fields, _ := strings.Cut(c.how, " ")
			mustSteps(t, s, token, step{action, fields, "success", ""})
			if got := stored(c.name); !got.Within(permissions.Of("email", "all"), permissions.Default().User) {
				t.Errorf("the account was given %v by a reseller who holds email", got)
			}
		})
	}
	answer := s.MustSend(verbs["installatron"](token, "users/upsert", "id=rested"))
	wantCode(t, answer, "success")
	if got := stored("rested"); got.IsAll() {
		t.Error("POST /users gives all that its reseller does not hold")
	}
	mustSteps(t, s, gatewaytest.AdminToken, step{"accounts/wwwacct", "username=whole " + goodPassword, "success", ""})
	if !stored("whole").IsAll() {
		t.Error("the operator does not give all by default any more")
	}
}
