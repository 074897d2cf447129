package spanel_test

import (
	"fmt"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers/spanel"
	"panelgate/permissions"
	"panelgate/store"
)

// byAdmin is a call with the admin token.
func byAdmin(action string, fields ...string) gatewaytest.Request {
	return call(append([]string{"token=" + gatewaytest.AdminToken, "action=" + action}, fields...))
}

// within is a call by an admin within the account of the test server.
func within(action string, fields ...string) gatewaytest.Request {
	return byAdmin(action, append([]string{"accountuser=" + gatewaytest.Account}, fields...)...)
}

// Each change leaves a row that tells what was changed. The calls follow upon each other.
func TestEveryChangeIsAudited(t *testing.T) {
	s := gatewaytest.NewServer(t)
	type change struct {
		request               gatewaytest.Request
		target, account       string
		before, after, absent string // what must, and must not, stand in the row
	}
	const hidden = `"********"`
	calls := []change{
		{byAdmin("accounts/wwwacct", "username=Acme", "domain=acme.com", "password="+password, "quota=100"), "Acme", "acme", "",
			`"domain":"acme.com","domains":"unlimited","emails":"unlimited","inodes":"unlimited","language":"en","name":"Acme","password":"********","permissions":"all","quota":100,"type":"user"`, password},
		{byAdmin("accounts/changequota", "username=acme", "quota=200"), "acme", "acme", `{"quota":100}`, `{"quota":200}`, ""},
		{byAdmin("accounts/changequota", "username=acme", "quota=unlimited"), "acme", "acme", `{"quota":200}`, `{"quota":"unlimited"}`, ""},
		{byAdmin("accounts/changedomain", "username=acme", "domain=new.com"), "acme", "acme", `{"domain":"acme.com"}`, `{"domain":"new.com"}`, ""},
		{byAdmin("accounts/changeuseremail", "username=acme", "email=a@acme.com"), "acme", "acme", "", `{"email":"a@acme.com"}`, ""},
		{byAdmin("accounts/changeuserpassword", "username=acme", "password=Another8password"), "acme", "acme",
			`{"password":` + hidden + `}`, `{"password":` + hidden + `}`, "Another8"},
		{byAdmin("accounts/grantSSH", "username=acme", "status=1"), "acme", "acme", "", `{"ssh":true}`, ""},
		{byAdmin("accounts/editprivileges", "username=acme", "permissions[email]=all"), "acme", "acme", `{"permissions":"all"}`, `{"permissions":{"email":"all"}}`, ""},
		{byAdmin("accounts/createpackage", "package=gold", "permissions=all", "quota=500"), "gold", "", "", `"name":"gold"`, ""},
		{byAdmin("accounts/modifypackage", "package=gold", "quota=600"), "gold", "", `{"quota":500}`, `{"quota":600}`, ""},
		{byAdmin("accounts/removepackage", "package=gold"), "gold", "", `"name":"gold"`, "", ""},
		{byAdmin("accounts/suspendaccount", "username=acme", "reason=unpaid"), "acme", "acme", "", `{"suspend_reason":"unpaid","suspended":true}`, ""},
		{byAdmin("accounts/unsuspendaccount", "username=acme"), "acme", "acme", `{"suspend_reason":"unpaid","suspended":true}`, "", ""},
		{byAdmin("admin/createadminuser", "username=ops", "password="+password, "permissions=all"), "ops", "",
			"", `{"name":"ops","password":"********","permissions":"all"}`, password},
		{byAdmin("admin/changeadminusername", "username=ops", "newusername=ops2"), "ops", "", `{"name":"ops"}`, `{"name":"ops2"}`, ""},
		{byAdmin("admin/changeadminpassword", "username=ops2", "password=Another8password"), "ops2", "", hidden, hidden, "Another8"},
		{byAdmin("admin/createadminuser", "username=ops3", "password="+password, "permissions=all"), "ops3", "", "", `"ops3"`, ""},
		{byAdmin("admin/updateadminpermissions", "username=ops2", "permissions[accounts]=all"), "ops2", "", `"all"`, `{"accounts":"all"}`, ""},
		{byAdmin("admin/removeadminuser", "username=ops2"), "ops2", "", `"name":"ops2"`, "", ""},
		{call(newSubuser), "spanelio_testuser", "spanelio", "", `"permissions":{"email":"all","domain":["domains","redirects"]}`, password},
		{within("user/changesubuserpasswd", "username=spanelio_testuser", "password=Another8password"), "spanelio_testuser", "spanelio", hidden, hidden, "Another8"},
		{within("user/editsubuserprivileges", "username=spanelio_testuser", "permissions[email]=all"), "spanelio_testuser", "spanelio",
			`{"permissions":{"email":"all","domain":`, `{"permissions":{"email":"all"}}`, ""},
		{within("user/delsubuser", "username=spanelio_testuser"), "spanelio_testuser", "spanelio", `"name":"spanelio_testuser"`, "", ""},
		{call(newAccount, "websites[0][databases][0][host]=localhost", "websites[0][databases][0][name]=d", "websites[0][databases][0][user]=u",
			"websites[0][databases][0][pass]=marked secret", "websites[0][path]=sftp://u:marked@website.com"), "useraccountname", "useraccountname", "",
			`"websites[0][databases][0][pass]":"********","websites[0][databases][0][type]":"mysql","websites[0][databases][0][user]":"u","websites[0][path]":"********"`, "marked"},
		{call(newAccount, "-websites", "email=new@example.com"), "useraccountname", "useraccountname", "", `{"email":"new@example.com"}`, ""},
		{call(newAccount, "websites[0][path]=sftp://u:other@website.com"), "useraccountname", "useraccountname",
			`"websites[0][path]":"********"`, `{"websites[0][path]":"********"}`, "marked"},
		{byAdmin("base/sso", "username=useraccountname", "role=user"), "useraccountname", "useraccountname", "", "", "sso/"},
		{byAdmin("users/login", "id=useraccountname"), "useraccountname", "useraccountname", "", "", "sso/"},
		{byAdmin("users/delete", "id=useraccountname"), "useraccountname", "useraccountname", `"websites[0][path]":"********"`, "", "other"},
		{byAdmin("accounts/terminateaccount", "username=acme"), "acme", "acme", `"domain":"new.com"`, "", ""},
	}
	for _, c := range calls {
		s.MustSend(c.request)
	}
	rows := s.MustAudit(store.AuditFilter{})
	if len(rows) != len(calls) {
		t.Fatalf("%d rows, want %d: %v", len(rows), len(calls), rows)
	}
	audited := make(map[string]bool)
	for i, row := range rows {
		c, text := calls[i], fmt.Sprintf("%+v", rows[i])
		if row.Result != store.ResultSuccess || row.Target != c.target || row.Account != c.account || row.Address != "127.0.0.1" ||
			row.TokenID == 0 || row.Actor == "" || row.RequestID == "" || row.Duration <= 0 || row.Code != "" {
			t.Errorf("%s: %s", row.Action, text)
		}
		if !holds(row.Before, c.before) || !holds(row.After, c.after) || c.absent != "" && strings.Contains(text, c.absent) {
			t.Errorf("%s: want before %s, after %s, without %s\n%s\n%s", row.Action, c.before, c.after, c.absent, row.Before, row.After)
		}
		audited[row.Action] = true
	}
	checkAllAudited(t, audited)
}

