package store

import (
	"encoding/json"
	"fmt"
	"strings"
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
	Package     string // "" where the limits are its own
	Permissions permissions.Grant
	Domain      string // main domain; "" where there is none
	Limits      Limits
	Usage       Usage
	SSH         bool
	Suspension  Suspension
	Created     time.Time
	Updated     time.Time
}

// Limits are what an account may have at most.
type Limits struct {
	Quota     Limit // MB of disk space
	Inodes    Limit
	Domains   Limit // besides the main one
	Emails    Limit
	Databases Limit
}

// Limit is a number, or none at all where it is nil.
type Limit = *int64

// Usage is what an account has now. Disk and inodes are as the host last reported them.
type Usage struct {
	Disk, Inodes        int64
	Websites, Databases int64
}

// Suspension says since when, by whom and why an account is suspended.
type Suspension struct {
	Suspended bool
	Since     time.Time
	By        string // the token that did it
	Reason    string
	reseller  int64 // whose token it was; 0: one of the operator's
}

const accountColumns = `a.id, l.name, COALESCE(p.name, ''), a.type, a.email, a.language, a.package, a.permissions,
	a.domain, a.quota, a.inodes, a.domains, a.emails, a.databases, a.disk_used, a.inodes_used,
	(SELECT COUNT(*) FROM websites w WHERE w.account_id = a.id),
	(SELECT COUNT(*) FROM website_databases d WHERE d.account_id = a.id),
	a.ssh, a.suspended, COALESCE(a.suspended_at, 0), a.suspended_by, COALESCE(a.suspended_reseller, 0), a.suspend_reason, l.created_at, l.updated_at`

const accountTables = `accounts a JOIN logins l ON l.id = a.id LEFT JOIN logins p ON p.id = a.parent_id`

func scanAccount(r *row) (a Account, err error) {
	var grant string
	var suspended, created, updated int64
	err = r.Scan(&a.ID, &a.Name, &a.Parent, &a.Type, &a.Email, &a.Language, &a.Package, &grant,
		&a.Domain, &a.Limits.Quota, &a.Limits.Inodes, &a.Limits.Domains, &a.Limits.Emails, &a.Limits.Databases,
		&a.Usage.Disk, &a.Usage.Inodes, &a.Usage.Websites, &a.Usage.Databases,
		&a.SSH, &a.Suspension.Suspended, &suspended, &a.Suspension.By, &a.Suspension.reseller, &a.Suspension.Reason, &created, &updated)
	if err != nil {
		return a, err
	}
	if suspended != 0 {
		a.Suspension.Since = fromMillis(suspended)
	}
	a.Created, a.Updated = fromMillis(created), fromMillis(updated)
	return a, readGrant(grant, &a.Permissions)
}

// allStored is how the grant that most accounts have is stored.
const allStored = `"all"`

func readGrant(stored string, grant *permissions.Grant) error {
	if stored == allStored { // a tenth of a long list's time went into reading it as JSON
		*grant = permissions.All()
		return nil
	}
	if err := json.Unmarshal([]byte(stored), grant); err != nil {
		return fmt.Errorf("stored permissions: %w", err)
	}
	return nil
}

func writeGrant(grant permissions.Grant) (string, error) {
	b, err := json.Marshal(grant)
	return string(b), err
}

// AccountFilter chooses accounts. The zero value of a field does not restrict.
type AccountFilter struct {
	Name          string // without regard to case
	Package       string // without regard to case
	Custom        bool   // those on no package, rather than on Package
	Status        string // "active", "suspended", or "scheduled", which no account ever is
	Parent        string // those that this reseller owns
	CreatedBefore time.Time
	CreatedAfter  time.Time
	DiskMin       *int64 // MB used, at least
	DiskMax       *int64 // MB used, at most
	AfterID       int64  // keyset paging: those created later than this one
	Offset, Limit int    // Limit 0: no limit
}

