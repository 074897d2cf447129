package handlers

import (
	"context"
	"log/slog"
	"sync/atomic"

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
}

// Options are what a gateway works with. Store is required.
type Options struct {
	Store     *store.Store
	Catalogue *permissions.Catalogue // nil: the embedded one
	Hasher    *auth.Hasher           // nil: one of the default cost
	Log       *slog.Logger           // nil discards
	Settings                         // AdminUser "" is root, TemporaryDomain "" is tmp.invalid
}

// NewGateway makes a gateway.
func NewGateway(o Options) *Gateway {
	g := &Gateway{store: o.Store, hasher: o.Hasher, log: o.Log, settings: o.Settings}
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
	return Options{Store: g.store, Catalogue: g.catalogue.Load(), Hasher: g.hasher, Log: g.log, Settings: g.settings}
}

// SetCatalogue replaces the catalogue; calls that are under way keep the one they began with.
func (g *Gateway) SetCatalogue(c *permissions.Catalogue) { g.catalogue.Store(c) }

// Do takes a call through authenticate, dispatch, permit, validate and run.
func (g *Gateway) Do(ctx context.Context, table *Table, call *Call) (Reply, error) {
	caller, err := g.authenticate(ctx, call)
	if err != nil {
		return Reply{}, err
	}
	call.caller = caller.String()
	action, err := table.find(call.Action)
	if err != nil {
		return Reply{}, err
	}
	if err := permit(caller, action, call); err != nil {
		return Reply{}, err
	}
	r := &Request{Caller: caller, Account: call.Account, Catalogue: g.catalogue.Load(),
		Base: call.base(g.settings), Settings: g.settings, table: table, form: call.Form}
	args, err := g.validate(ctx, r, action, call)
	if err != nil {
		return Reply{}, err
	}
	return g.run(ctx, r, action, call, args)
}
