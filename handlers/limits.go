package handlers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"sync/atomic"

	"panelgate/auth"
)

// enter lets a call in by the address that it comes from, before anything of it is read.
func (g *Gateway) enter(from netip.Addr) error { return g.limiter.Call(from) }

// admit is step 2: it says who calls, and that they have not called too often. An address that
// sends wrong tokens is refused before the token is looked up.
func (g *Gateway) admit(ctx context.Context, call *Call) (*auth.Caller, error) {
	if err := g.limiter.Try(call.Address, call.Secret); err != nil {
		return &auth.Caller{}, err
	}
	caller, err := g.authenticate(ctx, call)
	if errors.Is(err, auth.ErrBadToken) {
		return caller, errors.Join(g.Guessed(ctx, call.Address, call.Secret), err)
	}
	if err != nil && caller.TokenID != 0 { // a token of this server's that may not be used costs it as much
		return caller, errors.Join(g.limiter.Spend(caller.Root, caller.CallsPerMinute), err)
	}
	if err != nil {
		return caller, err
	}
	return caller, g.limiter.Right(call.Address, call.Secret, caller.Root, caller.CallsPerMinute)
}

// countRecalled counts a call that is answered from memory as enter and admit count the others.
func (g *Gateway) countRecalled(call *Call, caller *auth.Caller) error {
	if err := g.limiter.Recall(call.Address, call.Secret, caller.Root, caller.CallsPerMinute); err != nil {
		return err
	}
	g.store.NoteUse(caller.TokenID, call.Address)
	return nil
}

// Guess says whether a secret from an address may be looked up: see [auth.Limiter].
func (g *Gateway) Guess(from netip.Addr, secret string) error {
	return errors.Join(g.limiter.Call(from), g.limiter.Try(from, secret))
}

// Guessed counts a secret that was nobody's, and pauses where there were many. An error is to be
// answered in place of what is wrong with the secret.
func (g *Gateway) Guessed(ctx context.Context, from netip.Addr, secret string) error {
	shutOut, err := g.limiter.Wrong(ctx, from, secret)
	if shutOut {
		g.log.WarnContext(ctx, "address shut out", "address", from, "reason", "too many wrong tokens or sign-on links")
	}
	return err
}

const (
	// heldBodies bounds what is held of bodies at a time, all calls together.
	heldBodies = 256 << 20
	// smallBody is what every call may hold besides, so that who sends large bodies slowly keeps
	// nobody from sending small ones.
	smallBody = 16 << 10
)

// bodies counts what is held of the bodies of all calls.
type bodies struct{ held atomic.Int64 }

// countedBody is a body that is read only as long as there is room for it.
type countedBody struct {
	io.ReadCloser
	all  *bodies
	read int64
}

// count makes a request's body a counted one, until release.
func (b *countedBody) count(all *bodies, r *http.Request) {
	b.ReadCloser, b.all = r.Body, all
	r.Body = b
}

func (b *countedBody) release() {
	if held := b.read - smallBody; held > 0 {
		b.all.held.Add(-held)
	}
}

// Read counts what it reads against the memory that all bodies share.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	before := max(b.read-smallBody, 0)
	b.read += int64(n)
	if after := max(b.read-smallBody, 0); b.all.held.Add(after-before) > heldBodies && after > before {
		return 0, Busy(errors.New("too much is held of the bodies of calls"))
	}
	return n, err
}
