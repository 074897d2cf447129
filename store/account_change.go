package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"panelgate/permissions"
)

// NewAccount is what [Tx.CreateAccount] makes an account of.
type NewAccount struct {
	Name         string
	PasswordHash string
	Domain       string
	Package      string // of the packages; its limits replace Limits. "" keeps Limits
	Limits       Limits
	Permissions  *permissions.Grant // nil: the package's, or all
}

// CreateAccount adds an account: the reseller's whose the scope is, or the main administrative
// user's. Taken names and domains are [*ConflictError]s, on "name" and "domain".
func (tx *Tx) CreateAccount(scope Scope, n NewAccount) (Account, error) {
	if !scope.mayCreate() {
		return Account{}, &NotFoundError{Noun: NounAccount, Names: []string{n.Name}}
	}
	limits, grant := n.Limits, permissions.All()
	if n.Package != "" {
		p, err := tx.Package(n.Package)
		if err != nil {
			return Account{}, err
		}
		n.Package, limits, grant = p.Name, p.Limits, p.Permissions
	}
	stored, err := tx.writeGiven(scope, or(n.Permissions, grant))
	if err != nil {
		return Account{}, err
	}
	id, err := tx.createLogin(NounAccount, n.Name, n.PasswordHash)
	if err != nil {
		return Account{}, err
	}
	_, err = tx.execOf(id, `INSERT INTO accounts (id, parent_id, type, email, language, package, suspended, permissions, domain,
			quota, inodes, domains, emails, databases)
		VALUES (?, ?, ?, '', 'en', ?, FALSE, ?, ?, ?, ?, ?, ?, ?)`,
		id, nonZero(scope.reseller), TypeUser, n.Package, stored, strings.ToLower(n.Domain),
		limits.Quota, limits.Inodes, limits.Domains, limits.Emails, limits.Databases)
	if err != nil {
		return Account{}, domainConflict(err, n.Domain)
	}
	return tx.Account(scope, n.Name)
}

// domainConflict tells a taken domain from other errors of a statement that can only violate that
// one constraint.
func domainConflict(err error, domain string) error {
	if isUnique(err) {
		return taken("domain", domain)
	}
	return err
}

// change runs one update of accounts on the account of that name, and marks it as changed.
func (tx *Tx) change(scope Scope, name, update string, args ...any) error {
	id, err := tx.managedID(scope, name)
	if err != nil {
		return err
	}
	kind, err := one(seek(tx, scanName, "SELECT type FROM accounts WHERE id = ?", id))
	if err != nil {
		return err
	}
	if _, err := tx.execOfKind(kind, id, update+" WHERE id = ?", append(args, id)...); err != nil {
		return err
	}
	return tx.touchLogin(id, id)
}

// SetAccountPassword replaces the password and ends the account's sessions.
func (tx *Tx) SetAccountPassword(scope Scope, name, passwordHash string) error {
	id, err := tx.managedID(scope, name)
	if err != nil {
		return err
	}
	return tx.setPassword(id, id, passwordHash)
}

// SetAccountDomain replaces the main domain. A taken one is a [*ConflictError] on "domain".
func (tx *Tx) SetAccountDomain(scope Scope, name, domain string) error {
	err := tx.change(scope, name, "UPDATE accounts SET domain = ?", strings.ToLower(domain))
	return domainConflict(err, domain)
}

// SetAccountEmail replaces the contact address.
func (tx *Tx) SetAccountEmail(scope Scope, name, email string) error {
	return tx.change(scope, name, "UPDATE accounts SET email = ?", email)
}

// SetAccountSSH allows or forbids SSH.
func (tx *Tx) SetAccountSSH(scope Scope, name string, allowed bool) error {
	return tx.change(scope, name, "UPDATE accounts SET ssh = ?", allowed)
}

// SetAccountPermissions replaces what the account may do.
func (tx *Tx) SetAccountPermissions(scope Scope, name string, grant permissions.Grant) error {
	stored, err := tx.writeGiven(scope, grant)
	if err != nil {
		return err
	}
	return tx.change(scope, name, "UPDATE accounts SET permissions = ?", stored)
}

// SetAccountLimits gives an account limits of its own, off any package.
func (tx *Tx) SetAccountLimits(scope Scope, name string, l Limits) error {
	return tx.change(scope, name, `UPDATE accounts SET package = '', quota = ?, inodes = ?, domains = ?, emails = ?,
		databases = ?`, l.Quota, l.Inodes, l.Domains, l.Emails, l.Databases)
}

