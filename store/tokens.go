package store

import (
	"database/sql"
	"net/netip"
	"strings"
	"time"

	"panelgate/permissions"
)

// The kinds of a token.
const (
	KindAdmin    = "admin"    // the operator's, or one admin user's
	KindReseller = "reseller" // for the accounts that a reseller owns
	KindClient   = "client"   // for one account
	KindSubuser  = "subuser"  // for one subuser of an account
)

// Terms are what a token may be used for, when, from where and how often. The zero Terms restrict
// nothing, and switch nothing on.
type Terms struct {
	Name      string         // the operator's note of what it is for
	SSO       bool           // may make sign-on links
	Probe     bool           // may test connections
	Strict    bool           // gets true HTTP statuses without asking
	Masked    bool           // sees no credentials of websites
	Actions   []string       // patterns of actions that it may call, and with ! before them may not; none: all
	Addresses []netip.Prefix // where it may be used from; none: anywhere
	NotBefore time.Time      // zero: from the start
	Expires   time.Time      // zero: never
	Uses      *int64         // calls that may still succeed; nil: any number
	PerMinute int64          // calls; 0: the server's own limit
}

// Token is an API credential. Its secret is kept nowhere, only the secret's SHA-256.
type Token struct {
	ID   int64
	Kind string
	Terms
	Root      int64  // the first of the tokens that were rotated into this one: itself where none was
	LoginID   int64  // whom it acts for: an admin, account or subuser; 0 is the operator, or nobody where WasFor is set
	WasFor    string // the name of the login that it acted for, once that is deleted; such a token is revoked
	Login     string // the name of that login
	AccountID int64  // of the account that Login is or belongs to, 0 where there is none
	Account   string // the account's name
	Reseller  bool   // the account is one
	Suspended bool   // the account is
	Created   time.Time
	Revoked   time.Time         // zero while the token is good
	Held      permissions.Grant // what Login holds now: over the admin catalogue for an admin; all for the operator
	LastUse   Use               // zero where it was never used
}

// State is whether a token can be used at a moment.
type State string

// The states of a token.
const (
	StateGood        State = "good"
	StateRevoked     State = "revoked"
	StateExpired     State = "expired"
	StateNotYetValid State = "not yet valid"
	StateUsedUp      State = "used up"
)

// State tells whether the token can be used, by the clock of a transaction.
func (t Token) State(now time.Time) State {
	switch {
	case !t.Revoked.IsZero():
		return StateRevoked
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return StateExpired
	case now.Before(t.NotBefore):
		return StateNotYetValid
	case t.Uses != nil && *t.Uses <= 0:
		return StateUsedUp
	}
	return StateGood
}

// What is read for every call comes in one statement, by the index over hash and primary keys.
var selectTokens = `SELECT t.id, COALESCE(t.root_id, t.id), t.was_for, t.kind, t.login_id, COALESCE(l.name, ''), a.id, COALESCE(o.name, ''), COALESCE(a.type = 'reseller', FALSE),
		COALESCE(a.suspended, FALSE), ` + heldByJoined("t.login_id") + `, t.name, t.sso, t.probe, t.strict, t.masked,
		t.actions, t.addresses, t.not_before, t.expires_at, CASE WHEN c.id IS NULL THEN t.uses_left ELSE c.uses_left END,
		COALESCE(t.per_minute, 0), t.created_at, t.revoked_at, u.used_at, COALESCE(u.address, '')
	FROM tokens t
	LEFT JOIN logins l ON l.id = t.login_id
	LEFT JOIN subusers s ON s.id = t.login_id
	LEFT JOIN accounts a ON a.id = COALESCE(s.account_id, t.login_id)
	LEFT JOIN logins o ON o.id = a.id
	LEFT JOIN tokens c ON c.id = t.root_id
	LEFT JOIN token_last_uses u ON u.token_id = t.id`

func scanToken(r *row) (t Token, err error) {
	var login, account, notBefore, expires, revoked, used sql.NullInt64
	var held, actions, addresses, usedFrom string
	var created int64
	err = r.Scan(&t.ID, &t.Root, &t.WasFor, &t.Kind, &login, &t.Login, &account, &t.Account, &t.Reseller, &t.Suspended, &held, &t.Name, &t.SSO,
		&t.Probe, &t.Strict, &t.Masked, &actions, &addresses, &notBefore, &expires, &t.Uses, &t.PerMinute, &created, &revoked,
		&used, &usedFrom)
	if err != nil {
		return t, err
	}
	t.LoginID, t.AccountID, t.Created, t.Actions = login.Int64, account.Int64, fromMillis(created), lines(actions)
	t.NotBefore, t.Expires, t.Revoked = timeOf(notBefore), timeOf(expires), timeOf(revoked)
	t.LastUse.At = timeOf(used)
	if usedFrom != "" {
		t.LastUse.From, err = netip.ParseAddr(usedFrom)
	}
	if err != nil {
		return t, err
	}
	if err := t.setHeld(held); err != nil {
		return t, err
	}
	return t, t.setAddresses(addresses)
}

// setHeld leaves nothing to a token whose login holds nothing that can be read.
func (t *Token) setHeld(chain string) (err error) {
	if t.LoginID == 0 && t.WasFor == "" {
		t.Held = permissions.All()
		return nil
	}
	_, t.Held, err = readHeld(chain)
	return err
}

func (t *Token) setAddresses(stored string) error {
	for _, line := range lines(stored) {
		prefix, err := netip.ParsePrefix(line)
		if err != nil {
			return err
		}
		t.Addresses = append(t.Addresses, prefix)
	}
	return nil
}

// lines reads a list that is stored one a line.
func lines(stored string) []string {
	if stored == "" {
		return nil
	}
	return strings.Split(stored, "\n")
}

// timeOf is a moment that may be missing.
func timeOf(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return fromMillis(ms.Int64)
}

// millisOf is timeOf the other way round.
func millisOf(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// TokenByHash finds a token, in whatever state, by the SHA-256 of its secret.
func (tx *Tx) TokenByHash(hash [32]byte) (Token, error) {
	found, err := seek(tx, scanToken, selectTokens+" WHERE t.hash = ?", hash[:])
	return first(found, err, NounToken)
}

// Tokens gives all tokens, in whatever state, in the order of their creation.
func (tx *Tx) Tokens() ([]Token, error) {
	return collect(tx, scanToken, selectTokens+" ORDER BY t.id")
}

// TokensOf gives the tokens that are deleted with a login: its own and, of an account, those of its subusers.
func (tx *Tx) TokensOf(login int64) ([]Token, error) {
	return collect(tx, scanToken, selectTokens+" WHERE t.login_id IN (SELECT ?1 UNION ALL SELECT id FROM subusers WHERE account_id = ?1) ORDER BY t.id", login)
}

// Token finds a token by its ID.
func (tx *Tx) Token(id int64) (Token, error) {
	found, err := seek(tx, scanToken, selectTokens+" WHERE t.id = ?", id)
	return first(found, err, NounToken)
}

// RevokeToken makes a token useless from its commit on. Revoking twice keeps the first time.
func (tx *Tx) RevokeToken(id int64) error {
	return tx.updateToken("UPDATE tokens SET revoked_at = COALESCE(revoked_at, ?) WHERE id = ?", tx.stamp(), id)
}

// updateToken runs an update that is to change one token.
func (tx *Tx) updateToken(query string, args ...any) error {
	done, err := tx.exec(query, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return orElse(err, &NotFoundError{Noun: NounToken})
	}
	return nil
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
