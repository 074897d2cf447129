package handlers

import (
	"context"

	"panelgate/auth"
	"panelgate/store"
)

// spend takes a use of a token that has a number of them, in the transaction of a write. What a
// failed call took is given back with all that it did.
func spend(tx *store.Tx, caller *auth.Caller) error {
	if !caller.Counted {
		return nil
	}
	return tx.SpendUse(caller.TokenID)
}

// spendAlone is spend for calls that write nothing. It comes before their answer, so that nothing is
// answered that was not paid for.
func (g *Gateway) spendAlone(ctx context.Context, caller *auth.Caller) error {
	if !caller.Counted {
		return nil
	}
	token := caller.TokenID
	return g.store.Write(ctx, func(tx *store.Tx) error { return tx.SpendUse(token) })
}
