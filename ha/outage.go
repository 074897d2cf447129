package main

import (
	"context"
	"fmt"
	"time"
)

const (
	settleTime = 3 * time.Second        // of load before each kill
	stallTime  = 200 * time.Millisecond // that a primary sends nothing to its standby before it is lost
	outageTime = 90 * time.Second       // the longest that an outage may last before the run is given up
)

// loss is something that happens to a server.
type loss struct {
	part
	standby bool // the server is not the primary
	silent  bool // its connections stay open until it comes back, as those of a machine without power do
}

// losses are what is lost in turn: the primary so many times by SIGKILL, then once in silence, then the standby.
func losses(rounds int) (all []loss) {
	for n := range rounds {
		all = append(all, loss{part: []part{theMachine, thePostgres}[n%2]})
	}
	return append(all, loss{part: theMachine, silent: true}, loss{part: theMachine, standby: true})
}

// String says what is lost, for the table of the report.
func (l loss) String() string {
	text := string(l.part) + " of the primary"
	if l.standby {
		text = string(l.part) + " of the standby"
	}
	if l.silent {
		text += ", in silence"
	}
	return text
}

// span is a time of the load.
type span struct{ from, to time.Duration }

// touches reports whether any of a call was within the span.
func (s span) touches(c call) bool { return c.ended >= s.from && c.began <= s.to }

// outage is what became of a loss.
type outage struct {
	span   // from the kill until both nodes serve again
	Lost   loss
	Server string
	Back   time.Duration // from the kill until the server is back as the synchronous standby
}

// lose kills a server, waits until calls are served as ever without it, and brings it back.
func (lab *lab) lose(ctx context.Context, l *load, what loss) (outage, error) {
	if err := lab.awaitHealth(ctx); err != nil {
		return outage{}, err
	}
	primary, standby, err := lab.roles(ctx)
	if err != nil {
		return outage{}, err
	}
	lost := primary
	if what.standby {
		lost = standby
	}
	o := outage{Lost: what, Server: lost.Name, span: span{from: time.Since(l.began)}}
	if lost == primary {
		lost.mute()
		time.Sleep(stallTime)
	}
	kill := lost.kill
	if what.silent {
		kill = lost.stop
	}
	kill(what.part)
	if err := lab.awaitService(ctx, l, lost); err != nil {
		return o, err
	}
	o.to = time.Since(l.began)
	say("%s killed, which was %s: all is served again after %.1f s", what, lost.Name, (o.to - o.from).Seconds())
	if what.silent {
		lost.kill(what.part)
	}
	if err := lost.start(ctx); err != nil {
		return o, err
	}
	if err := lab.awaitStandby(ctx); err != nil {
		return o, err
	}
	o.Back = time.Since(l.began) - o.from
	return o, nil
}

// awaitService waits until another server than the lost one is the primary, both nodes are in use, and a write that was
// begun then is acknowledged.
func (lab *lab) awaitService(ctx context.Context, l *load, lost *databaseServer) error {
	err := await(ctx, outageTime, "another primary", func(ctx context.Context) error {
		primary, _, err := lab.roles(ctx)
		if err == nil && primary == lost {
			err = errNotYet
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := lab.awaitNodes(ctx); err != nil {
		return err
	}
	since := time.Since(l.began)
	return await(ctx, outageTime, "a write", func(context.Context) error { return l.wroteSince(since) })
}

// awaitHealth waits until all is as it should be, and lets the load go on with it for a while.
func (lab *lab) awaitHealth(ctx context.Context) error {
	if err := lab.awaitStandby(ctx); err != nil {
		return err
	}
	if err := lab.awaitNodes(ctx); err != nil {
		return err
	}
	select {
	case <-time.After(settleTime):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (lab *lab) awaitNodes(ctx context.Context) error {
	for _, n := range lab.nodes {
		if err := n.awaitReady(ctx, outageTime); err != nil {
			return err
		}
		if err := lab.awaitServed(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// wroteSince reports whether a write was begun and acknowledged since.
func (l *load) wroteSince(since time.Duration) error {
	calls := l.journal.all()
	for i := len(calls) - 1; i >= 0 && calls[i].ended > since; i-- {
		if calls[i].write && calls[i].fate == done && calls[i].began > since {
			return nil
		}
	}
	return errNotYet
}

// restartNodes restarts the nodes one after the other, each once HAProxy uses the one before again.
func (lab *lab) restartNodes(ctx context.Context, l *load) (during span, err error) {
	if err := lab.awaitHealth(ctx); err != nil {
		return during, err
	}
	during.from = time.Since(l.began)
	for _, n := range lab.nodes {
		if err := n.process.terminate(); err != nil {
			return during, err
		}
		if code := n.process.cmd.ProcessState.ExitCode(); code != 0 {
			return during, fmt.Errorf("%s ended with exit code %d", n.Name, code)
		}
		if err := n.start(ctx); err != nil {
			return during, err
		}
		if err := lab.awaitHealth(ctx); err != nil {
			return during, err
		}
	}
	during.to = time.Since(l.began)
	return during, nil
}
