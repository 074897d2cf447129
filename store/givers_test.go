package store_test

import (
	"errors"
	"testing"

	"panelgate/permissions"
	"panelgate/store"
)

// fillHouse makes a reseller with an account that has a subuser, and two admins.
func fillHouse(tx *store.Tx) error {
	reseller, shop := store.TypeReseller, "shop"
	_, shopErr := tx.SaveAccount(store.ScopeAll(), store.AccountChange{Name: "shop", Type: &reseller})
	_, accountErr := tx.SaveAccount(store.ScopeAll(), store.AccountChange{Name: "acme", Parent: &shop})
	_, otherErr := tx.SaveAccount(store.ScopeAll(), store.AccountChange{Name: "other"})
	return errors.Join(shopErr, accountErr, otherErr,
		tx.CreateSubuser(store.ScopeAll(), "acme", "helper", "", permissions.All()),
		tx.CreateAdmin(store.ScopeAll(), "root", "", permissions.All()),
		tx.CreateAdmin(store.ScopeAll(), "boss", "", permissions.All()))
}

// held is what somebody may do now.
func held(t *testing.T, c *clock, role, name string) (grant permissions.Grant) {
	t.Helper()
	err := c.Read(t.Context(), func(tx *store.Tx) error {
		who, err := tx.Person(store.ScopeAll(), role, name)
		grant = who.Permissions
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

func wantHeld(t *testing.T, c *clock, role, name string, want permissions.Grant) {
	t.Helper()
	if got := held(t, c, role, name); !got.Equal(want) {
		t.Errorf("%s %s holds %v, want %v", role, name, got, want)
	}
}

func TestNarrowingAResellerNarrowsItsAccountsAndTheirSubusers(t *testing.T) {
	c := newClock(t)
	email := permissions.Of("email", "all")
	c.mustWrite(t, fillHouse)
	c.mustWrite(t, func(tx *store.Tx) error {
		return errors.Join(tx.CreateSubuser(store.ScopeAll(), "acme", "narrow", "", permissions.Of("domain", "all").With("email", "filters")),
			tx.SetAccountPermissions(store.ScopeAll(), "shop", email))
	})
	wantHeld(t, c, store.RoleUser, "shop", email)
	wantHeld(t, c, store.RoleUser, "acme", email)
	wantHeld(t, c, store.RoleUser, "helper", email)
	wantHeld(t, c, store.RoleUser, "narrow", permissions.Of("email", "filters"))
	wantHeld(t, c, store.RoleUser, "other", permissions.All())
	c.mustWrite(t, func(tx *store.Tx) error { return tx.SetAccountPermissions(store.ScopeAll(), "shop", permissions.All()) })
	wantHeld(t, c, store.RoleUser, "helper", permissions.All())
}

func TestNarrowingAnAdminNarrowsWhatItGave(t *testing.T) {
	c := newClock(t)
	c.mustWrite(t, fillHouse)
	server, accounts := permissions.Of("server", "all"), permissions.Of("accounts", "all")
	admin := func(tx *store.Tx, name string) store.Scope {
		a, err := tx.Admin(name)
		if err != nil {
			t.Fatal(err)
		}
		return store.ScopeAdmin(a.ID)
	}
	give := func(by, to string, grant permissions.Grant) {
		t.Helper()
		c.mustWrite(t, func(tx *store.Tx) error {
			scope := store.ScopeAll()
			if by != "" {
				scope = admin(tx, by)
			}
			_, err := tx.SetAdminPermissions(scope, to, grant)
			return err
		})
	}
	c.mustWrite(t, func(tx *store.Tx) error {
		return errors.Join(tx.CreateAdmin(admin(tx, "boss"), "one", "", permissions.All()),
			tx.CreateAdmin(admin(tx, "one"), "two", "", accounts))
	})
	give("", "boss", server)
	wantHeld(t, c, store.RoleAdmin, "one", server)
	wantHeld(t, c, store.RoleAdmin, "two", permissions.None())

	give("", "two", accounts) // by the operator: what others hold does not matter any more
	wantHeld(t, c, store.RoleAdmin, "two", accounts)

	// Narrowing who is above narrows oneself; it makes no circle.
	give("", "boss", permissions.All())
	give("one", "boss", server)
	wantHeld(t, c, store.RoleAdmin, "boss", server)
	wantHeld(t, c, store.RoleAdmin, "one", server)
	give("", "boss", permissions.All())
	wantHeld(t, c, store.RoleAdmin, "one", permissions.All())
	give("one", "one", accounts)
	wantHeld(t, c, store.RoleAdmin, "one", accounts)

	// Who loses who restricted them keeps what they had and gets no more.
	give("one", "two", accounts.With("server", "status"))
	wantHeld(t, c, store.RoleAdmin, "two", accounts)
	c.mustWrite(t, func(tx *store.Tx) error {
		_, err := tx.DeleteAdmins([]string{"boss", "one"})
		return err
	})
	wantHeld(t, c, store.RoleAdmin, "two", accounts)
}

// The last admin with all permissions is the last that holds them, not the last that was given them.
func TestAnAdminUnderANarrowOneIsNoFullAdmin(t *testing.T) {
	c := newClock(t)
	c.mustWrite(t, func(tx *store.Tx) error { return tx.CreateAdmin(store.ScopeAll(), "boss", "", permissions.All()) })
	c.mustWrite(t, func(tx *store.Tx) error {
		boss, err := tx.Admin("boss")
		return errors.Join(err, tx.CreateAdmin(store.ScopeAdmin(boss.ID), "one", "", permissions.All()))
	})
	var conflict *store.ConflictError
	err := c.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.SetAdminPermissions(store.ScopeAll(), "boss", permissions.Of("server", "all"))
		return err
	})
	if !errors.As(err, &conflict) {
		t.Errorf("nobody holds everything any more: %v", err)
	}
}

func TestNarrowingASubuserNarrowsWhatItGave(t *testing.T) {
	c := newClock(t)
	c.mustWrite(t, fillHouse)
	email, filters := permissions.Of("email", "all"), permissions.Of("email", "filters")
	c.mustWrite(t, func(tx *store.Tx) error {
		account, accountErr := tx.Account(store.ScopeAll(), "acme")
		helper, helperErr := tx.Subuser(store.ScopeAll(), "acme", "helper")
		return errors.Join(accountErr, helperErr, tx.CreateSubuser(store.ScopeSubuser(account.ID, helper.ID), "acme", "made", "", email))
	})
	wantHeld(t, c, store.RoleUser, "made", email)
	c.mustWrite(t, func(tx *store.Tx) error {
		_, err := tx.SetSubuserPermissions(store.ScopeAll(), "acme", "helper", filters)
		return err
	})
	wantHeld(t, c, store.RoleUser, "made", filters)
	c.mustWrite(t, func(tx *store.Tx) error {
		_, err := tx.DeleteSubusers(store.ScopeAll(), "acme", []string{"helper"})
		return err
	})
	wantHeld(t, c, store.RoleUser, "made", filters)
}
