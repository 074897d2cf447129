package spanel_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"panelgate/auth"
	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
	"panelgate/store"
)

// Of what is deleted the trail tells what goes with it, and whose permissions come from another from then on.
func TestDeletionsTellWhatGoesWithThem(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("acme")
	s.MustToken(store.NewToken{Kind: store.KindClient, Account: "acme", Terms: store.Terms{Name: "billing"}})
	s.MustSend(byAdmin("accounts/terminateaccount", "username=acme"))
	s.MustSubuser(client.NewSubuser{Username: "giver", Permissions: permissions.All()})
	s.MustSubuser(client.NewSubuser{Username: "heir", Permissions: permissions.All()})
	s.MustExec("UPDATE subusers SET giver_id = (SELECT id FROM logins WHERE name = 'giver') WHERE id = (SELECT id FROM logins WHERE name = 'heir')")
	s.MustSend(within("user/delsubuser", "username=giver"))
	for _, name := range []string{"boss", "clerk", "other"} {
		s.MustSend(byAdmin("admin/createadminuser", "username="+name, "password="+password, "permissions=all"))
	}
	s.MustExec("UPDATE admins SET giver_id = (SELECT id FROM logins WHERE name = 'boss') WHERE id = (SELECT id FROM logins WHERE name = 'clerk')")
	s.MustSend(byAdmin("admin/removeadminuser", "username=boss"))
	for action, want := range map[string]string{
		"accounts/terminateaccount": `":"billing"`, "user/delsubuser": `"giver_of[heir]":true`, "admin/removeadminuser": `"giver_of[clerk]":true`,
	} {
		rows := s.MustAudit(store.AuditFilter{Action: action})
		if len(rows) != 1 || !strings.Contains(rows[0].Before, want) || strings.Contains(rows[0].Before, "other") {
			t.Errorf("%s: want %s: %+v", action, want, rows)
		}
	}
}

// A refused call on several accounts is in the trail of each.
func TestRefusalOfSeveralIsInEachTrail(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("acme")
	s.MustSend(byAdmin("accounts/suspendaccount", "username[]=acme", "username[]=spanelio", "username[]=nobody"))
	for _, account := range []string{"acme", "spanelio", "nobody"} {
		rows := s.MustAudit(store.AuditFilter{Account: account, Action: "accounts/suspendaccount"})
		if len(rows) != 1 || rows[0].Target != account || rows[0].Result != store.ResultRefused {
			t.Errorf("%s: %+v", account, rows)
		}
	}
}

// One row that was changed takes nobody the rest of their trail.
func TestTrailWithATamperedRow(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustSend(byAdmin("accounts/changeuseremail", "username=spanelio", "email=one@owner.com"))
	s.MustSend(byAdmin("accounts/changeuseremail", "username=spanelio", "email=two@owner.com"))
	s.MustExec(`UPDATE audit SET "after" = '{"cut' WHERE seq = 1`)
	answer := string(s.MustSend(call(newSubuser, "action=toolbox/audit")).Body)
	if !strings.Contains(answer, "two@owner.com") || !strings.Contains(answer, `"after":"{\"cut"`) {
		t.Error(answer)
	}
	s.MustExec(`UPDATE audit SET "after" = '{"email":"one@owner.com"}' WHERE seq = 1`) // the chain is verified at the end
}

// The account that had the name before is nobody's business, whatever the clock did between the two.
func TestTrailBeginsWithTheAccountThoughTheClockWasSetBack(t *testing.T) {
	s := gatewaytest.NewServer(t)
	now := time.Now()
	keys, err := auth.OpenKeyset(s.Keyset)
	if err != nil {
		t.Fatal(err)
	}
	ahead, err := store.Open(t.Context(), store.Options{DB: s.DB, AEAD: keys, Now: func() time.Time { return now.Add(time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer ahead.Close()
	s.MustAccount("acme")
	s.MustSend(byAdmin("accounts/terminateaccount", "username=acme"))
	for i := range 3 {
		row := store.AuditRow{Action: "accounts/changeuseremail", Target: "acme", Account: "acme", After: fmt.Sprintf(`{"email":"former%d"}`, i), Result: store.ResultSuccess}
		if err := ahead.Write(t.Context(), func(tx *store.Tx) error { return tx.Audit(row) }); err != nil {
			t.Fatal(err)
		}
	}
	s.MustAccount("acme")
	s.MustSend(byAdmin("accounts/changeuseremail", "username=acme", "email=new@owner.com"))
	answer := string(s.MustSend(byAdmin("toolbox/audit", "accountuser=acme")).Body)
	if strings.Contains(answer, "former") || !strings.Contains(answer, "new@owner.com") || !strings.Contains(answer, `"total":2`) {
		t.Errorf("the new account's trail: %s", answer)
	}
}
