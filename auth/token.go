// Package auth says who is calling and keeps what must stay secret: tokens become callers,
// passwords become bcrypt hashes, and the keyset seals what is stored.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"

	"panelgate/permissions"
	"panelgate/store"
)

// ErrBadToken means that a secret is nobody's: unknown or revoked. Which of the two is not told.
var ErrBadToken = errors.New("the token is not valid")

// ErrSuspended means that the account of a client token is suspended.
var ErrSuspended = errors.New("the account is suspended")

// Caller is who a token turned out to be, for one request.
type Caller struct {
	TokenID int64
	Kind    string            // store.KindAdmin or store.KindClient
	Account string            // the account that a client token is bound to, as it is stored
	Scope   store.Scope       // whose rows the caller may touch
	Grant   permissions.Grant // client: over the user catalogue; admin: over the admin catalogue
	SSO     bool              // may make sign-on links
	Probe   bool              // may make the server test connections
}

// String names the caller where it is shown who did something. It holds no secret.
func (c Caller) String() string { return "token " + strconv.FormatInt(c.TokenID, 10) }

// IsAdmin reports whether the caller acts for the operator.
func (c Caller) IsAdmin() bool { return c.Kind == store.KindAdmin }

// NewSecret makes the secret of a new token: "pg_" and 256 random bits in hex, which survive
// forms, shells and URLs unquoted.
func NewSecret() string {
	var bits [32]byte
	rand.Read(bits[:]) // never fails: crypto/rand ends the program where it cannot be had
	return "pg_" + hex.EncodeToString(bits[:])
}

// HashSecret is what of a token's secret may be stored. A fast hash is enough for 256 random bits.
func HashSecret(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

// Authenticate finds the caller that a secret belongs to, [ErrBadToken] or [ErrSuspended]. Secrets are looked up
// by hash, so the time that a lookup takes tells nothing about them.
func Authenticate(ctx context.Context, s *store.Store, secret string) (Caller, error) {
	token, err := s.TokenByHash(ctx, HashSecret(secret))
	var missing *store.NotFoundError
	if errors.As(err, &missing) || err == nil && !token.Revoked.IsZero() {
		return Caller{}, ErrBadToken
	}
	if err != nil {
		return Caller{}, err
	}
	if token.Suspended {
		return Caller{}, ErrSuspended
	}
	caller := Caller{TokenID: token.ID, Kind: token.Kind, Account: token.Account, Grant: token.Grant, SSO: token.SSO, Probe: token.Probe}
	if token.Kind == store.KindAdmin {
		caller.Scope = store.ScopeAll()
	} else {
		caller.Scope = store.ScopeAccount(token.AccountID)
	}
	return caller, nil
}
