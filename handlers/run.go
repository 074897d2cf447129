package handlers

import (
	"context"
	"errors"
	"slices"

	"panelgate/probe"
	"panelgate/store"
)

// run is step 6. A write's function may run more than once, so each run starts from the decoded
// arguments and leaves nothing but its reply.
func (g *Gateway) run(ctx context.Context, r *Request, e *entry, args any) (reply Reply, err error) {
	r.read = func(fn func(*store.Tx) error) error { return g.readPage(ctx, fn) }
	switch {
	case !e.action.Writes:
		err = g.store.Read(ctx, func(tx *store.Tx) (err error) {
			reply.Value, err = e.action.run(r.in(tx), args)
			return err
		})
	case e.call.isDryRun():
		reply, err = g.dryRun(ctx, r, e.action, args)
	default:
		reply, err = g.write(ctx, r, &work{entry: e, args: args, sent: repeatOf(e)})
	}
	if err != nil {
		return reply, e.action.ofAction(err)
	}
	if !e.action.Writes || e.call.isDryRun() {
		if err := g.spendAlone(ctx, e.caller); err != nil {
			return reply, err
		}
	}
	return reply, e.action.complete(ctx, r, e.call, args, &reply)
}

// in is the request within one transaction.
func (r *Request) in(tx *store.Tx) *Request {
	in := *r
	in.Tx = tx
	return &in
}

// readPage reads one page of a long answer. Each has a time of its own: the answer as a whole may
// take as long as its client takes to read it, and ends when the client stops.
func (g *Gateway) readPage(ctx context.Context, fn func(*store.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	return g.store.Read(ctx, fn)
}

// dryRun runs a write and keeps nothing of it: no row, no trace in the audit trail, no answer to give again.
func (g *Gateway) dryRun(ctx context.Context, r *Request, action *Action, args any) (Reply, error) {
	reply := Reply{DryRun: true}
	err := g.store.Try(ctx, func(tx *store.Tx) (err error) {
		reply.Value, err = action.run(r.in(tx), args)
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
	args   any
	sent   store.Repeat
	proven map[string]bool // by bcrypt hash: whether the password that was sent is the one
}

// do is all that a write does, in one transaction: the change, its row in the audit trail and the
// answer to give again are kept together or not at all.
func (w *work) do(r *Request) (Reply, error) {
	reply, repeated, err := w.repeat(r)
	if err != nil || repeated {
		return reply, err
	}
	names := w.targets()
	before, err := w.look(r, names)
	if err != nil {
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
	return reply, w.remember(r, now, &reply)
}

// look gives the fields of each target.
func (w *work) look(r *Request, names []string) (all []fields, _ error) {
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
func (w *work) audit(r *Request, names []string, before, after []fields) error {
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
		if row.Before, row.After, err = w.changed(at(before, i), at(after, i)); err != nil {
			return err
		}
		rows[i] = row
	}
	return r.Audit(rows...)
}

func at(all []fields, i int) fields {
	if i < len(all) {
		return all[i]
	}
	return nil
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
