package auth_test

import (
	"testing"
	"time"

	"panelgate/auth"
)

// A clock that goes back gives nobody calls and frees nobody who is shut out, and when it is right again so is all else.
// The limiter's own, time.Now, counts the time that passes and is set by nobody: this is what holds for any other.
func TestFaultsClockOfALimiter(t *testing.T) {
	right := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	now := right
	l := auth.NewLimiter(auth.Limits{Address: auth.Rate{PerMinute: 60, Burst: 2}, Token: auth.Rate{PerMinute: 60, Burst: 2},
		Guesses: 2, Now: func() time.Time { return now }})
	for range 2 {
		wantWait(t, "within the budget", l.Call(one), 0)
		wantWait(t, "within the budget", l.Spend(1, 0), 0)
		mustWrong(t, l, other)
	}
	for _, back := range []time.Duration{0, time.Second, time.Hour, 365 * 24 * time.Hour} {
		now = now.Add(-back)
		wantWait(t, "an address, the clock set back", l.Call(one), time.Second)
		wantWait(t, "a token, the clock set back", l.Spend(1, 0), time.Second)
		if l.Try(other, "any") == nil {
			t.Errorf("set back by %v: an address that guessed is let in", back)
		}
	}
	now = right.Add(time.Second)
	wantWait(t, "a second later", l.Call(one), 0)
	wantWait(t, "a second later", l.Spend(1, 0), 0)
}
