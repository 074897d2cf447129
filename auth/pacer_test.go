package auth

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// newPacerOf makes a pacer whose work takes 100 ms, of which it is given a core for so many.
func newPacerOf(t *testing.T, cores int, given *atomic.Int64) *pacer {
	t.Cleanup(func() { time.Sleep(time.Hour) }) // all that is under way ends
	p := newPacer(cores)
	p.look = func() {} // processor time goes on by another clock
	p.timed = func(work func()) (used, due time.Duration) {
		work()
		time.Sleep(100 * time.Millisecond)
		return time.Duration(given.Load()) * time.Millisecond, 100 * time.Millisecond
	}
	return p
}

// newRestingPacer makes a pacer of two cores that rests on both, since it was given a tenth of a core.
func newRestingPacer(t *testing.T, given *atomic.Int64) *pacer {
	given.Store(10)
	p := newPacerOf(t, 2, given)
	spans(p, 2)
	time.Sleep(110 * time.Millisecond)
	return p
}

// spans does some work as often and gives when each began.
func spans(p *pacer, times int) (began []time.Duration) {
	zero, started := time.Now(), make(chan time.Duration, times)
	for range times {
		go p.do(0, func() { started <- time.Since(zero) })
	}
	for range times {
		began = append(began, <-started)
	}
	return began
}

func wantSpans(t *testing.T, got []time.Duration, want ...time.Duration) {
	t.Helper()
	for i, at := range want {
		if got[i] != at*time.Millisecond {
			t.Errorf("began at %v, want at %d ms", got, want)
			return
		}
	}
}

func TestPacerUsesAllCores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var given atomic.Int64
		given.Store(90)
		wantSpans(t, spans(newPacerOf(t, 3, &given), 7), 0, 0, 0, 100, 100, 100, 200)
	})
}

// While work is given little of a core it is done one at a time, with a rest twice as long as it took.
func TestPacerRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var given atomic.Int64
		given.Store(10)
		wantSpans(t, spans(newPacerOf(t, 2, &given), 4), 0, 0, 300+50, 300+50+350)
	})
}

// What would be done too late is not begun, so that what came later is.
func TestPacerPassesOverWhatIsTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var given atomic.Int64
		service := bcryptService{newRestingPacer(t, &given)} // for 190 ms more
		late := func(within time.Duration) chan bool {
			told := make(chan bool, 1)
			go func() {
				var result HashResult
				err := service.Do(HashWork{Password: []byte(somePassword), Cost: bcrypt.MinCost, Within: within}, &result)
				if err != nil || result.Late == (len(result.Hash) > 0) {
					t.Errorf("%v: %v", result, err)
				}
				told <- result.Late
			}()
			synctest.Wait()
			return told
		}
		first, second, third := late(200*time.Millisecond), late(500*time.Millisecond), late(0)
		if !<-first || <-second || <-third {
			t.Error("want the first to be late, and no other")
		}
		time.Sleep(time.Minute) // the rest ends
		if <-late(time.Nanosecond) {
			t.Error("what is begun at once is late")
		}
	})
}

// A rest ends, and all cores are used again, once a look shows that nobody wants them.
func TestPacerGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var given atomic.Int64
		p := newRestingPacer(t, &given)

		given.Store(90)
		wantSpans(t, spans(p, 3), 240, 240, 340)
	})
}

// Who waits is served in turn, though those who were served come again at once.
func TestPacerIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var given atomic.Int64
		given.Store(10)
		p, ctx := newPacerOf(t, 2, &given), t.Context()
		var counts [4]atomic.Int64
		for i := range counts {
			go func() {
				for ctx.Err() == nil {
					p.do(0, func() { counts[i].Add(1) })
				}
			}()
		}
		time.Sleep(time.Minute)
		least, most := counts[0].Load(), counts[0].Load()
		for i := range counts {
			n := counts[i].Load()
			least, most = min(least, n), max(most, n)
		}
		if least < 20 || most > least+1 {
			t.Errorf("%d to %d times each, want as often", least, most)
		}
	})
}

// Once nothing more comes, what was begun is done without rests, though others want the cores.
func TestPacerFinishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var given atomic.Int64
		p := newRestingPacer(t, &given)
		p.finish()
		wantSpans(t, spans(p, 3), 240, 240, 340) // after a last look
	})
}

// In between nothing changes: what is crowded stays so, and what is not.
func TestPacerIsSteady(t *testing.T) {
	p := newPacer(2)
	for _, used := range []time.Duration{50, 10, 50, 90, 50} {
		before := p.crowded
		if p.note(used, 100); used == 50 && p.crowded != before {
			t.Errorf("half of a core: crowded is %v, was %v", p.crowded, before)
		}
	}
}

func TestPacerKnowsWhetherMoreIsDoneSoon(t *testing.T) {
	next := []chan struct{}{nil}
	for _, c := range []struct {
		what  string
		pacer *pacer
		soon  bool
	}{
		{"another waits", &pacer{waiting: next, took: time.Second}, true},
		{"none does", &pacer{took: time.Second}, false},
		{"it takes longer", &pacer{waiting: next, took: time.Second + 1}, false},
		{"there are rests", &pacer{waiting: next, took: time.Second, crowded: true}, false},
		{"nothing more comes", &pacer{waiting: next, took: time.Second, finished: true}, false},
	} {
		if got := c.pacer.soon(time.Second); got != c.soon {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

// All that runs at once is due a core each, and nothing is while nothing runs.
func TestPacerKnowsWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(2)
		dues := make(chan time.Duration)
		for _, at := range []time.Duration{0, 50, 200} {
			go func() {
				time.Sleep(at * time.Millisecond)
				_, due := p.metered(func() { time.Sleep(100 * time.Millisecond) })
				dues <- due
			}()
		}
		for _, want := range []time.Duration{150, 150, 100} { // the first two have half of their time in common
			if due := <-dues; due != want*time.Millisecond {
				t.Errorf("%v are due, want %d ms", due, want)
			}
		}
	})
}

// What counts is the time that the process was given, not the time that it waited.
func TestPacerTellsWorkFromWaiting(t *testing.T) {
	p, waited := newPacer(2), make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() { close(waited) })
	p.do(0, func() { <-waited })
	if !p.isCrowded() {
		t.Error("waiting was taken for work")
	}
	for tries := 0; p.isCrowded(); tries++ {
		if tries == 1000 { // where others want the cores it takes some
			t.Fatal("work was taken for waiting")
		}
		p.do(0, func() {
			for started := time.Now(); time.Since(started) < 5*time.Millisecond; {
			}
		})
	}
}
