package auth

import (
	"context"
	"errors"
	"net/netip"

	lru "github.com/hashicorp/golang-lru/v2"

	"panelgate/store"
)

// Callers finds who secrets belong to. It remembers those that were used last for as long as
// nothing that they depend on changes. Make one with [NewCallers].
type Callers struct {
	store *store.Store
	known *lru.Cache[[32]byte, *knownCaller] // by the hash of the secret
}

// knownCaller is a token as it was read at a moment.
type knownCaller struct {
	token  store.Token
	caller Caller
}

// maxKnown is how many tokens are remembered, at some hundred bytes each.
const maxKnown = 1 << 14

// NewCallers makes one that remembers nobody yet.
func NewCallers(s *store.Store) *Callers {
	known, err := lru.New[[32]byte, *knownCaller](maxKnown)
	if err != nil { // the size is not positive
		panic(err)
	}
	return &Callers{store: s, known: known}
}

// Authenticate finds the caller that a secret belongs to, and checks that it may be used now and
// from that address: [ErrBadToken], a [*StateError], [ErrAddress] or [ErrSuspended]. Secrets are
// looked up by hash, so the time that a lookup takes tells nothing about them. With an error other
// than ErrBadToken the caller is known all the same. It is shared, and must not be changed; it is
// never nil.
func (c *Callers) Authenticate(ctx context.Context, secret string, from netip.Addr) (*Caller, error) {
	hash := HashSecret(secret)
	found := c.recall(hash)
	if found == nil {
		var err error
		if found, err = c.find(ctx, hash); err != nil {
			return &Caller{}, err
		}
	}
	return &found.caller, usable(found.token, c.store.Now(), from)
}

// ErrNotKnown means that a caller is not remembered.
var ErrNotKnown = errors.New("the caller is not remembered")

// Recall is Authenticate for those who are remembered; others are [ErrNotKnown].
func (c *Callers) Recall(secret string, from netip.Addr) (*Caller, error) {
	found := c.recall(HashSecret(secret))
	if found == nil {
		return &Caller{}, ErrNotKnown
	}
	return &found.caller, usable(found.token, c.store.Now(), from)
}

// recall gives what is remembered of a token and still holds, nil where there is nothing.
func (c *Callers) recall(hash [32]byte) *knownCaller {
	found, known := c.known.Get(hash)
	if !known || !c.store.Unchanged(found.token.AccountID, found.caller.since) {
		return nil
	}
	return found
}

// find reads a token. One with a number of uses changes with each, so it is not remembered.
func (c *Callers) find(ctx context.Context, hash [32]byte) (*knownCaller, error) {
	found, since := new(knownCaller), c.store.Moment()
	err := c.store.Read(ctx, func(tx *store.Tx) (err error) {
		found.token, err = tx.TokenByHash(hash)
		return err
	})
	var missing *store.NotFoundError
	if errors.As(err, &missing) {
		c.known.Remove(hash)
		return found, ErrBadToken
	}
	if err != nil {
		return found, err
	}
	found.caller = callerOf(found.token)
	found.caller.since = since
	if !found.caller.Counted {
		c.known.Add(hash, found)
	}
	return found, nil
}
