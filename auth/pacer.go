package auth

import (
	"slices"
	"sync"
	"syscall"
	"time"
)

// pacer makes hashing leave to others what they want of the cores, where priorities are not enough: a thread of the
// lowest one fills every gap between two turns of the others, who lose a fifth of their speed by taking the core back each
// time. So it looks at how much of a core a hash was given. While that is little, hashes are made one at a time, with a rest
// after each. See docs/adr/0014-hashing.md.
type pacer struct {
	cores int
	timed func(work func()) (used, due time.Duration) // does work and tells what was used meanwhile of the time that was due
	look  func()

	mu       sync.Mutex
	waiting  []chan struct{} // of work that waits for room, oldest first; closed once there is
	busy     int
	took     time.Duration // by the last work
	crowded  bool
	finished bool          // nothing more comes
	running  int           // what is measured now,
	due      time.Duration // to all that ran, a core for each,
	dueAt    time.Time     // when that was so
}

const (
	crowdedBelow = 1. / 3 // of a core: others want the cores
	freeAbove    = 4. / 5 // they do no more
	longestRest  = 600 * time.Millisecond
	lookEvery    = 150 * time.Millisecond // whether they still do
	lookFor      = 5 * time.Millisecond   // of a core's time,
	lookLongest  = 3 * lookFor            // by when it is clear that this is little of one
)

func newPacer(cores int) *pacer {
	p := &pacer{cores: cores, look: look}
	p.timed = p.metered
	return p
}

// do does some work once there is room for it, and makes room for the next: after a rest, where others want the cores. Work
// that would not be done within the given time, 0 for any, is not begun: then done is false.
func (p *pacer) do(within time.Duration, work func()) (done bool) {
	came := time.Now()
	p.enter()
	if within > 0 && time.Since(came) > within-p.needs(within) {
		p.leave()
		return false
	}
	took := p.measure(work)
	if p.worked(took) {
		go p.leaveLater(min(2*took, longestRest))
	} else {
		p.leave()
	}
	return true
}

// needs is how long work will take, going by the last. It is no more than a quarter of the time that there is: what is
// begun at once is always begun, and tells anew how long it takes.
func (p *pacer) needs(within time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return min(p.took, within/4)
}

// worked notes how long work took. It reports whether others want the cores.
func (p *pacer) worked(took time.Duration) (crowded bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took = took
	return p.crowded
}

// enter waits for room, in turn.
func (p *pacer) enter() {
	turn := make(chan struct{})
	p.mu.Lock()
	p.waiting = append(p.waiting, turn)
	p.admit()
	p.mu.Unlock()
	<-turn
}

// admit lets those who wait begin for whom there is room. The caller holds mu.
func (p *pacer) admit() {
	for len(p.waiting) > 0 && p.busy < p.atOnce() {
		p.busy++
		close(p.waiting[0])
		p.waiting = slices.Delete(p.waiting, 0, 1)
	}
}

func (p *pacer) atOnce() int {
	if p.crowded {
		return 1
	}
	return p.cores
}

func (p *pacer) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	p.admit()
}

// leaveLater leaves after a rest, or once nobody wants the cores any more.
func (p *pacer) leaveLater(rest time.Duration) {
	defer p.leave()
	for end := time.Now().Add(rest); p.isCrowded(); p.measure(p.look) {
		left := time.Until(end)
		time.Sleep(min(left, lookEvery))
		if left <= lookEvery {
			return
		}
	}
}

// look takes a little of a core's time, to see how long that takes.
func look() {
	used, began := processorTime(), time.Now()
	for processorTime()-used < lookFor && time.Since(began) < lookLongest {
	}
}

// measure does some work, and notes how much of a core it was given.
func (p *pacer) measure(work func()) (took time.Duration) {
	began := time.Now()
	p.note(p.timed(work))
	return time.Since(began)
}

// metered measures work by the time of the process, and what else runs there along with it. (The time of its thread would tell
// more. But work that is bound to its thread is preempted every 10 ms all the same: then the thread sleeps until another one
// hands the work back, for which that may have to wait a tick, while a core is idle.)
func (p *pacer) metered(work func()) (used, due time.Duration) {
	usedBefore, dueBefore := p.meter(1)
	work()
	used, due = p.meter(-1)
	return used - usedBefore, due - dueBefore
}

// meter tells what the process has used and what it was due. From now on so many more run.
func (p *pacer) meter(more int) (used, due time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.due += time.Duration(p.running) * now.Sub(p.dueAt)
	p.running, p.dueAt = p.running+more, now
	return processorTime(), p.due
}

// processorTime is what this process has used of all cores. Where the system does not tell, it is the time that has passed: as
// if it had one to itself.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// note draws the conclusion from how much was used of the time that was due.
func (p *pacer) note(used, due time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch share := float64(used) / float64(due); {
	case p.finished:
	case share < crowdedBelow:
		p.crowded = true
	case share > freeAbove:
		p.crowded = false
	}
}

// finish makes what has been begun end soon: nobody is served any more who would be slowed by it.
func (p *pacer) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finished, p.crowded = true, false
	p.admit()
}

// soon reports whether other work will be done within the given time, for all that is known.
func (p *pacer) soon(within time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) > 0 && p.took <= within && !p.crowded && !p.finished
}

func (p *pacer) isCrowded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.crowded
}
