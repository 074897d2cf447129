package store

import (
	"errors"

	"panelgate/permissions"
)

// Subuser is a login below an account.
type Subuser struct {
	ID          int64
	Name        string
	Permissions permissions.Grant // over the user catalogue, as they were given
	Held        permissions.Grant // what is left of them under who gave them
	account     int64             // the account that it belongs to
	giver       int64             // the subuser who gave them; 0 is the account
}

func (tx *Tx) scanSubuser(r *row) (s Subuser, err error) {
	var chain string
	if err := r.Scan(&s.ID, &s.Name, &s.account, &s.giver, &chain); err != nil {
		return s, err
	}
	s.Permissions, s.Held, err = tx.chains.held(chain)
	return s, err
}

// selectSubusers gives the subusers of accounts (a), whose logins are o: a row without a name where there is none.
var selectSubusers = "SELECT COALESCE(s.id, 0), COALESCE(l.name, ''), a.id, COALESCE(s.giver_id, 0), " + heldByJoined("s.id") + `
	FROM accounts a JOIN logins o ON o.id = a.id
	LEFT JOIN subusers s ON s.account_id = a.id LEFT JOIN logins l ON l.id = s.id WHERE `

// Subusers gives the subusers of an account in the order of their creation.
func (tx *Tx) Subusers(scope Scope, account string) ([]Subuser, error) {
	found, err := seek(tx, tx.scanSubuser, selectSubusers+"o.key = ? AND o.kind = 'account' AND "+accountsInScope+" ORDER BY s.id",
		append([]any{loginKey(account)}, scope.args()...)...)
	one, err := first(found, err, NounAccount, account)
	if err != nil {
		return nil, err
	}
	tx.owner = owner{scope, account, one.account}
	if one.Name == "" {
		return nil, nil
	}
	return found, nil
}

// Subuser finds one subuser of an account by name, without regard to case.
func (tx *Tx) Subuser(scope Scope, account, name string) (Subuser, error) {
	owner, err := tx.AccountID(scope, account)
	if err != nil {
		return Subuser{}, err
	}
	found, err := seek(tx, tx.scanSubuser, selectSubusers+"s.account_id = ? AND l.key = ?", owner, loginKey(name))
	return first(found, err, NounSubuser, name)
}

// managedSubuser is Subuser for callers that change it.
func (tx *Tx) managedSubuser(scope Scope, account, name string) (Subuser, error) {
	if _, err := tx.managedID(scope, account); err != nil {
		return Subuser{}, err
	}
	return tx.Subuser(scope, account, name)
}

// CreateSubuser adds a subuser. A name that an account or subuser has is a [*ConflictError] on "name".
func (tx *Tx) CreateSubuser(scope Scope, account, name, passwordHash string, grant permissions.Grant) error {
	owner, err := tx.managedID(scope, account)
	if err != nil {
		return err
	}
	stored, err := writeGrant(grant)
	if err != nil {
		return err
	}
	id, err := tx.createLogin(NounSubuser, name, passwordHash)
	if err != nil {
		return err
	}
	_, err = tx.execOf(owner, "INSERT INTO subusers (id, account_id, permissions, giver_id) VALUES (?, ?, ?, ?)",
		id, owner, stored, nonZero(scope.subuser()))
	return err
}

// SetSubuserPermissions replaces what a subuser may do and gives the subuser's name as it is stored.
func (tx *Tx) SetSubuserPermissions(scope Scope, account, name string, grant permissions.Grant) (string, error) {
	subuser, err := tx.managedSubuser(scope, account, name)
	if err != nil {
		return "", err
	}
	stored, err := writeGrant(grant)
	if err != nil {
		return "", err
	}
	giver, err := tx.giver(scope.subuser(), subuser.ID, subuser.giver)
	if err != nil {
		return "", err
	}
	_, err = tx.execOf(subuser.account, "UPDATE subusers SET permissions = ?, giver_id = ? WHERE id = ?", stored, giver, subuser.ID)
	return subuser.Name, errors.Join(err, tx.touchLogin(subuser.account, subuser.ID))
}

// SetSubuserPassword replaces a subuser's password and gives the subuser's name as it is stored.
func (tx *Tx) SetSubuserPassword(scope Scope, account, name, passwordHash string) (string, error) {
	subuser, err := tx.managedSubuser(scope, account, name)
	if err != nil {
		return "", err
	}
	return subuser.Name, tx.setPassword(subuser.account, subuser.ID, passwordHash)
}

// DeleteSubusers removes all the named subusers, or none: the error names each that is not there.
// It gives the names as they were stored.
func (tx *Tx) DeleteSubusers(scope Scope, account string, names []string) ([]string, error) {
	if _, err := tx.managedID(scope, account); err != nil { // also where no names are given
		return nil, err
	}
	subusers, err := all(names, NounSubuser, func(name string) (Subuser, error) { return tx.Subuser(scope, account, name) })
	if err != nil {
		return nil, err
	}
	var deleted []string
	for _, s := range subusers {
		if s, err = tx.Subuser(scope, account, s.Name); err != nil { // as it is after those before it
			return nil, err
		}
		if err := tx.inherit("subusers", s.account, s.ID, nonZero(s.giver), s.Held); err != nil {
			return nil, err
		}
		if err := tx.deleteLogin(s.account, s.ID); err != nil {
			return nil, err
		}
		deleted = append(deleted, s.Name)
	}
	return deleted, nil
}