// where writes the filter's conditions and their arguments. Accounts out of scope are left out.
func (f AccountFilter) where(scope Scope) (string, []any) {
	conditions, args := []string{accountsInScope}, scope.args()
	add := func(condition string, arg any) {
		conditions, args = append(conditions, condition), append(args, arg)
	}
	if f.Name != "" {
		add("l.key = ?", loginKey(f.Name))
	}
	if f.Custom {
		add("a.package = ?", "")
	} else if f.Package != "" {
		add("LOWER(a.package) = ?", loginKey(f.Package))
	}
	if f.Status != "" {
		add("CASE WHEN a.suspended THEN 'suspended' ELSE 'active' END = ?", f.Status)
	}
	if f.Parent != "" {
		add("p.key = ?", loginKey(f.Parent))
	}
	if !f.CreatedBefore.IsZero() {
		add("l.created_at < ?", f.CreatedBefore.UnixMilli())
	}
	if !f.CreatedAfter.IsZero() {
		add("l.created_at >= ?", f.CreatedAfter.UnixMilli())
	}
	if f.DiskMin != nil {
		add("a.disk_used >= ?", *f.DiskMin)
	}
	if f.DiskMax != nil {
		add("a.disk_used <= ?", *f.DiskMax)
	}
	if f.AfterID != 0 {
		add("a.id > ?", f.AfterID)
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

// Accounts gives the accounts that the filter chooses, in the order of their creation.
func (tx *Tx) Accounts(scope Scope, f AccountFilter) ([]Account, error) {
	where, args := f.where(scope)
	order := " ORDER BY a.id"
	if f.Limit > 0 {
		order += " LIMIT ? OFFSET ?"
		args = append(args, f.Limit, f.Offset)
	}
	read := collect[Account]
	if f.Name != "" {
		read = seek[Account]
	}
	found, err := read(tx, scanAccount, "SELECT "+accountColumns+" FROM "+accountTables+where+order, args...)
	if f.Name != "" && len(found) == 1 {
		tx.owner = owner{scope, f.Name, found[0].ID}
	}
	return found, err
}

// CountAccounts counts what Accounts would give without Limit and Offset.
func (tx *Tx) CountAccounts(scope Scope, f AccountFilter) (int64, error) {
	where, args := f.where(scope)
	return one(collect(tx, scanCount, "SELECT COUNT(*) FROM "+accountTables+where, args...))
}

func scanCount(r *row) (n int64, err error) { return n, r.Scan(&n) }

func scanName(r *row) (name string, err error) { return name, r.Scan(&name) }

// AccountID is Account for callers that need no more of it.
func (tx *Tx) AccountID(scope Scope, name string) (int64, error) {
	if o := tx.owner; o.id != 0 && o.scope == scope && o.name == name {
		return o.id, nil
	}
	found, err := seek(tx, scanCount, `SELECT a.id FROM accounts a JOIN logins l ON l.id = a.id
		WHERE l.key = ? AND l.kind = 'account' AND `+accountsInScope, append([]any{loginKey(name)}, scope.args()...)...)
	id, err := first(found, err, NounAccount, name)
	tx.owner = owner{scope, name, id}
	return id, err
}

// selectAccount is what Accounts asks for a name, written once: it is long, and every write asks it.
const selectAccount = "SELECT " + accountColumns + " FROM " + accountTables + " WHERE " + accountsInScope + " AND l.key = ?"

// Account finds an account by name, without regard to case.
func (tx *Tx) Account(scope Scope, name string) (Account, error) {
	if name == "" {
		return Account{}, &NotFoundError{Noun: NounAccount, Names: []string{name}}
	}
	if s := tx.sought; s != nil && s.scope == scope && s.name == name {
		return s.account, s.err
	}
	if tx.whole && !tx.conn.engine.far() { // of one that is to be made a whole row would be asked for, to say that it is not there
		if _, err := tx.AccountID(scope, name); err != nil {
			tx.sought = &sought{scope, name, Account{}, err}
			return Account{}, err
		}
	}
	args := scope.args()
	found, err := seek(tx, scanAccount, selectAccount, args[0], args[1], args[2], loginKey(name))
	account, err := first(found, err, NounAccount, name)
	if err == nil {
		tx.owner = owner{scope, name, account.ID}
	}
	tx.sought = &sought{scope, name, account, err}
	return account, err
}
