// Package auth says who is calling and keeps what must stay secret: tokens become callers,
// passwords become bcrypt hashes, and the keyset seals what is stored.
package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
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

// HoldsToken reports whether a text has something in it that looks like a token of this server.
func HoldsToken(text string) bool {
	for {
		at := strings.Index(text, secretPrefix)
		if at < 0 {
			return false
		}
		text = text[at+len(secretPrefix):]
		if len(text) >= secretDigits && strings.Trim(text[:secretDigits], "0123456789abcdefABCDEF") == "" {
			return true
		}
	}
}

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

	accountID int64        // of Account
	since     store.Moment // when it was found
}

// String names the caller where it is shown who did something. It holds no secret.
func (c Caller) String() string { return "token " + strconv.FormatInt(c.TokenID, 10) }

// IsAdmin reports whether the caller acts for the operator or for an admin user.
func (c Caller) IsAdmin() bool { return c.Kind == store.KindAdmin }

// IsOperating reports whether the caller works on accounts from above, as admins and resellers do,
// rather than within one: its grant is over the admin catalogue.
func (c Caller) IsOperating() bool { return c.Kind == store.KindAdmin || c.Kind == store.KindReseller }

// A token's secret: what it begins with, and how many hex digits follow.
const (
	secretPrefix = "pg_"
	secretDigits = 64
)

// NewSecret makes the secret of a new token: "pg_" and 256 random bits in hex, which survive
// forms, shells and URLs unquoted.
func NewSecret() string {
	var bits [secretDigits / 2]byte
	rand.Read(bits[:]) // never fails: crypto/rand ends the program where it cannot be had
	return secretPrefix + hex.EncodeToString(bits[:])
}

// HashSecret is what of a token's secret may be stored. A fast hash is enough for 256 random bits.
func HashSecret(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

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
		accountID: t.AccountID, Counted: t.Uses != nil, CallsPerMinute: t.PerMinute,
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
