package auth

import (
	"errors"
	"net/netip"

	"panelgate/store"
)

// Again finds a caller once more within the transaction of what the caller is to do: its token may have been revoked, or
// whom it acts for narrowed, since it was authenticated. It fails as [Callers.Authenticate] does, but not where the token is used up:
// that is for the transaction to find out that takes the use.
func Again(tx *store.Tx, c *Caller, from netip.Addr) (*Caller, error) {
	token, err := tx.Token(c.TokenID)
	var missing *store.NotFoundError
	if errors.As(err, &missing) {
		return c, ErrBadToken
	}
	if err != nil {
		return c, err
	}
	err = usable(token, tx.Now(), from)
	var state *StateError
	if errors.As(err, &state) && state.State == store.StateUsedUp {
		err = nil
	}
	again := callerOf(token)
	again.since = c.since
	return &again, err
}

// IsCurrent reports whether nothing that the caller depends on was changed since it was found, in tx or before.
func (c *Caller) IsCurrent(tx *store.Tx) bool { return tx.Unchanged(c.accountID, c.since) }
