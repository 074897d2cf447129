package handlers

import (
	"testing"
	"time"
)

// named is a dialect of which only its name and its table are asked for.
type named struct{ Dialect }

func (named) Name() string  { return "test" }
func (named) Table() *Table { return NewTable() }

// Counting a call allocates nothing, once each outcome was counted before.
func TestCountingAllocatesNothing(t *testing.T) {
	meters := newMetrics(new(Gateway)).meters(named{})
	for _, refused := range []*Error{nil, Missing("x"), {Code: codes - 1}} {
		count := func() { meters.count("made/up", refused, time.Millisecond) }
		count()
		if n := testing.AllocsPerRun(100, count); n != 0 {
			t.Errorf("%v: %v allocations", refused, n)
		}
	}
}
