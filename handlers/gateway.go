package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/probe"
	"panelgate/store"
)

// Gateway takes calls of every dialect through steps 2 to 6. Make one with [NewGateway].
type Gateway struct {
	store     *store.Store
	hasher    *auth.Hasher
	log       *slog.Logger
	settings  Settings
	catalogue atomic.Pointer[permissions.Catalogue]
	draining  atomic.Bool // set by Drain
	backup    atomic.Pointer[Backup]
	integrity atomic.Pointer[Integrity]
	limiter   *auth.Limiter
	proxies   []netip.Prefix
	bodies    bodies
	refusals  chan struct{} // one for each refusal on its way into the audit trail
	lost      atomic.Int64  // refusals that did not get there
}

// Options are what a gateway works with. Store is required.
type Options struct {
	Store     *store.Store
	Catalogue *permissions.Catalogue // nil: the embedded one
	Hasher    *auth.Hasher           // nil: one of the default cost
	Log       *slog.Logger           // nil discards
	Limiter   *auth.Limiter          // nil: one of the default limits
	Proxies   []netip.Prefix         // whose X-Forwarded-For is believed: see [Gateway.Address]
	Settings                         // AdminUser "" is root, TemporaryDomain "" is tmp.invalid
}

// NewGateway makes a gateway.
func NewGateway(o Options) *Gateway {
	g := &Gateway{store: o.Store, hasher: o.Hasher, log: o.Log, settings: o.Settings, limiter: o.Limiter, proxies: o.Proxies}
	g.refusals = make(chan struct{}, refusalsAtOnce)
	if g.limiter == nil {
		g.limiter = auth.NewLimiter(auth.DefaultLimits())
	}
	if g.hasher == nil {
		g.hasher = auth.NewHasher(auth.DefaultCost)
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	if g.settings.AdminUser == "" {
		g.settings.AdminUser = "root"
	}
	if g.settings.TemporaryDomain == "" {
		g.settings.TemporaryDomain = "tmp.invalid" // RFC 2606: never resolves
	}
	if g.settings.Prober == nil {
		g.settings.Prober = probe.New(probe.Config{})
	}
	if o.Catalogue == nil {
		o.Catalogue = permissions.Default()
	}
	g.catalogue.Store(o.Catalogue)
	return g
}

// Options gives what the gateway works with: the defaults filled in, the catalogue as it is now.
func (g *Gateway) Options() Options {
	return Options{Store: g.store, Catalogue: g.catalogue.Load(), Hasher: g.hasher, Log: g.log, Limiter: g.limiter, Proxies: g.proxies, Settings: g.settings}
}

// SetCatalogue replaces the catalogue; calls that are under way keep the one they began with.
func (g *Gateway) SetCatalogue(c *permissions.Catalogue) { g.catalogue.Store(c) }

// Do takes a call through authenticate, dispatch, permit, validate and run. Changes, and what a known
// caller is refused, are written into the audit trail.
func (g *Gateway) Do(ctx context.Context, table *Table, call *Call) (Reply, error) {
	e := &entry{call: call, masked: table.masked, started: time.Now()}
	reply, err := g.steps(ctx, table, e)
	if err != nil {
		g.auditRefusal(ctx, e, AsError(err))
	}
	return reply, err
}

func (g *Gateway) steps(ctx context.Context, table *Table, e *entry) (_ Reply, err error) {
	if e.caller, err = g.admit(ctx, e.call); err != nil && !isUsedUp(err) {
		return Reply{}, err
	}
	e.usedUp = err != nil
	reply, stepErr := g.admitted(ctx, table, e)
	if !e.usedUp || stepErr == nil {
		return reply, stepErr
	}
	if code := AsError(stepErr).Code; code == CodeBusy || code == CodeInternal {
		return reply, stepErr
	}
	return reply, err // it is told nothing but what it was answered before
}

// isUsedUp reports whether all that keeps a token from being used is that its calls were made: the last of them may
// be sent again, since its answer may have got lost.
func isUsedUp(err error) bool {
	var state *auth.StateError
	return errors.As(err, &state) && state.State == store.StateUsedUp && AsError(err).Code == CodeTokenUsedUp
}

// admitted is what is left of the steps once the caller is known.
func (g *Gateway) admitted(ctx context.Context, table *Table, e *entry) (_ Reply, err error) {
	call := e.call
	call.caller = e.caller.String()
	if e.action, err = table.find(call.Action); err != nil {
		return Reply{}, err
	}
	if e.usedUp && !e.mayRepeat() {
		return Reply{}, store.ErrUsedUp
	}
	if err := permit(e.caller, e.action, call); err != nil {
		return Reply{}, err
	}
	r := &Request{Caller: e.caller, Account: call.Account, Catalogue: g.catalogue.Load(),
		Base: call.base(g.settings), Settings: g.settings, table: table, form: call.Form}
	args, err := g.validate(ctx, r, e.action, call)
	if err != nil {
		return Reply{}, err
	}
	return g.run(ctx, r, e, args)
}
