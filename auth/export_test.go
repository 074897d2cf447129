package auth

import (
	"testing"
	"time"
)

// Eventually polls until something is so.
func Eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// NewPausedHasher is NewHasher whose workers seem all busy until resume is called.
func NewPausedHasher(cost int) (h *Hasher, resume func()) {
	h = NewHasher(cost)
	h.working = h.workers
	return h, func() {
		for range h.workers {
			go h.serve()
		}
	}
}

// DoNext does so many of those that wait, one after the other, whether the workers are paused or not.
func (h *Hasher) DoNext(jobs int) {
	for range jobs {
		h.do(h.next())
	}
}

// Waiting is how many passwords wait.
func (h *Hasher) Waiting() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waiting.length
}

// Working is how many workers there are.
func (h *Hasher) Working() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.working
}

// QueueLength is how many passwords may wait.
func (h *Hasher) QueueLength() int { return h.waiting.most }

// ID is the process's number.
func (p *HashProcess) ID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Pid
}

// Lines is how many tokens have passwords waiting.
func (h *Hasher) Lines() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.waiting.lines)
}
