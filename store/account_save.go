package store

import (
	"database/sql"
	"errors"
	"fmt"

	"panelgate/permissions"
)

// AccountChange is what [Tx.SaveAccount] is asked for. A nil field keeps what is stored, and gets
// the documented default when the account is new.
type AccountChange struct {
	Name      string
	Parent    *string // "" is the main administrative user
	Type      *string
	Email     *string
	Language  *string
	Package   *string // any text; that of a package brings its limits and permissions
	Suspended *bool
	By        string     // who changes it, for a suspension
	Websites  *[]Website // replaces the whole list
}

// SaveAccount creates the account, or changes the one that has the name, and gives it as it now
// is. Only the operator's scope and a reseller's create; to others a name outside of theirs is not
// found. A reseller owns what it creates, and makes no resellers. A name that is taken is a
// [*ConflictError] on "name", a parent or type that cannot be an [*InvalidError].
func (tx *Tx) SaveAccount(scope Scope, change AccountChange) (Account, error) {
	account, err := tx.Account(scope, change.Name)
	setWebsites, isNew := tx.replaceWebsites, false
	var missing *NotFoundError
	switch {
	case err == nil && account.ID == scope.reseller:
		err = &ReadOnlyError{Name: account.Name}
	case errors.As(err, &missing):
		account, err = tx.insertAccount(scope, change)
		setWebsites, isNew = tx.insertWebsites, true
	case err == nil:
		err = tx.updateAccount(scope, account, change)
	}
	if err != nil {
		return Account{}, err
	}
	if change.Websites != nil {
		if err := setWebsites(account.ID, *change.Websites); err != nil {
			return Account{}, err
		}
	}
	if err := tx.applySuspension(scope, account, change); err != nil {
		return Account{}, err
	}
	if err := tx.applyPackage(scope, account, change); err != nil {
		return Account{}, err
	}
	if made, is := tx.made(account.ID, change); is && isNew && scope.reseller == 0 {
		tx.sought = &sought{scope, change.Name, made, nil}
	}
	return tx.Account(scope, change.Name)
}

// made is a new account of the operator's as it would be read, unless there is more to it than what was sent.
func (tx *Tx) made(id int64, change AccountChange) (a Account, is bool) {
	if or(change.Parent, "") != "" || or(change.Package, "") != "" || or(change.Suspended, false) {
		return a, false
	}
	now := fromMillis(tx.stamp())
	a = Account{ID: id, Name: change.Name, Type: or(change.Type, TypeUser), Email: or(change.Email, ""), Language: or(change.Language, "en"),
		Permissions: permissions.All(), Created: now, Updated: now}
	for _, site := range or(change.Websites, nil) {
		a.Usage.Websites++
		a.Usage.Databases += int64(len(site.Databases))
	}
	return a, true
}

// applyPackage gives an account what the package of that name holds, if there is one and the
// account was not on it: Installatron's packages may have any name.
func (tx *Tx) applyPackage(scope Scope, was Account, change AccountChange) error {
	if change.Package == nil || SameName(*change.Package, was.Package) {
		return nil
	}
	err := tx.SetAccountPackage(scope, change.Name, *change.Package)
	var missing *NotFoundError
	if errors.As(err, &missing) && missing.Noun == NounPackage {
		return nil
	}
	return err
}

func (tx *Tx) applySuspension(scope Scope, was Account, change AccountChange) error {
	if change.Suspended == nil || *change.Suspended == was.Suspension.Suspended {
		return nil
	}
	if *change.Suspended {
		return tx.suspend(scope, was, change.By, "")
	}
	return tx.unsuspend(scope, was)
}

func (tx *Tx) insertAccount(scope Scope, change AccountChange) (Account, error) {
	if !scope.mayCreate() {
		return Account{}, &NotFoundError{Noun: NounAccount, Names: []string{change.Name}}
	}
	kind := or(change.Type, TypeUser)
	parent, err := tx.place(scope, change.Parent, "", kind, TypeUser)
	if err != nil {
		return Account{}, err
	}
	grant, err := tx.writeGiven(scope, permissions.All())
	if err != nil {
		return Account{}, err
	}
	id, err := tx.createLogin(NounAccount, change.Name, "")
	if err != nil {
		return Account{}, err
	}
	_, err = tx.execOf(id, `INSERT INTO accounts (id, parent_id, type, email, language, package, suspended, permissions)
		VALUES (?, ?, ?, ?, ?, ?, FALSE, ?)`,
		id, parent, kind, or(change.Email, ""), or(change.Language, "en"),
		or(change.Package, ""), grant)
	return Account{ID: id}, errors.Join(err, tx.beginTrail(id, change.Name))
}

