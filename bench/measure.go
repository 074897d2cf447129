package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// measure is one figure of the table: ratios from alternating rounds, or plain numbers where the mark is one.
type measure struct {
	Row     string // the name of its row
	What    string
	Against string
	Of      string    // what is compared: requests/s, p99 …
	Values  []float64 // one a round
	Mark    mark
	Detail  string    // absolute numbers of the two sides, for orientation
	Curves  *rounds   // whose latencies are drawn; nil for none
	Sides   [2]string // what the curves are of
}

// mark is what a measure has to reach.
type mark struct {
	limit   float64
	atLeast bool   // else at most
	unit    string // "" for a ratio
}

func atLeast(limit float64) mark { return mark{limit: limit, atLeast: true} }
func atMost(limit float64) mark  { return mark{limit: limit} }

// given reports whether there is one: what has none is told, and not judged.
func (m mark) given() bool { return m != mark{} }

// String writes the mark as the table shows it.
func (m mark) String() string {
	if !m.given() {
		return "none"
	}
	if m.atLeast {
		return "≥ " + m.text(m.limit)
	}
	return "≤ " + m.text(m.limit)
}

// text writes a value in the mark's unit.
func (m mark) text(value float64) string {
	if m.unit == "" {
		return fmt.Sprintf("%.2f ×", value)
	}
	return fmt.Sprintf("%.4g %s", value, m.unit)
}

// value is what counts of a measure: the median.
func (m measure) value() float64 { return median(m.Values) }

// reached reports whether the measure is at its mark, as it is printed.
func (m measure) reached() bool {
	value := math.Round(m.value()*100) / 100
	if m.Mark.atLeast {
		return value >= m.Mark.limit
	}
	return value <= m.Mark.limit || !m.Mark.given()
}

// Median writes what counts, as the table shows it.
func (m measure) Median() string { return m.Mark.text(m.value()) }

func (m measure) verdict() string {
	if !m.Mark.given() {
		return ""
	}
	if m.reached() {
		return "ok"
	}
	return "short"
}

// Spread is the least and the most of the rounds.
func (m measure) Spread() string {
	return fmt.Sprintf("%.3g to %.3g", slices.Min(m.Values), slices.Max(m.Values))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// side is one of two that take turns.
type side struct {
	name    string
	servers []*process // whose processor time is told
	run     func(ctx context.Context, length time.Duration) (sample, error)
}

// rounds are the samples of two sides, taken in turns: the n-th of both are from the same moments of a noisy machine.
type rounds struct{ ours, theirs []sample }

// alternate runs both sides once to warm them up, unless it is to be short, then in turns. Who is first changes from round to round.
func (p plan) alternate(ctx context.Context, ours, theirs side) (r rounds, err error) {
	sides := []side{ours, theirs}
	for _, s := range sides {
		if p.smoke {
			break
		}
		if _, err := s.sample(ctx, p.warmUp); err != nil {
			return r, err
		}
	}
	for n := range p.rounds {
		var taken [2]sample
		for i := range sides {
			turn := (i + n) % 2
			if taken[turn], err = sides[turn].sample(ctx, p.round); err != nil {
				return r, err
			}
		}
		r.ours, r.theirs = append(r.ours, taken[0]), append(r.theirs, taken[1])
	}
	return r, nil
}

func (s side) sample(ctx context.Context, length time.Duration) (sample, error) {
	before := s.cpu()
	taken, err := s.run(ctx, length)
	if err != nil {
		return taken, fmt.Errorf("%s: %w", s.name, err)
	}
	if s.servers != nil {
		taken.cpu = (s.cpu() - before) / time.Duration(taken.answers)
	}
	return taken, nil
}

// cpu is the processor time that the side's servers have taken.
func (s side) cpu() (all time.Duration) {
	for _, p := range s.servers {
		all += p.cpu()
	}
	return all
}

// ratios compares the two sides round by round.
func (r rounds) ratios(of func(sample) float64) (all []float64) {
	for i := range r.ours {
		all = append(all, of(r.ours[i])/of(r.theirs[i]))
	}
	return all
}

func byRate(s sample) float64 { return s.rate }

// byLatency is the latency at a percentile.
func byLatency(percentile float64) func(sample) float64 {
	return func(s sample) float64 { return float64(s.at(percentile)) }
}

// middle is the median of one side's samples.
func middle(all []sample, of func(sample) float64) float64 {
	var values []float64
	for _, s := range all {
		values = append(values, of(s))
	}
	return median(values)
}

// detail tells both sides in absolute numbers.
func (r rounds) detail() string {
	tell := func(all []sample) string {
		text := fmt.Sprintf("%.0f/s", middle(all, byRate))
		if p99 := middle(all, byLatency(99)); p99 > 0 {
			text += fmt.Sprintf(", p50 %v, p99 %v", time.Duration(middle(all, byLatency(50))), time.Duration(p99))
		}
		if cpu := middle(all, func(s sample) float64 { return float64(s.cpu) }); cpu > 0 {
			text += fmt.Sprintf(", cpu %v", time.Duration(cpu).Round(100*time.Nanosecond))
		}
		return text
	}
	return tell(r.ours) + " against " + tell(r.theirs)
}
