package handlers

import (
	"context"
	"errors"
	"slices"

	"panelgate/probe"
	"panelgate/store"
)

// errDryRun ends the transaction of a dry run without keeping anything.
var errDryRun = errors.New("dry run")

// run is step 6. A write's function may run more than once, so each run starts from the decoded
// arguments and leaves nothing but its reply.
func (g *Gateway) run(ctx context.Context, r *Request, action *Action, call *Call, args any) (Reply, error) {
	reply := Reply{DryRun: call.DryRun == "input" || call.DryRun == "all"}
	perform := func(tx *store.Tx) (err error) {
		in := *r
		in.Tx = tx
		in.read = func(fn func(*store.Tx) error) error { return g.readPage(ctx, fn) }
		reply.Value, err = action.run(&in, args)
		return err
	}
	if err := g.transact(ctx, action, &reply, perform); err != nil {
		return reply, action.ofAction(err)
	}
	return reply, action.complete(ctx, r, call, args, &reply)
}

// readPage reads one page of a long answer. Each has a time of its own: the answer as a whole may
// take as long as its client takes to read it, and ends when the client stops.
func (g *Gateway) readPage(ctx context.Context, fn func(*store.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	return g.store.Read(ctx, fn)
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
