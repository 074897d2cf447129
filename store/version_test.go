package store

import (
	"fmt"
	"testing"
	"time"

	"panelgate/permissions"
)

// told is all that may be kept in memory of an account, by name, and of what belongs to none, under "".
func told(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := make(map[string]string)
	mustReadTx(t, s, func(tx *Tx) error {
		accounts, err := tx.Accounts(ScopeAll(), AccountFilter{})
		if err != nil {
			return err
		}
		for _, a := range accounts {
			subusers, err := tx.Subusers(ScopeAll(), a.Name)
			if err != nil {
				return err
			}
			sites, err := tx.Websites(a)
			if err != nil {
				return err
			}
			all[a.Name] = fmt.Sprintf("%+v %+v %+v", a, subusers, sites)
		}
		tokens, err := tx.Tokens()
		for _, token := range tokens {
			token.LastUse, token.Uses = Use{}, nil
			all[token.Account] += fmt.Sprintf(" %+v", token)
		}
		return err
	})
	return all
}

// mustFamily makes a reseller, an account of its own, one of nobody's, subusers and tokens.
func mustFamily(t *testing.T, s *Store) {
	t.Helper()
	reseller, shop := TypeReseller, "shop"
	mustAccount(t, s, AccountChange{Name: "shop", Type: &reseller})
	mustAccount(t, s, AccountChange{Name: "child", Parent: &shop})
	mustAccount(t, s, AccountChange{Name: "other"})
	mustWrite(t, s, func(tx *Tx) error {
		for i, account := range []string{"child", "other"} {
			name := account + "_helper"
			if err := tx.CreateSubuser(ScopeAll(), account, name, "", permissions.All()); err != nil {
				return err
			}
			for j, token := range []NewToken{{Kind: KindClient, Account: account}, {Kind: KindSubuser, Subuser: name}} {
				token.Hash = [32]byte{byte(i + 1), byte(j + 1)}
				if _, err := tx.CreateToken(token); err != nil {
					return err
				}
			}
		}
		for _, admin := range []string{"boss", "chief"} {
			if err := tx.CreateAdmin(ScopeAll(), admin, "", permissions.All()); err != nil {
				return err
			}
		}
		_, err := tx.CreateToken(NewToken{Hash: [32]byte{9}, Kind: KindAdmin, Admin: "boss"})
		return err
	})
}

// Whatever a write changes of what may be kept in memory, it says so: no more reads of it are taken for true.
func TestWritesOutdate(t *testing.T) {
	s := mustOpen(t)
	mustFamily(t, s)
	ids := map[string]int64{"": 0}
	mustReadTx(t, s, func(tx *Tx) error {
		accounts, err := tx.Accounts(ScopeAll(), AccountFilter{})
		for _, a := range accounts {
			ids[a.Name] = a.ID
		}
		return err
	})
	all, some, user := ScopeAll(), permissions.Of("email", "all"), TypeUser
	de, none, sites := "de", "", []Website{{Path: "sftp://u:p@host/x", Label: "x"}}
	for _, write := range []struct {
		name string
		do   func(*Tx) error
	}{
		{"a subuser's permissions", func(tx *Tx) error { _, err := tx.SetSubuserPermissions(all, "child", "child_helper", some); return err }},
		{"a subuser's password", func(tx *Tx) error { _, err := tx.SetSubuserPassword(all, "child", "child_helper", "x"); return err }},
		{"another subuser", func(tx *Tx) error { return tx.CreateSubuser(all, "child", "second", "", some) }},
		{"a subuser gone", func(tx *Tx) error { _, err := tx.DeleteSubusers(all, "child", []string{"second"}); return err }},
		{"the language", func(tx *Tx) error {
			_, err := tx.SaveAccount(all, AccountChange{Name: "other", Language: &de})
			return err
		}},
		{"the websites", func(tx *Tx) error {
			_, err := tx.SaveAccount(all, AccountChange{Name: "other", Websites: &sites})
			return err
		}},
		{"the e-mail", func(tx *Tx) error { return tx.SetAccountEmail(all, "other", "a@b.example") }},
		{"the permissions", func(tx *Tx) error { return tx.SetAccountPermissions(all, "other", some) }},
		{"a reseller's permissions", func(tx *Tx) error { return tx.SetAccountPermissions(all, "shop", some) }},
		{"a suspension", func(tx *Tx) error { return tx.SuspendAccounts(all, []string{"child"}, "x", "y") }},
		{"its end", func(tx *Tx) error { return tx.UnsuspendAccounts(all, []string{"child"}) }},
		{"another owner", func(tx *Tx) error {
			_, err := tx.SaveAccount(all, AccountChange{Name: "child", Parent: &none})
			return err
		}},
		{"a reseller no more", func(tx *Tx) error {
			_, err := tx.SaveAccount(all, AccountChange{Name: "shop", Type: &user})
			return err
		}},
		{"an admin's permissions", func(tx *Tx) error {
			_, err := tx.SetAdminPermissions(all, "boss", permissions.Of("accounts", "all"))
			return err
		}},
		{"a token revoked", func(tx *Tx) error { return tx.RevokeToken(1) }},
		{"an account gone", func(tx *Tx) error { return tx.DeleteAccounts(all, []string{"other"}) }},
	} {
		before, since := told(t, s), s.Moment()
		mustWrite(t, s, write.do)
		after, changed := told(t, s), 0
		for name, was := range before {
			if was == after[name] {
				continue
			}
			changed++
			if s.Unchanged(ids[name], since) {
				t.Errorf("%s: %q changed, and what was read of it before passes for true", write.name, name)
			}
		}
		if changed == 0 && write.name != "a subuser's password" {
			t.Errorf("%s changed nothing", write.name)
		}
	}
}

// A write about one account leaves what is kept of others.
func TestWritesOutdateNoMore(t *testing.T) {
	s := mustOpen(t)
	mustFamily(t, s)
	var child, other int64
	mustReadTx(t, s, func(tx *Tx) (err error) {
		if child, err = tx.AccountID(ScopeAll(), "child"); err != nil {
			return err
		}
		other, err = tx.AccountID(ScopeAll(), "other")
		return err
	})
	since := s.Moment()
	mustWrite(t, s, func(tx *Tx) error {
		if err := tx.Audit(AuditRow{Action: "x"}); err != nil {
			return err
		}
		return tx.CreateSubuser(ScopeAll(), "other", "second", "", permissions.All())
	})
	if !s.Unchanged(child, since) || !s.Unchanged(0, since) || s.Unchanged(other, since) {
		t.Errorf("child %v, nobody's %v, other %v", s.Unchanged(child, since), s.Unchanged(0, since), s.Unchanged(other, since))
	}
}

// What another process commits is noticed, and what this one commits is not taken for it.
func TestOthersCommitsAreNoticed(t *testing.T) {
	s := mustOpen(t)
	second, err := Open(t.Context(), s.opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Close() })
	mustWrite(t, s, setting("own"))
	since := s.Moment()
	mustWrite(t, second, setting("other's"))
	begun := time.Now()
	eventually(t, "the other's commit to be noticed", func() bool { return !s.Unchanged(1, since) })
	t.Logf("noticed after %v", time.Since(begun))
}
