package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/handlers/installatron"
	"panelgate/handlers/spanel"
)

// sample is a call that succeeds on the house of furnish, and a field that makes it another.
type sample struct {
	fields string
	other  string
}

// samples has one for every action of api.php that writes and may be repeated.
func samples() map[string]sample {
	const of, password = "accountuser=spanelio ", goodPassword
	return map[string]sample{
		"accounts/changedomain":        {"username=acme domain=acme.org", "domain=acme.net"},
		"accounts/changequota":         {"username=acme package=gold", "package=silver"},
		"accounts/changeuseremail":     {"username=acme email=a@example.com", "email=b@example.com"},
		"accounts/changeuserpassword":  {"username=acme " + password, "password=Another8password"},
		"accounts/createpackage":       {"package=bronze permissions=all", "permissions=none"},
		"accounts/editprivileges":      {"username=acme permissions=all", "permissions=none"},
		"accounts/grantSSH":            {"username=acme status=true", "status=false"},
		"accounts/modifypackage":       {"package=gold quota=1000", "quota=2000"},
		"accounts/removepackage":       {"package=silver", "package=gold"},
		"accounts/suspendaccount":      {"username=acme", "username=other"},
		"accounts/terminateaccount":    {"username=acme", "username=other"},
		"accounts/unsuspendaccount":    {"username=acme", "username=other"},
		"accounts/wwwacct":             {"username=made " + password, "username=more"},
		"admin/changeadminpassword":    {"username=ops " + password, "password=Another8password"},
		"admin/changeadminusername":    {"username=ops newusername=chief", "newusername=boss"},
		"admin/createadminuser":        {"username=made permissions=all " + password, "permissions=none"},
		"admin/removeadminuser":        {"username=ops", "username=root"},
		"admin/updateadminpermissions": {"username=ops permissions[accounts]=all", "permissions=none"},
		"user/addsubuser":              {of + "username=made permissions=all " + password, "permissions=none"},
		"user/changesubuserpasswd":     {of + "username=helper " + password, "password=Another8password"},
		"user/delsubuser":              {of + "username=helper", "username=nobody"},
		"user/editsubuserprivileges":   {of + "username=helper permissions=all", "permissions=none"},
		"users/delete":                 {"id=acme", "id=other"},
		"users/upsert":                 {"id=acme email=a@example.com", "email=b@example.com"},
	}
}

// furnish makes what the samples act on.
func furnish(t *testing.T, s *gatewaytest.Server) {
	t.Helper()
	mustSteps(t, s, gatewaytest.AdminToken,
		step{"accounts/createpackage", "package=gold permissions=all", "success", ""},
		step{"accounts/createpackage", "package=silver permissions=all", "success", ""},
		step{"accounts/wwwacct", "username=acme " + goodPassword, "success", ""},
		step{"accounts/wwwacct", "username=other " + goodPassword, "success", ""},
		step{"admin/createadminuser", "username=root2 permissions=all " + goodPassword, "success", ""},
		step{"admin/createadminuser", "username=ops permissions[accounts]=all " + goodPassword, "success", ""},
		step{"user/addsubuser", "accountuser=spanelio username=helper permissions=all " + goodPassword, "success", ""})
}

const reused = "idempotency_conflict or invalid_argument_idempotency_key"

// checkRepeats sends a call twice with a key, another with the same key, and another action with it.
func checkRepeats(t *testing.T, call, other, otherAction gatewaytest.Request) {
	t.Helper()
	s := gatewaytest.NewServer(t)
	furnish(t, s)
	first, second := s.MustSend(again(call)), s.MustSend(again(call))
	wantCode(t, first, "success")
	if isReplayed(first) || !isReplayed(second) || string(first.Body) != string(second.Body) {
		t.Errorf("answered %s\nand again %s", first.Body, second.Body)
	}
	for _, reuse := range []gatewaytest.Request{other, otherAction} {
		answer := s.MustSend(again(reuse))
		if got := wantCode(t, answer, reused); got.Field != "idempotency_key" || isReplayed(answer) {
			t.Errorf("the key of another call is refused with %s", answer.Body)
		}
	}
}

// Every write of both dialects is done once under a key, and the key is no other call's: not with other fields, and not
// with another action.
func TestEveryWriteIsRepeatedByItsKey(t *testing.T) {
	api := samples()
	otherAction := apiCall(gatewaytest.AdminToken, "accounts/createpackage", "package=third", "permissions=all")
	for _, action := range repeatable(spanel.New().Table()) {
		t.Run(action, func(t *testing.T) {
			c, ok := api[action]
			if !ok {
				t.Fatal("there is no sample of this action")
			}
			fields := strings.Fields(c.fields)
			other := otherAction
			if action == "accounts/createpackage" {
				other = apiCall(gatewaytest.AdminToken, "accounts/suspendaccount", "username=acme")
			}
			checkRepeats(t, apiCall(gatewaytest.AdminToken, action, fields...),
				apiCall(gatewaytest.AdminToken, action, gatewaytest.With(fields, c.other)...), other)
		})
	}
	rest := map[string]func(id, email string) gatewaytest.Request{
		"POST /users": func(id, email string) gatewaytest.Request {
			return verbs["installatron"](gatewaytest.AdminToken, "users/upsert", "id="+id, "email="+email)
		},
		"POST /users/{id}": func(id, email string) gatewaytest.Request {
			return restEdit(gatewaytest.AdminToken, id, "email="+email)
		},
		"DELETE /users/{id}": func(id, _ string) gatewaytest.Request {
			return verbs["installatron"](gatewaytest.AdminToken, "users/delete", "id="+id)
		},
	}
	for _, action := range repeatable(installatron.New().Table()) {
		t.Run(action, func(t *testing.T) {
			c, ok := rest[action]
			if !ok {
				t.Fatal("there is no sample of this action")
			}
			another := rest["DELETE /users/{id}"]("other", "")
			if strings.HasPrefix(action, http.MethodDelete) {
				another = rest["POST /users"]("other", "b@example.com")
			}
			checkRepeats(t, c("acme", "a@example.com"), c("other", "b@example.com"), another)
		})
	}
}

// repeatable names the writes that a key is for: all but those that make sign-on links.
func repeatable(table *handlers.Table) (names []string) {
	for _, action := range table.Actions() {
		if action.Served() && action.Writes && !action.SSO {
			names = append(names, action.Name)
		}
	}
	return names
}
