package handlers

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"

	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/phpform"
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

func (g *Gateway) authenticate(ctx context.Context, call *Call) (auth.Caller, error) {
	if call.Secret == "" {
		return auth.Caller{}, Missing("token")
	}
	return auth.Authenticate(ctx, g.store, call.Secret)
}

// actForAccount is the page of the admin tree that lets an admin act within an account.
const actForAccount = "accounts/manage"

// permit is deny unless granted: the caller must hold the action's page, and a client token may
// name no account but its own.
func permit(caller auth.Caller, action *Action, call *Call) error {
	if !caller.IsAdmin() && call.Account != "" && !strings.EqualFold(call.Account, caller.Account) {
		return Forbidden("accountuser", "accountuser: this token does not belong to that account")
	}
	page := action.Page
	switch action.For {
	case ForAnyone:
		if page == "" || !caller.IsAdmin() {
			return nil
		}
	case ForAccount:
		if call.Account == "" {
			return Missing("accountuser")
		}
		if caller.IsAdmin() {
			page = actForAccount
		}
	case ForAdmin:
		if !caller.IsAdmin() {
			return Forbidden(page, action.Name+" needs an admin token.")
		}
	}
	category, name, _ := strings.Cut(page, "/")
	if !caller.Grant.Allow(category, name) {
		return Forbidden(page, action.Name+" needs the permission "+page+".")
	}
	return nil
}

// validate is step 5: it gives the typed arguments, with grants checked against the catalogue and
// passwords hashed.
func (g *Gateway) validate(ctx context.Context, r *Request, action *Action, call *Call) (any, error) {
	if err := checkDryRun(r.Caller, action, call.DryRun); err != nil {
		return nil, err
	}
	args, unknown, err := action.decode(call.Form)
	if err != nil {
		return nil, err
	}
	unknown = slices.DeleteFunc(unknown, isCommonField)
	if len(unknown) > 0 {
		g.log.DebugContext(ctx, "unknown fields ignored", "request_id", call.ID, "action", action.Name, "fields", unknown)
	}
	fields := reflect.ValueOf(args).Elem()
	for _, grant := range action.grants {
		if err := r.checkGrant(grant, fields.FieldByIndex(grant.index).Addr().Interface()); err != nil {
			return nil, err
		}
	}
	for _, index := range action.seals {
		if err := fields.FieldByIndex(index).Addr().Interface().(*auth.NewPassword).Seal(ctx, g.hasher); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// isCommonField tells the fields that every call may have from an action's own.
func isCommonField(name string) bool {
	return name == "action" || name == "accountuser" || name == "dryrun"
}

// checkDryRun refuses what is no dry run, and connection tests to those who may not make the
// server connect anywhere.
func checkDryRun(caller auth.Caller, action *Action, dryRun string) error {
	switch dryRun {
	case "", "none":
		return nil
	case "input", "all":
	default:
		return Invalid("dryrun", "must be none, input or all")
	}
	if !action.Writes {
		return Invalid("dryrun", action.Name+" changes nothing; leave the field out")
	}
	if dryRun == "all" && action.Connect != nil && !caller.Probe {
		return Forbidden("dryrun", "dryrun: this token has no right to test connections; send input to check the fields only")
	}
	return nil
}

// checkGrant puts a grant in its normal form. Nobody gives what they do not hold: an admin holds
// all of the user catalogue.
func (r *Request) checkGrant(field grantField, argument any) error {
	grant, sent := argument.(*permissions.Grant)
	if optional, ok := argument.(*phpform.Optional[permissions.Grant]); ok {
		grant, sent = &optional.Value, optional.Set
	}
	if !sent {
		return nil
	}
	tree, held := r.Catalogue.User, r.Caller.Grant
	switch {
	case field.admin:
		tree = r.Catalogue.Admin
	case r.Caller.IsAdmin():
		held = permissions.All()
	}
	checked, err := tree.Check(*grant)
	if err != nil {
		return Invalid(field.name, err.Error())
	}
	*grant = checked
	if checked.Within(held, tree) {
		return nil
	}
	lacking := checked.Missing(held, tree)
	return Forbidden(lacking[0], field.name+": the token does not hold "+strings.Join(lacking, ", ")+" itself, so it cannot grant it.")
}

// errDryRun ends the transaction of a dry run without keeping anything.
var errDryRun = errors.New("dry run")

// run is step 6. A write's function may run more than once, so each run starts from the decoded
// arguments and leaves nothing but its reply.
func (g *Gateway) run(ctx context.Context, r *Request, action *Action, call *Call, args any) (Reply, error) {
	reply := Reply{DryRun: call.DryRun == "input" || call.DryRun == "all"}
	perform := func(tx *store.Tx) (err error) {
		in := *r
		in.Tx = tx
		in.read = func(fn func(*store.Tx) error) error { return g.store.Read(ctx, fn) }
		reply.Value, err = action.run(&in, args)
		return err
	}
	if err := g.transact(ctx, action, &reply, perform); err != nil {
		return reply, action.ofAction(err)
	}
	return reply, action.complete(ctx, r, call, args, &reply)
}

// transact runs an action's function in the transaction it needs; a dry run's is rolled back.
func (g *Gateway) transact(ctx context.Context, action *Action, reply *Reply, perform func(*store.Tx) error) error {
	if !action.Writes {
		return g.store.Read(ctx, perform)
	}
	err := g.store.Write(ctx, func(tx *store.Tx) error {
		if err := perform(tx); err != nil || !reply.DryRun {
			return err
		}
		return errDryRun
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// complete does what takes too long for a transaction: the connection tests of a dry run, and
// what the action says.
func (a *Action) complete(ctx context.Context, r *Request, call *Call, args any, reply *Reply) (err error) {
	if call.DryRun == "all" && a.Connect != nil {
		reply.Findings = a.Connect(ctx, r, reply.Value)
		if slices.ContainsFunc(reply.Findings, func(f probe.Finding) bool { return !f.OK }) {
			return ProbeFailed(reply.Findings)
		}
	}
	if a.After != nil {
		reply.Value, err = a.After(ctx, r, args, reply.Value)
	}
	return err
}
