package auth_test

import (
	"errors"
	"net/netip"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"panelgate/auth"
)

var (
	one   = netip.MustParseAddr("192.0.2.1")
	other = netip.MustParseAddr("192.0.2.2")
)

// wait is for how long a call is refused, 0 where it is let through.
func wait(t *testing.T, err error) time.Duration {
	t.Helper()
	if err == nil {
		return 0
	}
	var tooOften *auth.TooOftenError
	if !errors.As(err, &tooOften) || tooOften.Retry <= 0 || tooOften.Reason == "" {
		t.Fatalf("%v is no refusal that says why and for how long", err)
	}
	return tooOften.Retry
}

func wantWait(t *testing.T, what string, err error, want time.Duration) {
	t.Helper()
	if got := wait(t, err); got != want {
		t.Errorf("%s: to wait for %v, want %v", what, got, want)
	}
}

func TestRates(t *testing.T) {
	for text, want := range map[string]auth.Rate{
		"0": {}, "1200/m": {1200, 1200}, "20/s": {1200, 1200}, "72000/h": {1200, 1200}, "1/h": {1, 1}, "1200/m:6000": {1200, 6000}, "60/m:1": {60, 1},
	} {
		var got, again auth.Rate
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != want {
			t.Errorf("%s, written as %s, is %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "m", "/m", "0/m", "-1/m", "1/d", "1.5/m", "1200", "0:5", "5/m:", "5/m:0", "1/m:1:1", "9999999999/m", "1 /m"} {
		var rate auth.Rate
		if err := rate.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken for %v", text, rate)
		}
	}
}

// A burst is let through, then what the rate gives; others have budgets of their own.
func TestBudgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := auth.NewLimiter(auth.Limits{Token: auth.Rate{PerMinute: 30, Burst: 10}, Address: auth.Rate{PerMinute: 30, Burst: 10}})
		for name, call := range map[string]func(who int) error{
			"address": func(who int) error { return l.Call([]netip.Addr{one, other}[who]) },
			"token":   func(who int) error { return l.Spend(int64(who), 0) },
		} {
			for range 10 {
				wantWait(t, name+" within its burst", call(0), 0)
			}
			wantWait(t, name+" beyond it", call(0), 2*time.Second)
			wantWait(t, "another "+name, call(1), 0)
			time.Sleep(1500 * time.Millisecond)
			wantWait(t, name+" too early", call(0), time.Second)
			time.Sleep(500 * time.Millisecond)
			wantWait(t, name+" after the wait", call(0), 0)
			wantWait(t, name+" at once again", call(0), 2*time.Second)
			time.Sleep(time.Hour)
			for range 10 {
				wantWait(t, name+" an hour later", call(0), 0)
			}
			wantWait(t, name+" beyond the burst an hour later", call(0), 2*time.Second)
		}
	})
}

func TestTokensOwnRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := auth.NewLimiter(auth.Limits{Token: auth.Rate{PerMinute: 60, Burst: 1}})
		for range 3 {
			wantWait(t, "a rate of its own", l.Spend(1, 3), 0)
		}
		wantWait(t, "beyond it", l.Spend(1, 3), 20*time.Second)
		wantWait(t, "without one", l.Spend(2, 0), 0)
		wantWait(t, "beyond the server's", l.Spend(2, 0), time.Second)
		wantWait(t, "a rate that was lowered", l.Spend(1, 1), time.Minute)
		off := auth.NewLimiter(auth.Limits{})
		for range 100_000 {
			wantWait(t, "without limit", errors.Join(off.Spend(1, 0), off.Call(one)), 0)
		}
		wantWait(t, "its own rate where others have none", off.Spend(3, 1), 0)
		wantWait(t, "beyond its own", off.Spend(3, 1), time.Minute)
	})
}

// All of a /64 is one caller, and an IPv4 address is the same in both its forms.
func TestAddressesOfOneCaller(t *testing.T) {
	for _, c := range []struct {
		first, second string
		same          bool
	}{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
	} {
		l := auth.NewLimiter(auth.Limits{Address: auth.Rate{PerMinute: 1, Burst: 1}, Guesses: 1})
		first, second := netip.MustParseAddr(c.first), netip.MustParseAddr(c.second)
		wantWait(t, c.first, l.Call(first), 0)
		if refused := l.Call(second) != nil; refused != c.same {
			t.Errorf("%s after %s: refused is %v, want %v", c.second, c.first, refused, c.same)
		}
		if _, err := l.Wrong(t.Context(), first, "wrong"); err != nil {
			t.Error(err)
		}
		if refused := l.Try(second, "right") != nil; refused != c.same {
			t.Errorf("%s after %s guessed: refused is %v, want %v", c.second, c.first, refused, c.same)
		}
	}
}

// A spray from a million addresses takes no more memory than the tables have, frees nobody who is shut out, and
// makes nobody unknown who was right.
func TestSprayFromAMillionAddresses(t *testing.T) {
	const spray, most = 1_000_000, 48 << 20
	limits := auth.DefaultLimits()
	limits.Guesses, limits.Pause = 4, 0
	l := auth.NewLimiter(limits)
	_ = l.Right(other, "right", 0, 0)
	for range limits.Guesses {
		mustWrong(t, l, one)
		mustWrong(t, l, other)
	}
	before := heap()
	for i := range uint32(spray) {
		sprayer := netip.AddrFrom4([4]byte{10 + byte(i>>24), byte(i >> 16), byte(i >> 8), byte(i)})
		_, _ = l.Call(sprayer), l.Spend(int64(i), 0)
		mustWrong(t, l, sprayer)
	}
	grown := heap() - before
	t.Logf("%d addresses: %d kB, at most %d kB", spray, grown>>10, most>>10)
	if grown > most {
		t.Errorf("the limiter grew by %d bytes", grown)
	}
	if l.Try(one, "any") == nil || l.Try(other, "any") == nil {
		t.Error("the spray freed an address that was shut out")
	}
	wantWait(t, "a token that was right before", errors.Join(l.Call(other), l.Try(other, "right")), 0)
	runtime.KeepAlive(l)
}

func heap() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
