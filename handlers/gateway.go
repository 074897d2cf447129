package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"

	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/probe"
	"panelgate/store"
	"panelgate/tiercache"
)

// Gateway takes calls of every dialect through steps 2 to 6. Make one with [NewGateway].
type Gateway struct {
	store     *store.Store
	callers   *auth.Callers
	answers   answers
	answering sync.Pool // of *answer
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
	metrics   *metrics
}

// Options are what a gateway works with. Store is required.
type Options struct {
	Store     *store.Store
	Catalogue *permissions.Catalogue // nil: the embedded one
	Hasher    *auth.Hasher           // nil: one of the default cost
	Log       *slog.Logger           // nil discards
	Limiter   *auth.Limiter          // nil: one of the default limits
	Cache     *tiercache.Cache       // of answers, of this gateway alone: they depend on its settings; nil keeps none
	Proxies   []netip.Prefix         // whose X-Forwarded-For is believed: see [Gateway.Address]
	Settings                         // AdminUser "" is root, TemporaryDomain "" is tmp.invalid
}

// NewGateway makes a gateway.
func NewGateway(o Options) *Gateway {
	g := &Gateway{store: o.Store, hasher: o.Hasher, log: o.Log, settings: o.Settings, limiter: o.Limiter, proxies: o.Proxies}
	g.callers, g.answers = auth.NewCallers(o.Store), newAnswers(o.Store, o.Cache)
	g.answering.New = func() any { return &answer{scratch: make([]byte, 0, 4<<10)} }
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
	g.metrics = newMetrics(g)
	return g
}

// Options gives what the gateway works with, but for its cache: the defaults filled in, the catalogue as it is now.
func (g *Gateway) Options() Options {
	return Options{Store: g.store, Catalogue: g.catalogue.Load(), Hasher: g.hasher, Log: g.log, Limiter: g.limiter, Proxies: g.proxies, Settings: g.settings}
}

// SetCatalogue replaces the catalogue; calls that are under way keep the one they began with.
func (g *Gateway) SetCatalogue(c *permissions.Catalogue) {
	g.catalogue.Store(c)
	g.store.Outdate()
}

// Do takes a call through authenticate, dispatch, permit, validate and run. Changes, and what a known
// caller is refused, are written into the audit trail.
func (g *Gateway) Do(ctx context.Context, table *Table, call *Call) (Reply, error) {
	e := call.begin(table)
	reply, err := g.steps(ctx, table, e)
	if err != nil {
		g.auditRefusal(ctx, e, AsError(err))
	}
	return reply, err
}

// begin makes the entry of a call that is to go through the steps.
func (c *Call) begin(table *Table) *entry {
	e := &c.entry
	e.call, e.masked, e.started = c, table.masked, c.started
	return e
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
	call.token = e.caller.TokenID
	if e.action, err = table.find(call.Action); err != nil {
		return Reply{}, err
	}
	if call.recalled && e.action.Keeps == nil {
		return Reply{}, errNotKept
	}
	if e.usedUp && !e.mayRepeat() {
		return Reply{}, store.ErrUsedUp
	}
	if err := permit(e.caller, e.action, call); err != nil {
		return Reply{}, err
	}
	since := g.store.Moment() // before anything is looked at that the answer may depend on
	r := &e.request
	*r = Request{Caller: e.caller, Account: call.Account, Catalogue: g.catalogue.Load(),
		Settings: g.settings, table: table, call: call, since: since,
		gateway: g, ctx: ctx}
	args, err := g.validate(ctx, r, e.action, call)
	if err != nil {
		return Reply{}, err
	}
	return g.run(ctx, r, e, args)
}