// holds reports whether a row's text holds what it should: nothing at all where that is "".
func holds(text, want string) bool {
	return text == "" && want == "" || want != "" && strings.Contains(text, want)
}

// A write that is added later needs its line above.
func checkAllAudited(t *testing.T, audited map[string]bool) {
	t.Helper()
	for _, action := range spanel.New().Table().Actions() {
		if action.Writes && action.Served() && !audited[action.Name] {
			t.Errorf("%s is not among the changes", action.Name)
		}
	}
}

// A call on several accounts is told in the trail of each, and in that of no other.
func TestEachAccountHasItsOwnTrail(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("acme")
	s.MustSend(byAdmin("accounts/suspendaccount", "username[]=spanelio", "username[]=acme", "username[]=ACME"))
	s.MustSend(byAdmin("accounts/unsuspendaccount", "username[]=spanelio"))
	for account, want := range map[string]int{"spanelio": 2, "acme": 2} { // acme: its creation
		if rows := s.MustAudit(store.AuditFilter{Account: account}); len(rows) != want {
			t.Errorf("%s: %d rows, want %d: %+v", account, len(rows), want, rows)
		}
	}
	answer := string(s.MustSend(call(newSubuser, "action=toolbox/audit")).Body)
	if strings.Contains(answer, "acme") || !strings.Contains(answer, `"total":2`) || strings.Contains(answer, "127.0.0.1") {
		t.Errorf("the account's trail: %s", answer)
	}
}