// SetAccountPackage puts an account on a package: it gets the package's limits and, as far as a reseller holds them whose
// the scope is, its permissions.
func (tx *Tx) SetAccountPackage(scope Scope, name, pkg string) error {
	p, err := tx.Package(pkg)
	if err != nil {
		return err
	}
	stored, err := tx.writeGiven(scope, p.Permissions)
	if err != nil {
		return err
	}
	l := p.Limits
	return tx.change(scope, name, `UPDATE accounts SET package = ?, permissions = ?, quota = ?, inodes = ?, domains = ?,
		emails = ?, databases = ?`, p.Name, stored, l.Quota, l.Inodes, l.Domains, l.Emails, l.Databases)
}

// SuspendAccounts suspends all the named accounts, or none: the error names each that is not
// there. One that is suspended already keeps its date, and its reason where none is given; what the operator suspended
// stays the operator's to end.
func (tx *Tx) SuspendAccounts(scope Scope, names []string, by, reason string) error {
	accounts, err := tx.allAccounts(scope, names)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if err := tx.suspend(scope, a, by, reason); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) suspend(scope Scope, was Account, by, reason string) error {
	if was.Suspension.Suspended && !scope.mayEnd(was.Suspension) {
		return nil
	}
	_, err := tx.execOfKind(was.Type, was.ID, `UPDATE accounts SET suspended = TRUE, suspended_at = COALESCE(suspended_at, ?), suspended_by = ?, suspended_reseller = ?,
		suspend_reason = CASE WHEN ? = '' THEN suspend_reason ELSE ? END WHERE id = ?`,
		tx.stamp(), by, nonZero(scope.reseller), reason, reason, was.ID)
	return errors.Join(err, tx.endSessionsOfAccount(was.ID), tx.touchLogin(was.ID, was.ID))
}

// mayEnd reports whether a suspension may be ended within the scope: a reseller ends its own.
func (s Scope) mayEnd(is Suspension) bool { return s.reseller == 0 || s.reseller == is.reseller }

// UnsuspendAccounts ends the suspension of all the named accounts, or of none. One that the operator suspended is a
// [*SuspendedError] to a reseller.
func (tx *Tx) UnsuspendAccounts(scope Scope, names []string) error {
	accounts, err := tx.allAccounts(scope, names)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if err := tx.unsuspend(scope, a); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) unsuspend(scope Scope, was Account) error {
	if was.Suspension.Suspended && !scope.mayEnd(was.Suspension) {
		return &SuspendedError{Name: was.Name}
	}
	_, err := tx.execOfKind(was.Type, was.ID, `UPDATE accounts SET suspended = FALSE, suspended_at = NULL, suspended_by = '', suspended_reseller = NULL,
		suspend_reason = '' WHERE id = ?`, was.ID)
	return errors.Join(err, tx.touchLogin(was.ID, was.ID))
}

// DeleteAccounts removes all the named accounts with everything that belongs to them, or none. The
// error names each that is not there and, as a [*ConflictError] on "name", each reseller with an
// account that is not going too.
func (tx *Tx) DeleteAccounts(scope Scope, names []string) error {
	accounts, absent, err := each(names, NounAccount, func(name string) (Account, error) { return tx.managed(scope, name) })
	if err != nil {
		return err
	}
	owners, err := tx.stillOwning(accounts)
	if err != nil {
		return err
	}
	if err := refuseAll("name", NounAccount, absent, owners); err != nil {
		return err
	}
	for _, a := range accounts {
		if err := tx.deleteAccount(a.ID); err != nil {
			return err
		}
	}
	return nil
}

// stillOwning says of every account that owns one which is not going with it which that is.
func (tx *Tx) stillOwning(going []Account) (owners []string, _ error) {
	names := make(map[string]bool, len(going))
	for _, a := range going {
		names[a.Name] = true
	}
	for _, a := range going {
		if a.Type != TypeReseller {
			continue
		}
		// Of more than are going, one is not.
		owned, err := tx.Accounts(ScopeAll(), AccountFilter{Parent: a.Name, Limit: len(going) + 1})
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(owned, func(o Account) bool { return !names[o.Name] }); i >= 0 {
			owners = append(owners, fmt.Sprintf("%q still owns the account %q", a.Name, owned[i].Name))
		}
	}
	return owners, nil
}

// deleteAccount removes the logins of an account and its subusers; the rest follows by reference.
func (tx *Tx) deleteAccount(id int64) error {
	_, err := tx.exec("UPDATE accounts SET parent_id = NULL WHERE parent_id = ?", id) // those are going too
	if err != nil {
		return err
	}
	return tx.deleteLogin(id, id)
}

// allAccounts finds every named account once, to be changed; the error names each that is not there.
func (tx *Tx) allAccounts(scope Scope, names []string) ([]Account, error) {
	return all(names, NounAccount, func(name string) (Account, error) { return tx.managed(scope, name) })
}

// managed is Account for who is to change it.
func (tx *Tx) managed(scope Scope, name string) (Account, error) {
	if _, err := tx.managedID(scope, name); err != nil {
		return Account{}, err
	}
	return tx.Account(scope, name)
}
