package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"panelgate/permissions"
)

// The types of an account, in Installatron's words.
const (
	TypeUser     = "user"
	TypeReseller = "reseller"
)

// Account is a hosting account: SPanel's account, Installatron's user.
type Account struct {
	ID          int64
	Name        string
	Parent      string // the reseller who owns it; "" is the main administrative user
	Type        string // TypeUser or TypeReseller
	Email       string
	Language    string
	Package     string
	Suspended   bool
	Permissions permissions.Grant // over the user catalogue
	Created     time.Time
	Updated     time.Time
}

// AccountChange is what [Tx.SaveAccount] is asked for. A nil field keeps what is stored, and gets
// the documented default when the account is new.
type AccountChange struct {
	Name      string
	Parent    *string // "" is the main administrative user
	Type      *string
	Email     *string
	Language  *string
	Package   *string
	Suspended *bool
	Websites  *[]Website // replaces the whole list
}

const accountColumns = `a.id, l.name, COALESCE(p.name, ''), a.type, a.email, a.language, a.package,
	a.suspended, a.permissions, l.created_at, l.updated_at`

const accountTables = `accounts a JOIN logins l ON l.id = a.id LEFT JOIN logins p ON p.id = a.parent_id`

func scanAccount(r *row) (a Account, err error) {
	var grant string
	var created, updated int64
	err = r.Scan(&a.ID, &a.Name, &a.Parent, &a.Type, &a.Email, &a.Language, &a.Package,
		&a.Suspended, &grant, &created, &updated)
	if err != nil {
		return a, err
	}
	a.Created, a.Updated = fromMillis(created), fromMillis(updated)
	return a, readGrant(grant, &a.Permissions)
}

func readGrant(stored string, grant *permissions.Grant) error {
	if err := json.Unmarshal([]byte(stored), grant); err != nil {
		return fmt.Errorf("stored permissions: %w", err)
	}
	return nil
}

func writeGrant(grant permissions.Grant) (string, error) {
	b, err := json.Marshal(grant)
	return string(b), err
}

// Account finds an account by name, without regard to case.
func (tx *Tx) Account(scope Scope, name string) (Account, error) {
	found, err := collect(tx, scanAccount, "SELECT "+accountColumns+" FROM "+accountTables+
		" WHERE l.key = ? AND "+accountsInScope, append([]any{loginKey(name)}, scope.args()...)...)
	return first(found, err, NounAccount, name)
}

// SaveAccount creates the account, or changes the one that has the name, and gives it as it now
// is. A name that a subuser has, and one outside the scope, is a [*ConflictError] on "name".
func (tx *Tx) SaveAccount(scope Scope, change AccountChange) (Account, error) {
	account, err := tx.Account(scope, change.Name)
	var missing *NotFoundError
	switch {
	case errors.As(err, &missing):
		account, err = tx.createAccount(scope, change)
	case err == nil:
		err = tx.updateAccount(account, change)
	}
	if err != nil {
		return Account{}, err
	}
	if change.Websites != nil {
		if err := tx.replaceWebsites(account.ID, *change.Websites); err != nil {
			return Account{}, err
		}
	}
	return tx.Account(scope, change.Name)
}

func (tx *Tx) createAccount(scope Scope, change AccountChange) (Account, error) {
	if !scope.IsAll() {
		return Account{}, &NotFoundError{Noun: NounAccount, Names: []string{change.Name}}
	}
	parent, err := tx.parentID(or(change.Parent, ""))
	if err != nil {
		return Account{}, err
	}
	grant, err := writeGrant(permissions.All())
	if err != nil {
		return Account{}, err
	}
	id, err := tx.createLogin(NounAccount, change.Name, "")
	if err != nil {
		return Account{}, err
	}
	_, err = tx.exec(`INSERT INTO accounts (id, parent_id, type, email, language, package, suspended, permissions)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		id, parent, or(change.Type, TypeUser), or(change.Email, ""), or(change.Language, "en"),
		or(change.Package, ""), or(change.Suspended, false), grant)
	return Account{ID: id}, err
}

func (tx *Tx) updateAccount(was Account, change AccountChange) error {
	parent, err := tx.parentID(or(change.Parent, was.Parent))
	if err != nil {
		return err
	}
	if parent.Valid && parent.Int64 == was.ID {
		return &ConflictError{Field: "parent", Reason: "must be another account"}
	}
	kind := or(change.Type, was.Type)
	if err := tx.checkDemotion(was, kind); err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE accounts SET parent_id = ?, type = ?, email = ?, language = ?, package = ?, suspended = ?
		WHERE id = ?`,
		parent, kind, or(change.Email, was.Email), or(change.Language, was.Language),
		or(change.Package, was.Package), or(change.Suspended, was.Suspended), was.ID)
	return errors.Join(err, tx.touchLogin(was.ID))
}

// parentID finds the reseller that is to own an account; "" is the main administrative user.
func (tx *Tx) parentID(name string) (sql.NullInt64, error) {
	if name == "" {
		return sql.NullInt64{}, nil
	}
	parent, err := tx.Account(ScopeAll(), name)
	var missing *NotFoundError
	if errors.As(err, &missing) || err == nil && parent.Type != TypeReseller {
		return sql.NullInt64{}, &ConflictError{Field: "parent", Reason: fmt.Sprintf("%q is not a reseller", name)}
	}
	return sql.NullInt64{Int64: parent.ID, Valid: true}, err
}

// checkDemotion refuses to make a user of a reseller who still owns accounts: their parent would
// be one that cannot own any.
func (tx *Tx) checkDemotion(was Account, kind string) error {
	if was.Type != TypeReseller || kind == TypeReseller {
		return nil
	}
	owned, err := collect(tx, scanName, `SELECT l.name FROM accounts a JOIN logins l ON l.id = a.id
		WHERE a.parent_id = ? ORDER BY l.key LIMIT 1`, was.ID)
	if err != nil || len(owned) == 0 {
		return err
	}
	return &ConflictError{Field: "type", Reason: fmt.Sprintf("must stay reseller: the account still owns %q", owned[0])}
}

func scanName(r *row) (name string, err error) { return name, r.Scan(&name) }

// or is the value that p points to, or other when there is none.
func or[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}
