package store

import (
	"errors"
	"testing"

	"panelgate/permissions"
)

func TestConflicts(t *testing.T) {
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme"})
	mustAccount(t, s, AccountChange{Name: "owner", Type: new(TypeReseller)})
	mustAccount(t, s, AccountChange{Name: "owned", Parent: new("owner")})
	mustWrite(t, s, func(tx *Tx) error {
		return tx.CreateSubuser(ScopeAll(), "acme", "helper", "hash", permissions.All())
	})
	save := func(c AccountChange) func(*Tx) error {
		return func(tx *Tx) error { _, err := tx.SaveAccount(ScopeAll(), c); return err }
	}
	subuser := func(name string) func(*Tx) error {
		return func(tx *Tx) error { return tx.CreateSubuser(ScopeAll(), "owned", name, "", permissions.All()) }
	}
	twins := []Website{{Label: "twin"}, {Label: "twin"}}
	for name, test := range map[string]struct {
		write func(*Tx) error
		field string
	}{
		"subuser of another account":     {subuser("helper"), "name"},
		"the same in capitals":           {subuser("HELPER"), "name"},
		"an account's name":              {subuser("Acme"), "name"},
		"account with a subuser's name":  {save(AccountChange{Name: "helper"}), "name"},
		"reseller who still owns":        {save(AccountChange{Name: "owner", Type: new(TypeUser)}), "type"},
		"two websites of the same label": {save(AccountChange{Name: "acme", Websites: &twins}), "websites[1][label]"},
	} {
		var conflict *ConflictError
		if err := s.Write(t.Context(), test.write); !errors.As(err, &conflict) || conflict.Field != test.field {
			t.Errorf("%s: %v, want a conflict on %s", name, err, test.field)
		}
	}
	for name, change := range map[string]AccountChange{
		"parent who is no reseller": {Name: "acme", Parent: new("owned")},
		"parent who is not there":   {Name: "new", Parent: new("ghost")},
		"its own parent":            {Name: "owner", Parent: new("OWNER")},
	} {
		var invalid *InvalidError
		if err := s.Write(t.Context(), save(change)); !errors.As(err, &invalid) || invalid.Field != "parent" {
			t.Errorf("%s: %v, want an invalid parent", name, err)
		}
	}
	// Another broken rule of the tables is no conflict.
	var conflict *ConflictError
	if err := s.Write(t.Context(), save(AccountChange{Name: "acme", Type: new("king")})); err == nil || errors.As(err, &conflict) || IsUnavailable(err) {
		t.Errorf("unknown type: %v", err)
	}
	if has := len(mustSubusers(t, s, "acme")); has != 1 {
		t.Errorf("acme has %d subusers", has)
	}
}

func mustSubusers(t testing.TB, s *Store, account string) (subusers []Subuser) {
	t.Helper()
	mustReadTx(t, s, func(tx *Tx) (err error) {
		subusers, err = tx.Subusers(ScopeAll(), account)
		return err
	})
	return subusers
}

// What lies outside the scope is not there, for every method that takes one.
func TestOutOfScopeIsNotFound(t *testing.T) {
	s := mustOpen(t)
	mine := mustAccount(t, s, AccountChange{Name: "mine"})
	mustAccount(t, s, AccountChange{Name: "theirs"})
	mustWrite(t, s, func(tx *Tx) error {
		return tx.CreateSubuser(ScopeAll(), "theirs", "helper", "hash", permissions.All())
	})
	for scopeName, scope := range map[string]Scope{"another account": ScopeAccount(mine.ID), "nothing": {}} {
		for name, call := range map[string]func(*Tx) error{
			"Account":              func(tx *Tx) error { _, err := tx.Account(scope, "theirs"); return err },
			"SaveAccount":          func(tx *Tx) error { _, err := tx.SaveAccount(scope, AccountChange{Name: "theirs"}); return err },
			"SaveAccount of a new": func(tx *Tx) error { _, err := tx.SaveAccount(scope, AccountChange{Name: "new"}); return err },
			"Subusers":             func(tx *Tx) error { _, err := tx.Subusers(scope, "theirs"); return err },
			"Subuser":              func(tx *Tx) error { _, err := tx.Subuser(scope, "theirs", "helper"); return err },
			"CreateSubuser": func(tx *Tx) error {
				return tx.CreateSubuser(scope, "theirs", "second", "", permissions.All())
			},
			"SetSubuserPermissions": func(tx *Tx) error {
				_, err := tx.SetSubuserPermissions(scope, "theirs", "helper", permissions.None())
				return err
			},
			"SetSubuserPassword": func(tx *Tx) error { _, err := tx.SetSubuserPassword(scope, "theirs", "helper", "x"); return err },
			"DeleteSubusers":     func(tx *Tx) error { _, err := tx.DeleteSubusers(scope, "theirs", []string{"helper"}); return err },
			"DeleteSubusers of none": func(tx *Tx) error {
				_, err := tx.DeleteSubusers(scope, "theirs", nil)
				return err
			},
		} {
			var missing *NotFoundError
			if err := s.Write(t.Context(), call); !errors.As(err, &missing) || missing.Noun != NounAccount {
				t.Errorf("%s in the scope of %s: %v", name, scopeName, err)
			}
		}
	}
	if left := mustSubusers(t, s, "theirs"); len(left) != 1 || !left[0].Permissions.IsAll() {
		t.Errorf("theirs has %+v", left)
	}
	// The own account is found, under its own name only.
	mustReadTx(t, s, func(tx *Tx) error { _, err := tx.Account(ScopeAccount(mine.ID), "MINE"); return err })
}

