package store

import (
	"context"
	"database/sql"
	"time"

	"panelgate/permissions"
)

// The kinds of a token.
const (
	KindAdmin  = "admin"
	KindClient = "client"
)

// Token is an API credential. Its secret is kept nowhere, only the secret's SHA-256.
type Token struct {
	ID        int64
	Kind      string // KindAdmin or KindClient
	AccountID int64  // of a client token, else 0
	Account   string // the account's name
	Name      string // the operator's note of what it is for
	SSO       bool   // may make sign-on links
	Probe     bool   // may test connections
	Suspended bool   // the account of a client token is
	Created   time.Time
	Revoked   time.Time         // zero while the token is good
	Grant     permissions.Grant // what the account of a client token may do; all for an admin token
}

const selectTokens = `SELECT t.id, t.kind, t.account_id, l.name, t.name, t.sso, t.probe, t.created_at, t.revoked_at, a.permissions,
		COALESCE(a.suspended, FALSE)
	FROM tokens t LEFT JOIN accounts a ON a.id = t.account_id LEFT JOIN logins l ON l.id = t.account_id`

func scanToken(r *row) (t Token, err error) {
	var accountID, revoked sql.NullInt64
	var account, grant sql.NullString
	var created int64
	err = r.Scan(&t.ID, &t.Kind, &accountID, &account, &t.Name, &t.SSO, &t.Probe, &created, &revoked, &grant, &t.Suspended)
	if err != nil {
		return t, err
	}
	t.AccountID, t.Account, t.Created = accountID.Int64, account.String, fromMillis(created)
	if revoked.Valid {
		t.Revoked = fromMillis(revoked.Int64)
	}
	t.Grant = permissions.All()
	if grant.Valid {
		err = readGrant(grant.String, &t.Grant)
	}
	return t, err
}

// TokenByHash finds a token, revoked ones too, by the SHA-256 of its secret.
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte) (token Token, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		found, err := collect(tx, scanToken, selectTokens+" WHERE t.hash = ?", hash[:])
		token, err = first(found, err, NounToken)
		return err
	})
	return token, err
}

// Tokens gives all tokens, revoked ones too, in the order of their creation.
func (tx *Tx) Tokens() ([]Token, error) {
	return collect(tx, scanToken, selectTokens+" ORDER BY t.id")
}

// NewToken is what [Tx.CreateToken] makes a token of.
type NewToken struct {
	Hash    [32]byte // SHA-256 of the secret
	Kind    string
	Account string // of a client token; must exist
	Name    string
	SSO     bool
	Probe   bool
}

// CreateToken stores a token and gives its ID.
func (tx *Tx) CreateToken(t NewToken) (int64, error) {
	var account sql.NullInt64
	if t.Kind == KindClient {
		owner, err := tx.accountID(ScopeAll(), t.Account)
		if err != nil {
			return 0, err
		}
		account = sql.NullInt64{Int64: owner, Valid: true}
	}
	return tx.insert(`INSERT INTO tokens (hash, kind, account_id, name, sso, probe, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`, t.Hash[:], t.Kind, account, t.Name, t.SSO, t.Probe, tx.stamp())
}

// RevokeToken makes a token useless from its commit on. Revoking twice keeps the first time.
func (tx *Tx) RevokeToken(id int64) error {
	done, err := tx.exec("UPDATE tokens SET revoked_at = COALESCE(revoked_at, ?) WHERE id = ?", tx.stamp(), id)
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
