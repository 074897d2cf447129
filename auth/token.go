// Package auth says who is calling and keeps what must stay secret: tokens become callers,
// passwords become bcrypt hashes, and the keyset seals what is stored.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"panelgate/permissions"
	"panelgate/store"
)

var (
	// ErrBadToken means that a secret is nobody's.
	ErrBadToken = errors.New("the token is not valid")
	// ErrSuspended means that the account that a token acts for is suspended.
	ErrSuspended = errors.New("the account is suspended")
	// ErrAddress means that a token may not be used from where the call came from.
	ErrAddress = errors.New("the token may not be used from this address")
)

// StateError says why a token cannot be used now. Only who holds its secret gets to see it.
type StateError struct{ State store.State }

// Error names the state, and nothing of the token.
func (e *StateError) Error() string { return "the token is " + string(e.State) }

// Caller is who a token turned out to be, for one request.
type Caller struct {
	TokenID int64
	Root    int64             // the first of the tokens that were rotated into this one: calls and uses are counted for it
	Kind    string            // store.KindAdmin, KindReseller, KindClient or KindSubuser
	LoginID int64             // of the admin, account or subuser that the token acts for; 0 is the operator
	Login   string            // the name of that login, as it is stored
	Account string            // the account that Login is or belongs to, as it is stored
	Scope   store.Scope       // whose rows the caller may touch
	Grant   permissions.Grant // what it may call: over the admin catalogue where IsOperating, else over the user catalogue
	Gives   permissions.Grant // what of the user catalogue it may give to others
	Actions Patterns          // the actions that it may call

	SSO            bool  // may make sign-on links
	Probe          bool  // may make the server test connections
	Strict         bool  // gets true HTTP statuses
	Masked         bool  // sees no credentials of websites
	Counted        bool  // each call that succeeds takes one of the token's uses
	CallsPerMinute int64 // the token's own limit; 0: the server's
}

// String names the caller where it is shown who did something. It holds no secret.
func (c Caller) String() string { return "token " + strconv.FormatInt(c.TokenID, 10) }

// IsAdmin reports whether the caller acts for the operator or for an admin user.
func (c Caller) IsAdmin() bool { return c.Kind == store.KindAdmin }

// IsOperating reports whether the caller works on accounts from above, as admins and resellers do,
// rather than within one: its grant is over the admin catalogue.
func (c Caller) IsOperating() bool { return c.Kind == store.KindAdmin || c.Kind == store.KindReseller }

// NewSecret makes the secret of a new token: "pg_" and 256 random bits in hex, which survive
// forms, shells and URLs unquoted.
func NewSecret() string {
	var bits [32]byte
	rand.Read(bits[:]) // never fails: crypto/rand ends the program where it cannot be had
	return "pg_" + hex.EncodeToString(bits[:])
}

// HashSecret is what of a token's secret may be stored. A fast hash is enough for 256 random bits.
func HashSecret(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

// Authenticate finds the caller that a secret belongs to, and checks that it may be used now and from
// that address: [ErrBadToken], a [*StateError], [ErrAddress] or [ErrSuspended]. Secrets are looked up by hash, so the time
// that a lookup takes tells nothing about them. With an error other than ErrBadToken the caller is
// known all the same.
func Authenticate(ctx context.Context, s *store.Store, secret string, from netip.Addr) (Caller, error) {
	var token store.Token
	var now time.Time
	err := s.Read(ctx, func(tx *store.Tx) (err error) {
		token, err = tx.TokenByHash(HashSecret(secret))
		now = tx.Now()
		return err
	})
	var missing *store.NotFoundError
	if errors.As(err, &missing) {
		return Caller{}, ErrBadToken
	}
	if err != nil {
		return Caller{}, err
	}
	return callerOf(token), usable(token, now, from)
}

// usable tells what keeps a token from being used. Who sits at the wrong address learns no more than that.
func usable(t store.Token, now time.Time, from netip.Addr) error {
	state := t.State(now)
	switch {
	case state == store.StateRevoked:
		return &StateError{state}
	case len(t.Addresses) > 0 && !contains(t.Addresses, from):
		return ErrAddress
	case t.Suspended:
		return ErrSuspended
	case state != store.StateGood:
		return &StateError{state}
	}
	return nil
}

func contains(ranges []netip.Prefix, address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(address) })
}

func callerOf(t store.Token) Caller {
	c := Caller{
		TokenID: t.ID, Root: t.Root, Kind: t.Kind, LoginID: t.LoginID, Login: t.Login, Account: t.Account, Actions: t.Actions,
		Grant: t.Held, Gives: t.Held, SSO: t.SSO, Probe: t.Probe, Strict: t.Strict, Masked: t.Masked,
		Counted: t.Uses != nil, CallsPerMinute: t.PerMinute,
	}
	switch t.Kind {
	case store.KindAdmin:
		c.Scope, c.Gives = store.ScopeAdmin(t.LoginID), permissions.All()
	case store.KindReseller:
		c.Scope, c.Grant = store.ScopeReseller(t.AccountID), resellerGrant(t)
	case store.KindClient:
		c.Scope = store.ScopeAccount(t.AccountID)
	case store.KindSubuser:
		c.Scope = store.ScopeSubuser(t.AccountID, t.LoginID)
	}
	return c
}

// resellerGrant is what of the admin catalogue a reseller's token may use: what is about single
// accounts. One whose account is no reseller any more may use nothing.
func resellerGrant(t store.Token) permissions.Grant {
	if !t.Reseller {
		return permissions.None()
	}
	return permissions.Of("accounts", "manage", "create", "sso")
}
