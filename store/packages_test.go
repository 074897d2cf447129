package store

import (
	"errors"
	"testing"

	"panelgate/permissions"
)

// limitsOf gives five limits that differ.
func limitsOf(first int64) Limits {
	return Limits{Quota: new(first), Inodes: new(first + 1), Domains: new(first + 2), Emails: new(first + 3), Databases: new(first + 4)}
}

func sameLimits(a, b Limits) bool {
	same := func(a, b Limit) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	return same(a.Quota, b.Quota) && same(a.Inodes, b.Inodes) && same(a.Domains, b.Domains) && same(a.Emails, b.Emails) &&
		same(a.Databases, b.Databases)
}

// mustPackage makes a package and gives it.
func mustPackage(t *testing.T, s *Store, p Package) (made Package) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) (err error) {
		if err := tx.CreatePackage(p); err != nil {
			return err
		}
		made, err = tx.Package(p.Name)
		return err
	})
	return made
}

func checkAccount(t *testing.T, s *Store, name string, limits Limits, grant permissions.Grant) {
	t.Helper()
	mustReadTx(t, s, func(tx *Tx) error {
		a, err := tx.Account(ScopeAll(), name)
		if !sameLimits(a.Limits, limits) {
			t.Errorf("%s has the limits %s, want %s", name, texts(a.Limits), texts(limits))
		}
		if !a.Permissions.Equal(grant) {
			t.Errorf("%s has the permissions %v, want %v", name, a.Permissions, grant)
		}
		return err
	})
}

// texts shows limits rather than where they are.
func texts(l Limits) (shown []any) {
	for _, limit := range []Limit{l.Quota, l.Inodes, l.Domains, l.Emails, l.Databases} {
		if limit == nil {
			shown = append(shown, "unlimited")
		} else {
			shown = append(shown, *limit)
		}
	}
	return shown
}

// Accounts on a package get its new limits, and its new permissions too while theirs are those that they got from it.
// Accounts that are on no package or on another are left alone, though what they have be the same.
func TestSavePackageChangesTheAccountsOnIt(t *testing.T) {
	s := mustOpen(t)
	email, mysql, own := permissions.Of("email", "all"), permissions.Of("mysql", "all"), permissions.Of("email", "accounts")
	before := limitsOf(100)
	gold := mustPackage(t, s, Package{Name: "Gold", Limits: before, Permissions: email})
	mustPackage(t, s, Package{Name: "Silver", Limits: before, Permissions: email})
	mustWrite(t, s, func(tx *Tx) (err error) {
		for _, n := range []NewAccount{
			{Name: "made", Package: "gold"},
			{Name: "edited", Package: "Gold"},
			{Name: "given", Package: "Gold", Permissions: &own},
			{Name: "moved", Package: "Silver"},
			{Name: "silver", Package: "Silver"},
			{Name: "left", Package: "Gold"},
			{Name: "never", Limits: before, Permissions: &email},
		} {
			_, created := tx.CreateAccount(ScopeAll(), n)
			err = errors.Join(err, created)
		}
		return errors.Join(err,
			tx.SetAccountPermissions(ScopeAll(), "edited", own),
			tx.SetAccountPackage(ScopeAll(), "moved", "GOLD"),
			tx.SetAccountLimits(ScopeAll(), "left", before))
	})
	for _, name := range []string{"made", "moved", "silver", "left", "never"} {
		checkAccount(t, s, name, before, email)
	}

	after := limitsOf(200)
	after.Databases = nil
	mustWrite(t, s, func(tx *Tx) error {
		changed := gold
		changed.Limits, changed.Permissions = after, mysql
		return tx.SavePackage(gold, changed)
	})
	for _, name := range []string{"made", "moved"} {
		checkAccount(t, s, name, after, mysql)
	}
	for _, name := range []string{"edited", "given"} {
		checkAccount(t, s, name, after, own)
	}
	for _, name := range []string{"silver", "left", "never"} {
		checkAccount(t, s, name, before, email)
	}
	mustReadTx(t, s, func(tx *Tx) error {
		packages, err := tx.Packages()
		if len(packages) != 2 || !sameLimits(packages[0].Limits, after) || !packages[0].Permissions.Equal(mysql) ||
			!sameLimits(packages[1].Limits, before) || !packages[1].Permissions.Equal(email) {
			t.Errorf("the packages are %+v", packages)
		}
		return err
	})
}

// Permissions that were changed and changed back are the package's again, and follow it.
func TestSavePackageComparesWhatIsHeld(t *testing.T) {
	s := mustOpen(t)
	email, mysql, domain := permissions.Of("email", "all"), permissions.Of("mysql", "all"), permissions.Of("domain", "all")
	was := mustPackage(t, s, Package{Name: "gold", Permissions: email})
	set := func(grant permissions.Grant) {
		mustWrite(t, s, func(tx *Tx) error { return tx.SetAccountPermissions(ScopeAll(), "acme", grant) })
	}
	save := func(was Package, grant permissions.Grant) Package {
		changed := was
		changed.Permissions = grant
		mustWrite(t, s, func(tx *Tx) error { return tx.SavePackage(was, changed) })
		return changed
	}
	mustWrite(t, s, func(tx *Tx) error {
		_, err := tx.CreateAccount(ScopeAll(), NewAccount{Name: "acme", Package: "gold"})
		return err
	})
	set(mysql)
	set(email)
	now := save(was, domain)
	checkAccount(t, s, "acme", Limits{}, domain)
	set(mysql)
	now = save(now, email)
	checkAccount(t, s, "acme", Limits{}, mysql)
	save(now, mysql)
	checkAccount(t, s, "acme", Limits{}, mysql)
}

// A package that accounts are on is not deleted, and no other with it.
func TestDeletePackagesIsAllOrNothing(t *testing.T) {
	s := mustOpen(t)
	for _, name := range []string{"free", "used"} {
		mustPackage(t, s, Package{Name: name})
	}
	mustWrite(t, s, func(tx *Tx) error {
		_, err := tx.CreateAccount(ScopeAll(), NewAccount{Name: "acme", Package: "used"})
		return err
	})
	for _, names := range [][]string{{"free", "used"}, {"free", "ghost"}} {
		if err := s.Write(t.Context(), func(tx *Tx) error { _, err := tx.DeletePackages(names); return err }); err == nil {
			t.Errorf("%v were deleted", names)
		}
	}
	mustReadTx(t, s, func(tx *Tx) error { _, err := tx.Package("free"); return err })
}
