package handlers

import (
	"context"
	"sync"
	"time"
)

// patience is a context that ends at a time, as context.WithDeadline makes one, but takes a timer only once somebody
// asks for its end: most calls are answered before.
type patience struct {
	context.Context
	until time.Time
	once  sync.Once
	timed context.Context // once somebody asked
	stop  context.CancelFunc
}

// begin makes it end at a time, or with the context that it comes from.
func (p *patience) begin(parent context.Context, until time.Time) {
	p.Context, p.until = parent, until
}

// take takes the timer.
func (p *patience) take() context.Context {
	p.once.Do(func() { p.timed, p.stop = context.WithDeadline(p.Context, p.until) })
	return p.timed
}

// end is to be called by who made the context, once nobody asks any more.
func (p *patience) end() {
	p.once.Do(func() { p.timed, p.stop = p.Context, func() {} })
	p.stop()
}

// Deadline is when it ends.
func (p *patience) Deadline() (time.Time, bool) { return p.take().Deadline() }

// Done is closed when it ends.
func (p *patience) Done() <-chan struct{} { return p.take().Done() }

// Err says why it has ended, nil before.
func (p *patience) Err() error { return p.take().Err() }

// Value is asked by package context too, which by it finds the timed one and so needs no goroutine to follow this one.
func (p *patience) Value(key any) any { return p.take().Value(key) }
