package auth

import (
	"runtime"
	"sync"
	"time"
)

// pacer makes hashing leave to others what they want of the cores, where priorities are not enough: a thread of the
// lowest one fills every gap between two turns of the others, who lose a fifth of their speed by taking the core back each
// time. So it looks at how much of a core a hash was given. While that is little, hashes are made one at a time, with a rest
// after each. See docs/adr/0014-hashing.md.
type pacer struct {
	cores int

	mu      sync.Mutex
	room    *sync.Cond
	busy    int
	crowded bool
}

const (
	crowdedBelow = 1. / 3 // of a core: others want the cores
	freeAbove    = 2. / 3 // they do no more
	longestRest  = 600 * time.Millisecond
)

func newPacer(cores int) *pacer {
	p := &pacer{cores: cores}
	p.room = sync.NewCond(&p.mu)
	return p
}

// do does some work once there is room for it.
func (p *pacer) do(work func()) {
	p.enter()
	runtime.LockOSThread()
	before, started := threadTime(), time.Now()
	work()
	took := time.Since(started)
	used := threadTime() - before
	runtime.UnlockOSThread()
	p.leave(used, took)
}

func (p *pacer) enter() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.busy >= p.atOnce() {
		p.room.Wait()
	}
	p.busy++
}

func (p *pacer) atOnce() int {
	if p.crowded {
		return 1
	}
	return p.cores
}

// leave makes room for the next, after a rest where others want the cores. Work of some length used less of a core's time.
func (p *pacer) leave(used, took time.Duration) {
	p.mu.Lock()
	switch share := float64(used) / float64(took); {
	case share < crowdedBelow:
		p.crowded = true
	case share > freeAbove:
		p.crowded = false
	}
	crowded := p.crowded
	p.mu.Unlock()
	if crowded {
		time.AfterFunc(min(2*took, longestRest), p.release)
	} else {
		p.release()
	}
}

func (p *pacer) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	p.room.Broadcast()
}
