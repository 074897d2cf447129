package spanel_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/store"
)

// admin is a call with the admin token.
func admin(action string, fields ...string) gatewaytest.Request {
	return call(append([]string{"token=" + gatewaytest.AdminToken, "action=" + action}, fields...))
}

// What accounts/* and admin/* refuse, beyond what their golden files show.
func TestAccountRefusals(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for _, good := range []gatewaytest.Request{
		admin("accounts/createpackage", "package=starter", "permissions=all"),
		admin("accounts/wwwacct", "username=used", "domain=used.com", "password="+password, "package=starter"),
		admin("admin/createadminuser", "username=full", "password="+password, "permissions=all"),
		admin("users/upsert", "id=reseller", "type=reseller"),
		admin("users/upsert", "id=below", "type=reseller", "parent=reseller"),
		admin("users/upsert", "id=user"),
	} {
		readMessage(t, s.MustSend(good))
	}
	refused := func(name, code, field, says, action string, fields ...string) gatewaytest.Refusal {
		return gatewaytest.Refusal{Name: name, Send: gatewaytest.Send(admin(action, fields...)), Code: code, Field: field, Says: says}
	}
	const wwwacct, quota, list = "accounts/wwwacct", "accounts/changequota", "accounts/listaccounts"
	s.CheckRefusals(t, "limits", readRefusal, []gatewaytest.Refusal{
		refused("quota below the minimum", "invalid_field", "quota", "at least 100", quota, "username=used", "quota=99"),
		refused("quota 0", "invalid_field", "quota", "at least 100", quota, "username=used", "quota=0"),
		refused("inodes below the minimum", "invalid_field", "inodes", "at least 1000", quota, "username=used", "inodes=999"),
		refused("a word", "invalid_field", "emails", "whole number", quota, "username=used", "emails=false"),
		refused("a negative number", "invalid_field", "domains", "whole number", quota, "username=used", "domains=-1"),
		refused("a fraction", "invalid_field", "databases", "whole number", quota, "username=used", "databases=1.5"),
		refused("an array", "invalid_field", "quota", "single value", quota, "username=used", "quota[]=1024"),
		refused("nothing to change", "missing_field", "package", "", quota, "username=used"),
	})
	s.CheckRefusals(t, "packages", readRefusal, []gatewaytest.Refusal{
		refused("unknown, with the nearest name", "not_found", "package", "starter", wwwacct, "username=a", "password="+password, "package=startr"),
		refused("unknown, near nothing", "not_found", "package", "", quota, "username=used", "package=platinum"),
		refused("in use", "conflict", "package", "used", "accounts/removepackage", "package=starter"),
		refused("a name of 31 characters", "invalid_field", "package", "1 to 30", "accounts/createpackage", "permissions=all", "package=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	})
	s.CheckRefusals(t, "parents", readRefusal, []gatewaytest.Refusal{
		refused("one that does not exist", "invalid_field", "parent", "not a reseller", "users/upsert", "id=user", "parent=nobody"),
		refused("one that is no reseller", "invalid_field", "parent", "not a reseller", "users/upsert", "id=user", "parent=used"),
		refused("oneself", "invalid_field", "parent", "", "users/upsert", "id=reseller", "parent=reseller"),
		refused("a cycle", "invalid_field", "parent", "owned by", "users/upsert", "id=reseller", "parent=below"),
		refused("a reseller who still owns users", "conflict", "type", "below", "users/upsert", "id=reseller", "type=user"),
		refused("terminating a reseller who still owns users", "conflict", "username", "below", "accounts/terminateaccount", "username=reseller"),
	})
	s.CheckRefusals(t, "filters", readRefusal, []gatewaytest.Refusal{
		refused("space without a value", "missing_field", "diskSpaceValue", "", list, "diskSpaceOption=over"),
		refused("space without a unit", "missing_field", "diskSpaceType", "", list, "diskSpaceOption=over", "diskSpaceValue=1"),
		refused("space as a word", "invalid_field", "diskSpaceValue", "a number", list, "diskSpaceOption=over", "diskSpaceValue=much"),
		refused("an unknown state", "invalid_field", "statusOption", "active, suspended or scheduled", list, "statusOption=asleep"),
		refused("an unknown age", "invalid_field", "setupValue", "custom", list, "setupOption=older", "setupValue=1d"),
		refused("age without a day", "missing_field", "setupDate", "", list, "setupOption=older", "setupValue=custom"),
		refused("a list of users out of range", "invalid_field", "limit", "1 to 1000000", "users/list", "limit=1000001"),
	})
	s.CheckRefusals(t, "many names", readRefusal, []gatewaytest.Refusal{
		refused("suspend", "not_found", "username", "nobody, nowhere", "accounts/suspendaccount", "username[]=nobody", "username[]=used", "username[]=nowhere"),
		refused("unsuspend", "not_found", "username", "nobody, nowhere", "accounts/unsuspendaccount", "username[]=nobody", "username[]=used", "username[]=nowhere"),
		refused("terminate", "not_found", "username", "nobody, nowhere", "accounts/terminateaccount", "username[]=nobody", "username[]=used", "username[]=nowhere"),
		refused("admins", "not_found", "username", "nobody, nowhere", "admin/removeadminuser", "username[]=nobody", "username[]=nowhere"),
		refused("the last full admin", "conflict", "username", "last admin", "admin/removeadminuser", "username=full"),
		refused("the last full admin, cut down", "conflict", "username", "last admin", "admin/updateadminpermissions", "username=full", "permissions[server]=all"),
		refused("the Array text", "invalid_field", "username", "http_build_query()", "accounts/terminateaccount", "username=Array"),
	})
}

// A token without the right to probe may not make the server connect anywhere, and nobody may
// make it connect to where clouds keep their credentials.
func TestProbeRefusals(t *testing.T) {
	s := gatewaytest.NewServer(t)
	plain := s.MustToken(store.NewToken{Kind: store.KindAdmin})
	target := []string{"action=users/upsert", "id=a", "dryrun=all", "websites[0][path]=sftp://user:pass-word@169.254.169.254"}
	s.CheckRefusals(t, "probe", readRefusal, []gatewaytest.Refusal{
		{Name: "without the right", Send: gatewaytest.Send(call(append([]string{"token=" + plain}, target...))), Code: "forbidden", Field: "dryrun", Says: "no right"},
		{Name: "a denied address", Send: gatewaytest.Send(call(append([]string{"token=" + gatewaytest.AdminToken}, target...))), Code: "failed_filesystem_host", Field: "websites[0][path]"},
	})
	s.CheckSecrets(t, "pass-word", plain)
}

// An account goes while subusers are being added to it: each call says either that it was created
// or that there is no such account, and nothing is left behind.
func TestAccountDeletedMeanwhile(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("going")
	var calls sync.WaitGroup
	for i := range 20 {
		calls.Go(func() {
			add := admin("user/addsubuser", "accountuser=going", fmt.Sprintf("username=sub%d", i), "password="+password, "permissions=all")
			var answer struct{ Result, Code, Field string }
			if err := json.Unmarshal(s.MustSend(add).Body, &answer); err != nil {
				t.Error(err)
			}
			if answer.Result != "success" && (answer.Code != "not_found" || answer.Field != "accountuser") {
				t.Errorf("answer: %+v", answer)
			}
		})
	}
	readMessage(t, s.MustSend(admin("accounts/terminateaccount", "username=going")))
	calls.Wait()
	readMessage(t, s.MustSend(admin("accounts/wwwacct", "username=going", "password="+password)))
	answer := s.MustSend(admin("user/listsubusers", "accountuser=going"))
	if got := string(answer.Body); answer.Status != http.StatusOK || got != `{"result":"success","data":[]}` {
		t.Errorf("an account of the same name has subusers: %s", got)
	}
}
