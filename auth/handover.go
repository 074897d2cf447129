package auth

import (
	"io"
	"sync"
	"time"
)

// handover keeps back what the process that hashes tells, while it will have more to tell soon, to tell it all at once. Who is
// told one thing at a time does what follows, which is an account to be written, with caches that hashing has emptied each
// time. See docs/adr/0014-hashing.md.
type handover struct {
	out  io.WriteCloser
	soon func(within time.Duration) bool // whether there will be more

	mu    sync.Mutex
	kept  []byte
	count int // of the results in it
	late  *time.Timer
}

const (
	keptMost    = 8                      // results; with more little is won
	keptLongest = 250 * time.Millisecond // off the time of a call: see afterHashing
)

// Write takes one result. It tells those that are kept with it, or keeps it too. An error may be that of an earlier one.
func (h *handover) Write(result []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = append(h.kept, result...)
	h.count++
	if h.count >= keptMost || !h.soon(keptLongest) {
		return len(result), h.flush()
	}
	if h.late == nil {
		h.late = time.AfterFunc(keptLongest, h.tell)
	}
	return len(result), nil
}

// tell tells what is kept, as late as it may be. Whether that fails shows with what comes next.
func (h *handover) tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.flush()
}

// flush tells what is kept. The caller holds mu.
func (h *handover) flush() error {
	if h.late != nil {
		h.late.Stop()
		h.late = nil
	}
	if h.count == 0 {
		return nil
	}
	_, err := h.out.Write(h.kept)
	h.kept, h.count = h.kept[:0], 0
	return err
}

// Close tells what is kept, and closes.
func (h *handover) Close() error {
	h.tell()
	return h.out.Close()
}
