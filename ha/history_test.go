package main

import (
	"fmt"
	"testing"
	"time"
)

// at makes a call of a history that is written down in seconds.
func at(worker int, from, to time.Duration, c call) call {
	c.worker, c.account, c.began, c.ended = worker, "acme", from*time.Second, to*time.Second
	return c
}

func wrote(value string, f fate) call { return call{write: true, value: value, fate: f} }
func saw(value string) call           { return call{value: value} }

// The checker finds what must never happen, and finds nothing wrong with what may.
func TestCheck(t *testing.T) {
	tests := map[string]struct {
		calls []call
		bad   bool
		lost  int
	}{
		"what was written is read":                 {[]call{at(1, 0, 1, wrote("a", done)), at(2, 2, 3, saw("a"))}, false, 0},
		"a write under way may be read, or not":    {[]call{at(1, 0, 9, wrote("a", done)), at(2, 1, 2, saw(first)), at(3, 3, 4, saw("a"))}, false, 0},
		"an acknowledged write is lost":            {[]call{at(1, 0, 1, wrote("a", done)), at(2, 2, 3, saw(first))}, true, 1},
		"a later one is lost, an earlier is there": {[]call{at(1, 0, 1, wrote("a", done)), at(1, 2, 3, wrote("b", done)), at(2, 4, 5, saw("a"))}, true, 1},
		"a reader goes back":                       {[]call{at(1, 0, 9, wrote("a", done)), at(2, 1, 2, saw("a")), at(3, 3, 4, saw(first)), at(2, 10, 11, saw("a"))}, true, 0},
		"an unknown write may come late":           {[]call{at(1, 0, 1, wrote("a", unknown)), at(2, 2, 3, saw(first)), at(2, 4, 5, saw("a"))}, false, 0},
		"or never":                                 {[]call{at(1, 0, 1, wrote("a", unknown)), at(2, 2, 3, saw(first))}, false, 0},
		"but not come and go":                      {[]call{at(1, 0, 1, wrote("a", unknown)), at(2, 2, 3, saw("a")), at(2, 4, 5, saw(first))}, true, 0},
		"a refused write is read":                  {[]call{at(1, 0, 1, wrote("a", refused)), at(2, 2, 3, saw("a"))}, true, 0},
		"a refused read saw nothing":               {[]call{at(1, 0, 1, wrote("a", done)), at(2, 2, 3, call{value: first, fate: refused}), at(2, 4, 5, saw("a"))}, false, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, bad := check(byAccount(test.calls))
			if (bad > 0) != test.bad {
				t.Errorf("%d histories are not linearizable, want it to be %v", bad, test.bad)
			}
			if lost := lostAtEnd(test.calls, test.calls[len(test.calls)-1].value); lost != test.lost {
				t.Errorf("the plain count finds %d lost, want %d", lost, test.lost)
			}
		})
	}
}

// Many writes of unknown fate, as an outage leaves them, do not make the search endless.
func TestCheckAfterOutages(t *testing.T) {
	var calls []call
	now := time.Duration(0)
	for outage := range 20 {
		for n := range 50 {
			value := fmt.Sprintf("%d-%d", outage, n)
			calls = append(calls, at(1, now, now+2, wrote(value, done)), at(2, now+3, now+4, saw(value)))
			now += 5
		}
		for writer := range 5 {
			calls = append(calls, at(10+writer, now, now+2, wrote(fmt.Sprintf("%d-lost%d", outage, writer), unknown)))
		}
		calls = append(calls, at(2, now+3, now+4, saw(fmt.Sprintf("%d-lost0", outage))))
		now += 5
	}
	began := time.Now()
	if _, bad := check(byAccount(calls)); bad != 0 {
		t.Error("no order was found")
	}
	t.Logf("%d calls were checked in %v", len(calls), time.Since(began))
}

func TestLongestWithout(t *testing.T) {
	var calls []call
	for _, second := range []time.Duration{1, 2, 9, 10, 40} {
		calls = append(calls, at(1, second, second, wrote("a", done)))
	}
	calls = append(calls, at(1, 5, 5, wrote("b", refused)), at(2, 6, 6, saw("a")))
	if got := longestWithout(calls, true, span{from: 2500 * time.Millisecond, to: 12 * time.Second}); got != 7*time.Second {
		t.Errorf("%v without a write, want 7 s", got)
	}
}