func (tx *Tx) updateAccount(scope Scope, was Account, change AccountChange) error {
	kind := or(change.Type, was.Type)
	parent, err := tx.place(scope, change.Parent, was.Parent, kind, was.Type)
	if err != nil {
		return err
	}
	if err := tx.checkAncestors(was, parent); err != nil {
		return err
	}
	if err := tx.checkDemotion(was, kind); err != nil {
		return err
	}
	touching := kind
	if was.Type == TypeReseller {
		touching = was.Type
	}
	_, err = tx.execOfKind(touching, was.ID, `UPDATE accounts SET parent_id = ?, type = ?, email = ?, language = ?, package = ? WHERE id = ?`,
		parent, kind, or(change.Email, was.Email), or(change.Language, was.Language), or(change.Package, was.Package), was.ID)
	return errors.Join(err, tx.touchLogin(was.ID, was.ID))
}

// place finds the owner that an account is to have: the one that is asked for, or the one that it
// has. A reseller's accounts stay its own, and are made no resellers.
func (tx *Tx) place(scope Scope, asked *string, has, kind, was string) (sql.NullInt64, error) {
	if scope.reseller == 0 {
		return tx.parentID(or(asked, has))
	}
	own := sql.NullInt64{Int64: scope.reseller, Valid: true}
	if kind != was && kind == TypeReseller {
		return own, &InvalidError{Field: "type", Reason: "must be user: only the operator makes resellers"}
	}
	if asked != nil {
		if parent, err := tx.parentID(*asked); err != nil || parent != own {
			return own, &InvalidError{Field: "parent", Reason: "must be left out, or name the reseller itself"}
		}
	}
	return own, nil
}

// parentID finds the reseller that is to own an account; "" is the main administrative user.
func (tx *Tx) parentID(name string) (sql.NullInt64, error) {
	if name == "" {
		return sql.NullInt64{}, nil
	}
	parent, err := tx.Account(ScopeAll(), name)
	var missing *NotFoundError
	if errors.As(err, &missing) || err == nil && parent.Type != TypeReseller {
		return sql.NullInt64{}, &InvalidError{Field: "parent", Reason: fmt.Sprintf("%q is not a reseller", name)}
	}
	return sql.NullInt64{Int64: parent.ID, Valid: true}, err
}

// checkAncestors refuses a parent that the account itself owns, at any depth: a cycle.
func (tx *Tx) checkAncestors(was Account, parent sql.NullInt64) error {
	if !parent.Valid {
		return nil
	}
	cycle, err := one(collect(tx, scanCount, `WITH RECURSIVE above (id) AS (
			SELECT CAST(? AS BIGINT)
			UNION SELECT a.parent_id FROM accounts a JOIN above ON a.id = above.id WHERE a.parent_id IS NOT NULL
		) SELECT COUNT(*) FROM above WHERE id = ?`, parent.Int64, was.ID))
	if err != nil || cycle == 0 {
		return err
	}
	return &InvalidError{Field: "parent", Reason: fmt.Sprintf("must not be owned by %q itself", was.Name)}
}

// checkDemotion refuses to make a user of a reseller who still owns accounts: their parent would
// be one that cannot own any.
func (tx *Tx) checkDemotion(was Account, kind string) error {
	if was.Type != TypeReseller || kind == TypeReseller {
		return nil
	}
	owned, err := tx.Accounts(ScopeAll(), AccountFilter{Parent: was.Name, Limit: 1})
	if err != nil || len(owned) == 0 {
		return err
	}
	return &ConflictError{Field: "type", Reason: fmt.Sprintf("must stay reseller: the account still owns %q", owned[0].Name)}
}

// or is the value that p points to, or other when there is none.
func or[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}
