package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"panelgate/auth"
)

func mustWrong(t *testing.T, l *auth.Limiter, from netip.Addr) (shutOut bool) {
	t.Helper()
	shutOut, err := l.Wrong(t.Context(), from, "wrong")
	if err != nil {
		t.Fatal(err)
	}
	return shutOut
}

// try asks as a call does: by its address first, then with its secret.
func try(l *auth.Limiter, from netip.Addr, secret string) error {
	return errors.Join(l.Call(from), l.Try(from, secret))
}

func TestWrongSecretsAreSlowedThenShutOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := auth.NewLimiter(auth.DefaultLimits())
		begun := time.Now()
		for i := 1; i <= 20; i++ {
			wantWait(t, "before it is shut out", try(l, one, "wrong"), 0)
			if shutOut := mustWrong(t, l, one); shutOut != (i == 20) {
				t.Fatalf("wrong secret %d: shut out is %v", i, shutOut)
			}
			if want := max(0, i-5); time.Since(begun) != time.Duration(want)*time.Second {
				t.Errorf("after wrong secret %d: %v have passed, want %d s", i, time.Since(begun), want)
			}
		}
		for _, shut := range []time.Duration{1, 2, 4, 8, 15, 15} { // minutes, the longer the more come
			wantWait(t, "shut out", l.Call(one), shut*time.Minute-time.Second)
			wantWait(t, "another address", try(l, other, "wrong"), 0)
			time.Sleep(shut*time.Minute - time.Second)
			wantWait(t, "when it is over", try(l, one, "wrong"), 0)
			if !mustWrong(t, l, one) {
				t.Error("the next wrong secret does not shut it out again")
			}
		}
		time.Sleep(31 * time.Minute)
		begun = time.Now()
		if mustWrong(t, l, one) || time.Since(begun) > 0 {
			t.Error("what it did before is not forgotten")
		}
	})
}

// One bad client behind an address takes nothing from the others there, as long as their tokens were right before.
func TestKnownTokensPassAShutOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := auth.DefaultLimits()
		limits.Guesses, limits.Pause = 3, 0
		l := auth.NewLimiter(limits)
		_ = l.Right(one, "good", 0, 0)
		_ = l.Right(one, "soon revoked", 0, 0)
		_ = l.Right(other, "good elsewhere", 0, 0)
		for range 3 {
			mustWrong(t, l, one)
		}
		wantWait(t, "a token that was right", try(l, one, "good"), 0)
		wantWait(t, "a token that is not known", try(l, one, "new"), time.Minute)
		wantWait(t, "a token that was right elsewhere", try(l, one, "good elsewhere"), time.Minute)
		if _, err := l.Wrong(t.Context(), one, "soon revoked"); err != nil {
			t.Error(err)
		}
		wantWait(t, "a token that was right and is no more", try(l, one, "soon revoked"), 2*time.Minute)

		time.Sleep(24*time.Hour + time.Second)
		for range 3 {
			mustWrong(t, l, one)
		}
		wantWait(t, "a token that was right long ago", try(l, one, "good"), time.Minute)
	})
}

// A good token does not forgive the wrong ones: who has one could guess at others for ever.
func TestRightForgivesNothing(t *testing.T) {
	l := auth.NewLimiter(auth.Limits{Guesses: 10})
	for i := 1; i <= 10; i++ {
		_ = l.Right(one, "good", 0, 0)
		if shutOut := mustWrong(t, l, one); shutOut != (i == 10) {
			t.Errorf("wrong secret %d: shut out is %v", i, shutOut)
		}
	}
}

// Answers that are held back are few, all together and to one address; the others are refused at once.
func TestPausesAreBounded(t *testing.T) {
	for name, from := range map[string]func(i int) netip.Addr{
		"from everywhere":  func(i int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("10.0.%d.%d", i/250, i%250)) },
		"from one address": func(int) netip.Addr { return one },
	} {
		synctest.Test(t, func(t *testing.T) {
			limits := auth.DefaultLimits()
			limits.Guesses = 1
			l := auth.NewLimiter(limits)
			var waited, refused atomic.Int64
			begun := time.Now()
			var all sync.WaitGroup
			for i := range 1000 {
				all.Go(func() {
					_, err := l.Wrong(t.Context(), from(i), "wrong")
					switch passed := time.Since(begun); {
					case err == nil && passed == limits.Pause:
						waited.Add(1)
					case err != nil && passed == 0:
						refused.Add(1)
					default:
						t.Errorf("%s: %v after %v", name, err, passed)
					}
				})
			}
			all.Wait()
			want := int64(64)
			if name == "from one address" {
				want = 1
			}
			t.Logf("%s: of 1000 wrong secrets at once %d waited for %v, %d were refused at once", name, waited.Load(), limits.Pause, refused.Load())
			if waited.Load() != want || refused.Load() != 1000-want {
				t.Errorf("%s: %d waited, want %d", name, waited.Load(), want)
			}
		})
	}
}

// Nobody waits for a client that has gone.
func TestPauseEndsWithItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := auth.DefaultLimits()
		limits.Guesses = 1
		l := auth.NewLimiter(limits)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		begun := time.Now()
		if _, err := l.Wrong(ctx, one, "wrong"); err != nil || time.Since(begun) != time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

// What a clean slate costs: to have its wrong secrets forgotten, an address needs as many others as the table holds,
// each of which sends one.
func TestForgettingCostsAddresses(t *testing.T) {
	const table = 1 << 15
	l := auth.NewLimiter(auth.Limits{Guesses: 3})
	mustWrong(t, l, one)
	mustWrong(t, l, one)
	for i := range table - 1 {
		mustWrong(t, l, netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if !mustWrong(t, l, one) {
		t.Errorf("%d other addresses were enough to be forgotten", table-1)
	}
}
