package main

import (
	"context"
	"net/url"
	"testing"
	"time"

	"panelgate/phpform"
)

// subuserBody is what PHP's http_build_query makes of a call that creates a subuser.
const subuserBody = "token=provided_auth_token&accountuser=spanelio&action=user%2Faddsubuser" +
	"&username=spanelio_testuser&password=KExk80Ml5aG6M&permissions%5Bemail%5D=all" +
	"&permissions%5Bdomain%5D%5B0%5D=domains&permissions%5Bdomain%5D%5B1%5D=redirects"

// measureForm compares parsers in this process, with Go's own benchmarks.
func measureForm(ctx context.Context, lab *lab) ([]measure, error) {
	var ours, theirs testing.BenchmarkResult
	taken, err := lab.alternate(ctx,
		parser("phpform.Parse", &ours, func() error { _, err := phpform.Parse(subuserBody, phpform.DefaultLimits()); return err }),
		parser("url.ParseQuery", &theirs, func() error { _, err := url.ParseQuery(subuserBody); return err }))
	if err != nil {
		return nil, err
	}
	what, against := "`phpform.Parse` on the seed's body", "`net/url.ParseQuery` on the same bytes"
	allocations := float64(ours.AllocsPerOp()) / float64(theirs.AllocsPerOp())
	return []measure{
		{What: what, Against: against, Of: "ns", Values: taken.ratios(func(s sample) float64 { return 1 / s.rate }), Mark: atMost(2),
			Detail: ours.String() + " against " + theirs.String()},
		{What: what, Against: against, Of: "allocations", Values: []float64{allocations}, Mark: atMost(2),
			Detail: ours.MemString() + " against " + theirs.MemString()},
	}, nil
}

// parser is a side that parses for about as long as Go's benchmarks do by default, which is a second.
func parser(name string, last *testing.BenchmarkResult, parse func() error) side {
	return side{name: name, run: func(context.Context, time.Duration) (s sample, err error) {
		*last = testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if failed := parse(); failed != nil {
					err = failed
				}
			}
		})
		return sample{rate: float64(last.N) / last.T.Seconds(), answers: last.N}, err
	}}
}
