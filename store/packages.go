package store

import (
	"fmt"
	"strings"

	"panelgate/permissions"
)

// Package is named limits and permissions that accounts are put on.
type Package struct {
	ID          int64
	Name        string
	Limits      Limits
	Permissions permissions.Grant
}

func scanPackage(r *row) (p Package, err error) {
	var grant string
	err = r.Scan(&p.ID, &p.Name, &p.Limits.Quota, &p.Limits.Inodes, &p.Limits.Domains, &p.Limits.Emails,
		&p.Limits.Databases, &grant)
	if err != nil {
		return p, err
	}
	return p, readGrant(grant, &p.Permissions)
}

const selectPackages = "SELECT id, name, quota, inodes, domains, emails, databases, permissions FROM packages"

// Packages gives all packages by name.
func (tx *Tx) Packages() ([]Package, error) {
	return collect(tx, scanPackage, selectPackages+" ORDER BY key")
}

// Package finds a package by name, without regard to case. Not finding it names the nearest one.
func (tx *Tx) Package(name string) (Package, error) {
	found, err := collect(tx, scanPackage, selectPackages+" WHERE key = ?", loginKey(name))
	if err != nil || len(found) > 0 {
		return first(found, err, NounPackage, name)
	}
	names, err := collect(tx, scanName, "SELECT name FROM packages ORDER BY key")
	if err != nil {
		return Package{}, err
	}
	return Package{}, &NotFoundError{Noun: NounPackage, Names: []string{name}, Nearest: permissions.Nearest(name, names)}
}

// CreatePackage adds a package. A taken name is a [*ConflictError] on "name".
func (tx *Tx) CreatePackage(p Package) error {
	stored, err := writeGrant(p.Permissions)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO packages (name, key, quota, inodes, domains, emails, databases, permissions)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, p.Name, loginKey(p.Name), p.Limits.Quota, p.Limits.Inodes,
		p.Limits.Domains, p.Limits.Emails, p.Limits.Databases, stored)
	if isUnique(err) {
		return taken("name", p.Name)
	}
	return err
}

// SavePackage replaces the limits and permissions of the package with p's ID. Accounts on it get
// the new limits, and the new permissions unless theirs were changed since they got the old ones.
func (tx *Tx) SavePackage(was, p Package) error {
	before, err := writeGrant(was.Permissions)
	if err != nil {
		return err
	}
	after, err := writeGrant(p.Permissions)
	if err != nil {
		return err
	}
	l := p.Limits
	_, err = tx.exec(`UPDATE packages SET quota = ?, inodes = ?, domains = ?, emails = ?, databases = ?, permissions = ?
		WHERE id = ?`, l.Quota, l.Inodes, l.Domains, l.Emails, l.Databases, after, was.ID)
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE accounts SET quota = ?, inodes = ?, domains = ?, emails = ?, databases = ?,
		permissions = CASE WHEN permissions = ? THEN ? ELSE permissions END WHERE LOWER(package) = ?`,
		l.Quota, l.Inodes, l.Domains, l.Emails, l.Databases, before, after, loginKey(was.Name))
	return err
}

// DeletePackages removes all the named packages, or none, and gives their names as they were
// stored. The error names each that is not there and, as a [*ConflictError] on "package", each that
// accounts are on, with up to ten of them.
func (tx *Tx) DeletePackages(names []string) ([]string, error) {
	packages, absent, err := each(names, NounPackage, tx.Package)
	if err != nil {
		return nil, err
	}
	used, err := tx.packagesInUse(packages)
	if err != nil {
		return nil, err
	}
	if err := refuseAll("package", NounPackage, absent, used); err != nil {
		return nil, err
	}
	var deleted []string
	for _, p := range packages {
		if _, err := tx.exec("DELETE FROM packages WHERE id = ?", p.ID); err != nil {
			return nil, err
		}
		deleted = append(deleted, p.Name)
	}
	return deleted, nil
}

// packagesInUse says of every package that accounts are on which those are.
func (tx *Tx) packagesInUse(packages []Package) (used []string, _ error) {
	for _, p := range packages {
		users, err := collect(tx, scanName, `SELECT l.name FROM accounts a JOIN logins l ON l.id = a.id
			WHERE LOWER(a.package) = ? ORDER BY l.key LIMIT 11`, loginKey(p.Name))
		if err != nil {
			return nil, err
		}
		if len(users) > 10 {
			users[10] = "others"
		}
		if len(users) > 0 {
			used = append(used, fmt.Sprintf("%q is in use by %s", p.Name, strings.Join(users, ", ")))
		}
	}
	return used, nil
}
