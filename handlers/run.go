package handlers

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"panelgate/auth"
	"panelgate/probe"
	"panelgate/store"
)

// run is step 6. A write's function may run more than once, so each run starts from the decoded
// arguments and leaves nothing but its reply.
func (g *Gateway) run(ctx context.Context, r *Request, e *entry, args any) (reply Reply, err error) {
	switch {
	case !e.action.Writes:
		reply, err = g.read(ctx, r, e, args)
	case e.call.isDryRun():
		reply, err = g.dryRun(ctx, r, &work{entry: e, admitted: e.caller, args: args})
	default: // its answer is whole within the transaction, or kept from the call that it repeats
		w := &work{entry: e, admitted: e.caller, args: args}
		if e.mayRepeat() {
			w.sent = repeatOf(e)
		}
		reply, err = g.write(ctx, r, w)
		return reply, e.action.ofAction(discreet(e.caller, err))
	}
	if err != nil {
		return reply, e.action.ofAction(discreet(e.caller, err))
	}
	if reply.body == nil {
		if err := e.action.complete(ctx, r, e.call, args, &reply); err != nil {
			return reply, err
		}
	}
	return reply, g.spendAlone(ctx, e.caller)
}

// read runs a read.
func (g *Gateway) read(ctx context.Context, r *Request, e *entry, args any) (reply Reply, err error) {
	if e.action.Keeps != nil && e.action.Keeps(args) {
		return g.readKept(ctx, r, e, args)
	}
	if e.call.recalled {
		return reply, errNotKept
	}
	return reply, g.store.Read(ctx, func(tx *store.Tx) (err error) {
		reply.Value, err = e.action.run(r.in(tx), args)
		return err
	})
}

// readKept runs a read of little about one account, or gives the answer that is kept of it.
func (g *Gateway) readKept(ctx context.Context, r *Request, e *entry, args any) (reply Reply, err error) {
	var key []byte
	if g.answers.kept != nil {
		key = appendKey(e.call.scratch[:0], e.action, e.caller, e.call)
		if reply.body = g.answers.get(key); reply.body != nil {
			return reply, nil
		}
	}
	if e.call.recalled {
		return reply, errNotKept
	}
	return g.readAndKeep(ctx, r, e, args, key)
}

// readAndKeep runs a read and keeps its answer under a key, nil where none are kept.
func (g *Gateway) readAndKeep(ctx context.Context, r *Request, e *entry, args any, key []byte) (reply Reply, err error) {
	var account int64
	err = g.store.Glance(ctx, func(tx *store.Tx) (err error) {
		if reply.Value, err = e.action.run(r.in(tx), args); err == nil && key != nil {
			account, _ = tx.AccountID(e.caller.Scope, e.call.Account) // 0 where there is none: its answer is not kept
		}
		return err
	})
	if err != nil || account == 0 {
		return reply, err
	}
	reply.Value = e.action.masked(e.caller, reply.Value)
	var body bytes.Buffer
	if err := e.call.answer(&body, reply); err != nil {
		return reply, err
	}
	reply.body = body.Bytes()
	g.answers.put(key, account, r.since, reply.body)
	return reply, nil
}

// in is the request within one transaction.
func (r *Request) in(tx *store.Tx) *Request {
	in := *r
	in.Tx = tx
	return &in
}

// readPage reads one page of a long answer. Each has a time of its own: the answer as a whole may
// take as long as its client takes to read it, and ends when the client stops.
func (r *Request) readPage(fn func(*store.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), callTime)
	defer cancel()
	return r.gateway.store.Read(ctx, fn)
}

// dryRun runs a write and keeps nothing of it: no row, no trace in the audit trail, no answer to give again.
func (g *Gateway) dryRun(ctx context.Context, r *Request, w *work) (Reply, error) {
	reply := Reply{DryRun: true}
	err := g.store.Try(ctx, func(tx *store.Tx) (err error) {
		reply.Value, err = w.dry(r.in(tx))
		return err
	})
	return reply, err
}

// write runs a write. Where it seems to repeat another whose password only bcrypt can compare, that is done between
// two transactions: within one it would keep all other writes waiting.
func (g *Gateway) write(ctx context.Context, r *Request, w *work) (reply Reply, err error) {
	for range mostProofs {
		err = g.store.Write(ctx, func(tx *store.Tx) (err error) {
			reply, err = w.do(r.in(tx))
			return err
		})
		var open *unprovenError
		if !errors.As(err, &open) {
			return reply, err
		}
		if err := w.prove(ctx, g.hasher, open.hash); err != nil {
			return reply, err
		}
	}
	return reply, Busy(errors.New("what the call repeats kept changing"))
}

// work is a write that is to be done.
type work struct {
	*entry
	admitted *auth.Caller // who called, as it was known then: what a run that was undone found of them is not so
	args     any
	sent     store.Repeat    // of a call that may be repeated
	proven   map[string]bool // by bcrypt hash: whether the password that was sent is the one
}

// do is all that a write does, in one transaction: the change, its row in the audit trail and the
// answer to give again are kept together or not at all.
func (w *work) do(r *Request) (Reply, error) {
	w.caller = w.admitted
	if err := w.stillMay(r); err != nil {
		return Reply{}, err
	}
	reply, repeated, err := w.repeat(r)
	if err != nil || repeated {
		return reply, err
	}
	if w.usedUp {
		return reply, store.ErrUsedUp
	}
	names := w.targets()
	before, err := w.look(r, names)
	if err != nil {
		return reply, err
	}
	if err := checkEffects(w.caller, w.action, w.args, at(before, 0).fields); err != nil {
		return reply, err
	}
	if reply.Value, err = w.action.run(r, w.args); err != nil {
		return reply, err
	}
	if err := spend(r.Tx, w.caller); err != nil {
		return reply, err
	}
	now := names
	if r.named != "" {
		now = []string{r.named}
	}
	after, err := w.look(r, now)
	if err != nil {
		return reply, err
	}
	if len(names) == 0 {
		names = now
	}
	if err := w.audit(r, names, before, after); err != nil {
		return reply, err
	}
	reply.Value = w.action.masked(w.caller, reply.Value) // before it is kept
	return reply, w.remember(r, now, after, &reply)
}

// dry is do for a dry run: it is refused what the call itself would be.
func (w *work) dry(r *Request) (any, error) {
	w.caller = w.admitted
	if err := w.stillMay(r); err != nil {
		return nil, err
	}
	if len(w.action.Effects) > 0 {
		before, err := w.look(r, w.targets())
		if err != nil {
			return nil, err
		}
		if err := checkEffects(w.caller, w.action, w.args, at(before, 0).fields); err != nil {
			return nil, err
		}
	}
	return w.action.run(r, w.args)
}

// look gives the fields of each target.
func (w *work) look(r *Request, names []string) (all []seen, _ error) {
	for _, name := range names {
		one, err := w.action.look(r, name)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// audit writes a row for each target, so that each account finds its own.
func (w *work) audit(r *Request, names []string, before, after []seen) error {
	if len(names) == 0 {
		names = []string{""}
	}
	rows := make([]store.AuditRow, len(names))
	for i, name := range names {
		row := w.row(store.ResultSuccess, name)
		if r.concerns != "" {
			row.Account = r.concerns
		}
		var err error
		if row.Before, row.After, err = w.changed(at(before, i).fields, at(after, i).fields); err != nil {
			return err
		}
		rows[i] = row
	}
	return r.Audit(rows...)
}

func at(all []seen, i int) (one seen) {
	if i < len(all) {
		one = all[i]
	}
	return one
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
	reply.Value = a.masked(r.Caller, reply.Value)
	return err
}
