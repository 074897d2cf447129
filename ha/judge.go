package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// promise is something that must hold, and what was found.
type promise struct {
	What, Found string
	Kept        bool
}

// never adds a promise that something, of so many, does not happen.
func (r *report) never(what string, happened int) {
	r.Promises = append(r.Promises, promise{what, fmt.Sprint(happened), happened == 0})
}

// judge compares what clients were told with what is there now.
func (r *report) judge(ctx context.Context, l *load, n *node) error {
	lost, err := l.lookAtEnd(ctx)
	if err != nil {
		return err
	}
	missing, err := l.missing(ctx)
	if err != nil {
		return err
	}
	trail, err := n.readTrail(ctx)
	if err != nil {
		return err
	}
	r.calls, r.Length = l.journal.all(), time.Since(r.Began)
	r.judgeWrites(trail, lost)
	r.never(fmt.Sprintf("acknowledged accounts that are not there, of %d", len(l.creates.acknowledged)), missing)
	r.never(fmt.Sprintf("accounts not made exactly once, with %d calls sent again with their idempotency key", l.creates.again), trail.notOnce(l.creates.acknowledged))
	histories := byAccount(r.calls)
	operations, bad := check(histories)
	r.never(fmt.Sprintf("histories that are not linearizable, of %d with %d operations", len(histories), operations), bad)
	r.judgeAnswers(l.inspector)
	r.Promises = append(r.Promises, promise{"`panelgate audit verify`", trail.verdict, strings.HasPrefix(trail.verdict, "OK")})
	return nil
}

func (r *report) judgeWrites(t trail, lostAtEnd int) {
	acknowledged, lost, kept := t.compare(r.calls)
	r.never(fmt.Sprintf("acknowledged writes lost, of %d: not in the audit trail", acknowledged), lost)
	r.never("… and overwritten by nothing later, but not there at the end", lostAtEnd)
	r.never("writes that were answered \"nothing was changed\" and were stored", kept)
}

func (r *report) judgeAnswers(i *inspector) {
	wrong := 0
	for what, times := range i.wrong {
		say("%d × %s", times, what)
		wrong += times
	}
	r.never(fmt.Sprintf("answers that are no 503 with `Retry-After` in the dialect's envelope, of %d that are no success", i.busy), wrong)
	elsewhere, restarting, failed := 0, 0, 0
	for _, c := range r.calls {
		if c.kind != "" && !r.inOutage(c) {
			say("%s failed from %v to %v, while no outage was: %s", c.account, c.began, c.ended, c.kind)
			elsewhere++
		}
		if r.Restart.touches(c) {
			restarting++
			if c.kind != "" {
				failed++
			}
		}
	}
	r.never("calls that failed while no outage was", elsewhere)
	r.never(fmt.Sprintf("calls that failed while the nodes were restarted one after the other, of %d", restarting), failed)
}

func (r *report) inOutage(c call) bool {
	for _, o := range r.Outages {
		if o.touches(c) {
			return true
		}
	}
	return false
}

// lookAtEnd reads each account once more, when nobody writes, and gives how many acknowledged writes the plain count misses.
func (l *load) lookAtEnd(ctx context.Context) (lost int, err error) {
	for n := range accounts {
		c := call{worker: -1, account: accountName(n), began: time.Since(l.began)}
		if err := l.readREST(ctx, &c); err != nil {
			return lost, err
		}
		c.ended = time.Since(l.began)
		l.journal.add(c)
		lost += lostAtEnd(byAccount(l.journal.all())[c.account], c.value)
	}
	return lost, nil
}
