package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// report is what a run found.
type report struct {
	Began    time.Time
	Outages  []outage
	Restart  span
	Length   time.Duration
	Promises []promise
	calls    []call
}

// kept reports whether all promises were.
func (r *report) kept() bool {
	return !slices.ContainsFunc(r.Promises, func(p promise) bool { return !p.Kept })
}

// before is how long before a kill the last success may have been that an outage is counted from.
const before = time.Second

// figures are the tables of the run, in Markdown.
func (r *report) figures() string {
	var text strings.Builder
	fmt.Fprintln(&text, "| killed | seconds without a write | without a read | until it was the standby again | answers meanwhile that were no success |")
	fmt.Fprintln(&text, "|---|---|---|---|---|")
	for _, o := range r.Outages {
		writes := longestWithout(r.calls, true, o.span)
		reads := longestWithout(r.calls, false, o.span)
		fmt.Fprintf(&text, "| %s (%s) | %.1f | %.1f | %.1f | %s |\n", o.Lost, o.Server, writes.Seconds(), reads.Seconds(), o.Back.Seconds(), r.errors(o.span))
	}
	fmt.Fprintf(&text, "\n| promise | found | |\n|---|---|---|\n")
	for _, p := range r.Promises {
		verdict := "kept"
		if !p.Kept {
			verdict = "**broken**"
		}
		fmt.Fprintf(&text, "| %s | %s | %s |\n", p.What, p.Found, verdict)
	}
	return text.String()
}

// errors are those of a span by kind.
func (r *report) errors(s span) string {
	kinds := map[string]int{}
	for _, c := range r.calls {
		if c.kind != "" && s.touches(c) {
			kinds[c.kind]++
		}
	}
	var list []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		list = append(list, fmt.Sprintf("%d × %s", kinds[kind], kind))
	}
	return strings.Join(list, "; ")
}

// print writes the report for a terminal.
func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n%d calls in %.0f s.\n", r.figures(), len(r.calls), r.Length.Seconds())
}
