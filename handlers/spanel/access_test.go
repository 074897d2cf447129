package spanel_test

import (
	"net/http"
	"strings"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
)

// What a stranger must not learn: whether an account exists, and whether a secret is near one that does.
func TestOneAnswerForWhatIsNotYours(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("neighbour")
	for _, pair := range [][2]gatewaytest.Request{
		{call(newSubuser, "accountuser=neighbour"), call(newSubuser, "accountuser=nobody")},
		{call(newSubuser, "token="+s.MustRevokedToken()+"0"), call(newSubuser, "token=wrong_token")},
	} {
		one, other := readRefusal(t, s.MustSend(pair[0])), readRefusal(t, s.MustSend(pair[1]))
		if one != other {
			t.Errorf("two answers: %v and %v", one, other)
		}
	}
}

func TestStrictStatus(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustSubuser(client.NewSubuser{Username: "taken", Permissions: permissions.All()})
	unknownAccount := []string{"token=" + gatewaytest.AdminToken, "accountuser=nobody"}
	type strict struct {
		name    string
		request gatewaytest.Request
		status  int
	}
	cases := []strict{
		{"success", call(newSubuser), http.StatusOK},
		{"missing_field", call(newSubuser, "-username"), http.StatusBadRequest},
		{"invalid_field", call(newSubuser, "username=no blanks"), http.StatusBadRequest},
		{"unknown_action", call(newSubuser, "action=no/such"), http.StatusBadRequest},
		{"unreadable_body", post("text/plain", "x"), http.StatusBadRequest},
		{"invalid_token", call(newSubuser, "token=wrong_token"), http.StatusUnauthorized},
		{"forbidden", call(newSubuser, "accountuser=nobody"), http.StatusForbidden},
		{"not_found", call(newSubuser, unknownAccount...), http.StatusNotFound},
		{"already_exists", call(newSubuser, "username=taken"), http.StatusConflict},
	}
	for _, name := range unserved() {
		cases = append(cases, strict{name, call(newSubuser, "action="+name), http.StatusNotImplemented})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := s.MustSend(gatewaytest.WithHeader(c.request, "X-Strict-Status", "1")); got.Status != c.status {
				t.Errorf("with X-Strict-Status: 1, status %d, want %d: %s", got.Status, c.status, got.Body)
			}
			if got := s.MustSend(c.request); got.Status != http.StatusOK {
				t.Errorf("without X-Strict-Status, status %d, want 200", got.Status)
			}
		})
	}
}

func TestUnknownFieldsAreNamedInTheLog(t *testing.T) {
	s := gatewaytest.NewServer(t)
	fields := append(newSubuser, "passwrd=a value that nobody reads", "nested[field]=a value that nobody reads")
	readMessage(t, s.MustSend(call(fields)))
	if log := s.Log.String(); !strings.Contains(log, `["passwrd","nested"]`) {
		t.Errorf("the log does not name the unknown fields:\n%s", log)
	}
	s.CheckSecrets(t, secrets...)
}

// An account may hold less than everything; what a subuser's token may give is in TestSubuserTokens.
func TestNobodyGrantsMoreThanTheyHold(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustRestrict(gatewaytest.Account, permissions.Of("email", "accounts").With("domain", "all").With("user", "manage"))
	s.MustSubuser(client.NewSubuser{Username: "taken", Permissions: permissions.All()}) // an admin may
	edit := func(changes ...string) gatewaytest.Request {
		return call(newSubuser, append(changes, "action=user/editsubuserprivileges", "username=taken")...)
	}
	s.CheckRefusals(t, "grant", readRefusal, []gatewaytest.Refusal{
		{Name: "everything", Send: gatewaytest.Send(call(newSubuser, "permissions=all")), Code: "forbidden", Field: "all", Says: "does not hold"},
		{Name: "a whole category for a page", Send: gatewaytest.Send(call(newSubuser, "permissions[email]=all")), Code: "forbidden", Field: "email/all"},
		{Name: "another page", Send: gatewaytest.Send(call(newSubuser, "permissions[email][]=filters")), Code: "forbidden", Field: "email/filters"},
		{Name: "another category", Send: gatewaytest.Send(call(newSubuser, "permissions[mysql][]=users")), Code: "forbidden", Field: "mysql/users"},
		{Name: "an edit", Send: gatewaytest.Send(edit("permissions=all")), Code: "forbidden", Field: "all"},
	})
	held := []string{"permissions[email][]=accounts", "permissions[domains]=all"}
	readMessage(t, s.MustSend(call(newSubuser, held...)))
	readMessage(t, s.MustSend(edit(held...)))
}

func TestAnAccountWithoutThePageManagesNoUsers(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustRestrict(gatewaytest.Account, permissions.Of("email", "all"))
	s.CheckRefusals(t, "user/manage", readRefusal, []gatewaytest.Refusal{
		{Name: "write", Send: gatewaytest.Send(call(newSubuser)), Code: "forbidden", Field: "user/manage", Says: "user/manage"},
		{Name: "read", Send: gatewaytest.Send(call(newSubuser, "action=user/listsubusers")), Code: "forbidden", Field: "user/manage"},
	})
}