// An account does not see what its name was used for before.
func TestTrailBeginsWithTheAccount(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("acme")
	s.MustSend(byAdmin("accounts/changeuseremail", "username=acme", "email=former@owner.com"))
	s.MustSend(byAdmin("accounts/terminateaccount", "username=acme"))
	s.MustAccount("acme")
	answer := string(s.MustSend(byAdmin("toolbox/audit", "accountuser=acme")).Body)
	if strings.Contains(answer, "former") || !strings.Contains(answer, `"action":"users/upsert"`) {
		t.Errorf("the new account's trail: %s", answer)
	}
}

func TestRefusalsAreAudited(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("neighbour")
	s.MustSubuser(client.NewSubuser{Username: "taken", Permissions: permissions.All()})
	before := len(s.MustAudit(store.AuditFilter{}))
	for _, c := range []struct {
		request       gatewaytest.Request
		code, account string // no code: no row
	}{
		{call(newSubuser, "username=taken"), "exists", "spanelio"},
		{call(newSubuser, "username=no blanks"), "invalid", "spanelio"},
		{call(newSubuser, "-password"), "missing", "spanelio"},
		{call(newSubuser, "accountuser=neighbour"), "forbidden", "spanelio"},
		{call(newSubuser, "action=user/listsubusers", "accountuser=neighbour"), "forbidden", "spanelio"},
		{call(newSubuser, "action=accounts/listaccounts"), "forbidden", "spanelio"},
		{call(newSubuser, "action=accounts/wwwacct"), "forbidden", "spanelio"},
		{call(newSubuser, "action=no/such"), "unknown_action", "spanelio"},
		{call(newSubuser, "username=taken", "dryrun=input"), "exists", "spanelio"},
		{byAdmin("accounts/changequota", "username=neighbour", "quota=1"), "invalid", "neighbour"},
		{byAdmin("accounts/changequota", "username=nobody", "quota=100"), "not_found", "nobody"},
		{call(newSubuser, "username=free", "dryrun=input"), "", ""},
		{call(newSubuser, "token=wrong_token"), "", ""},
		{call(newSubuser, "action=user/listsubusers"), "", ""},
		{byAdmin("users/view", "id=nobody"), "", ""},
	} {
		s.MustSend(c.request)
		rows := s.MustAudit(store.AuditFilter{})[before:]
		before += len(rows)
		switch {
		case c.code == "" && len(rows) == 0:
		case len(rows) != 1 || rows[0].Code != c.code || rows[0].Result != store.ResultRefused || rows[0].Account != c.account || rows[0].After != "":
			t.Errorf("want %q in the trail of %q: %+v", c.code, c.account, rows)
		}
	}
}

// What somebody sent in place of a name does not harm who reads it.
func TestAuditCleansNames(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustSend(call(newSubuser, "username=\x1b[2J\nname"+strings.Repeat("x", 1000)))
	rows := s.MustAudit(store.AuditFilter{})
	if len(rows) != 1 || strings.ContainsAny(rows[0].Target, "\x1b\n") || len(rows[0].Target) > 300 {
		t.Errorf("%+v", rows)
	}
}
