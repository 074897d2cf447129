package auth_test

import (
	"testing"
	"time"

	"panelgate/auth"
)

// Each of some nodes allows its share, whoever comes and goes meanwhile.
func TestLimitsAreDividedAmongNodes(t *testing.T) {
	now, nodes := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), 3
	l := auth.NewLimiter(auth.Limits{Address: auth.Rate{PerMinute: 60, Burst: 10}, Token: auth.Rate{PerMinute: 60, Burst: 4},
		Guesses: 7, Now: func() time.Time { return now }, Nodes: func() int { return nodes }})
	for name, c := range map[string]struct {
		let  int // of a third, rounded up
		call func() error
	}{
		"an address":                {4, func() error { return l.Call(one) }},
		"a token":                   {2, func() error { return l.Spend(1, 0) }},
		"a token of a rate its own": {10, func() error { return l.Spend(2, 30) }},
	} {
		for range c.let {
			wantWait(t, name+", within its share", c.call(), 0)
		}
		wantWait(t, name+", beyond its share", c.call(), map[bool]time.Duration{true: 6 * time.Second, false: 3 * time.Second}[c.let == 10])
	}
	for range 2 {
		mustWrong(t, l, other)
	}
	if err := l.Try(other, "any"); err != nil {
		t.Errorf("shut out after 2 wrong secrets of 7 among 3 nodes: %v", err)
	}
	mustWrong(t, l, other)
	if l.Try(other, "any") == nil {
		t.Error("not shut out after 3 wrong secrets of 7 among 3 nodes")
	}

	nodes = 1
	wantWait(t, "an address, once the others are gone", l.Call(one), time.Second)
	now = now.Add(10 * time.Second)
	for range 10 {
		wantWait(t, "an address, alone", l.Call(one), 0)
	}
	wantWait(t, "an address, alone and beyond its burst", l.Call(one), time.Second)
}
