package auth

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// begun says how much work of a pacer goes on by now, of what asked to begin.
func begun(p *pacer, asked int) (n int) {
	entered := make(chan struct{}, asked)
	for range asked {
		go func() {
			p.enter()
			entered <- struct{}{}
		}()
	}
	synctest.Wait()
	return len(entered)
}

func TestPacerUsesAllCores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(3)
		if n := begun(p, 3); n != 3 {
			t.Errorf("%d at once, want 3", n)
		}
		waits := make(chan struct{})
		go func() { p.do(func() {}); close(waits) }()
		synctest.Wait()
		select {
		case <-waits:
			t.Error("more at once than there are cores")
		default:
		}
		for range 3 {
			p.leave(90*time.Millisecond, 100*time.Millisecond)
		}
		<-waits
	})
}

// While work is given little of a core it is done one at a time, with a rest twice as long as the work took.
func TestPacerMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(2)
		begun(p, 2)
		p.leave(time.Millisecond, 100*time.Millisecond)
		p.leave(time.Millisecond, time.Minute)
		began := time.Now()
		for round, want := range []time.Duration{longestRest, longestRest + 200*time.Millisecond} {
			p.enter()
			if waited := time.Since(began); waited != want {
				t.Errorf("round %d began after %v, want %v", round, waited, want)
			}
			p.leave(50*time.Millisecond, 100*time.Millisecond) // neither little nor much: nothing changes
		}
		p.enter()
		p.leave(99*time.Millisecond, 100*time.Millisecond)
		if n := begun(p, 2); n != 2 {
			t.Errorf("%d at once where nobody else wants the cores, want 2", n)
		}
		p.release()
		p.release()
	})
}

// What counts is the time that the thread was given, not the time that it waited.
func TestPacerTellsWorkFromWaiting(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the time of a thread is known on Linux only")
	}
	p, waited := newPacer(2), make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() { close(waited) })
	p.do(func() { <-waited })
	if !p.crowded {
		t.Error("waiting was taken for work")
	}
	for tries := 0; p.crowded; tries++ {
		if tries == 1000 { // where others want the cores it takes some
			t.Fatal("work was taken for waiting")
		}
		p.do(func() {
			for started := time.Now(); time.Since(started) < 5*time.Millisecond; {
			}
		})
	}
}