func TestDeleteSubusersIsAllOrNothing(t *testing.T) {
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme"})
	mustAccount(t, s, AccountChange{Name: "other"})
	mustWrite(t, s, func(tx *Tx) error {
		return errors.Join(
			tx.CreateSubuser(ScopeAll(), "acme", "One", "", permissions.All()),
			tx.CreateSubuser(ScopeAll(), "acme", "two", "", permissions.All()),
			tx.CreateSubuser(ScopeAll(), "other", "three", "", permissions.All()))
	})
	var missing *NotFoundError
	err := s.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.DeleteSubusers(ScopeAll(), "acme", []string{"one", "three", "four"})
		return err
	})
	if !errors.As(err, &missing) || len(missing.Names) != 2 || missing.Names[0] != "three" || missing.Names[1] != "four" {
		t.Errorf("%v, want the two that are not there", err)
	}
	if n := len(mustSubusers(t, s, "acme")) + len(mustSubusers(t, s, "other")); n != 3 {
		t.Errorf("%d subusers are left of 3", n)
	}
	var deleted []string
	mustWrite(t, s, func(tx *Tx) (err error) {
		deleted, err = tx.DeleteSubusers(ScopeAll(), "acme", []string{"one", "TWO"})
		return err
	})
	if len(deleted) != 2 || deleted[0] != "One" || deleted[1] != "two" {
		t.Errorf("deleted %q, want the names as stored", deleted)
	}
}

func TestTokens(t *testing.T) {
	s := mustOpen(t)
	account := mustAccount(t, s, AccountChange{Name: "acme"})
	hash := [32]byte{1}
	var id int64
	mustWrite(t, s, func(tx *Tx) (err error) {
		id, err = tx.CreateToken(NewToken{Hash: hash, Kind: KindClient, Account: "ACME", Terms: Terms{Name: "n"}})
		return err
	})
	byHash := func(hash [32]byte) (token Token, err error) {
		err = s.Read(t.Context(), func(tx *Tx) error {
			token, err = tx.TokenByHash(hash)
			return err
		})
		return token, err
	}
	token, err := byHash(hash)
	if err != nil || token.ID != id || token.AccountID != account.ID || token.Account != "acme" || !token.Revoked.IsZero() {
		t.Errorf("%+v, %v", token, err)
	}
	revoke := func(tx *Tx) error { return tx.RevokeToken(id) }
	mustWrite(t, s, revoke)
	first, err := byHash(hash)
	if err != nil || first.Revoked.IsZero() {
		t.Errorf("revoked: %+v, %v", first, err)
	}
	mustWrite(t, s, revoke)
	if again, err := byHash(hash); err != nil || !again.Revoked.Equal(first.Revoked) {
		t.Errorf("revoked twice: %v, then %v, %v", first.Revoked, again.Revoked, err)
	}
	var missing *NotFoundError
	if _, err := byHash([32]byte{2}); !errors.As(err, &missing) {
		t.Errorf("unknown hash: %v", err)
	}
	if err := s.Write(t.Context(), func(tx *Tx) error { return tx.RevokeToken(99) }); !errors.As(err, &missing) {
		t.Errorf("unknown ID: %v", err)
	}
}
