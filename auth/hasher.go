package auth

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// The bcrypt cost of new hashes: each step takes twice the time of the one before.
const (
	DefaultCost = 10
	MinCost     = 10
	MaxCost     = 14 // about a second a hash: with more, the last in the queue would wait longer than a call may take
)

// HashingBusyError means that a password was not hashed: too many wait, its turn did not come in time, its call ended
// first, or who should do it died.
type HashingBusyError struct {
	Retry time.Duration // when those that wait now will be done, about
	Err   error         // nil: too many wait, or it waited too long
}

// Error is for the log.
func (e *HashingBusyError) Error() string {
	text := "passwords cannot be hashed fast enough"
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", text, e.Err)
	}
	return text
}

// Unwrap gives the cause.
func (e *HashingBusyError) Unwrap() error { return e.Err }

// Hasher hashes passwords, as many at once as there are cores. Tokens that have passwords waiting take turns. Its workers
// begin with the first password that waits and end with the last, so a hasher needs no closing.
type Hasher struct {
	cost    int
	workers int // at most
	bcrypt  func(HashWork, *HashResult) error

	mu      sync.Mutex
	waiting queue
	working int
	took    time.Duration // by one hash, lately
}

// job is a password to be hashed or compared.
type job struct {
	work   HashWork
	until  time.Time // when it has to be done; zero: whenever
	result HashResult
	err    error
	done   chan struct{} // closed when result or err is there
}

// NewHasher makes a hasher of the given bcrypt cost, which hashes in this process.
func NewHasher(cost int) *Hasher {
	return &Hasher{cost: cost, workers: runtime.GOMAXPROCS(0), waiting: queue{most: queueLength(cost)}, bcrypt: bcryptService{}.Do}
}

// Load is how many passwords are being worked on, and how many wait.
func (h *Hasher) Load() (working, waiting int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.working, h.waiting.length
}

// NewHasherIn is NewHasher that has another process hash, so that a storm of new passwords takes only the time that
// calls without one leave.
func NewHasherIn(p *HashProcess, cost int) *Hasher {
	h := NewHasher(cost)
	h.bcrypt = p.do
	h.workers *= 2 // one at hand for each that is being done, so that the process never waits for this one
	if p.yields() {
		h.workers += keptMost // and what it has done and not yet told
	}
	return h
}

// queueLength bounds the passwords that wait: at the default cost and 20 hashes a second and core, the last of
// them is done in a few seconds. Where each takes longer, fewer wait.
func queueLength(cost int) int {
	return max(16, 128>>max(0, cost-DefaultCost))
}

// longestWait is how long a password waits for its turn. Calls are given up not much later, so that what was hashed then
// would be hashed in vain.
const longestWait = 8 * time.Second

// afterHashing is what a call needs of its time for what comes once its password is hashed, which may be told late.
const afterHashing = keptLongest + 500*time.Millisecond

// Seal hashes the password and forgets it. It fails with [HashingBusyError] when ctx ends, when its turn does not come in
// time, or when the queue is full and no token has more in it than this one.
func (p *NewPassword) Seal(ctx context.Context, h *Hasher, token int64) error {
	if p.secret == nil || p.secret.plain == nil {
		return nil
	}
	made, err := h.work(ctx, token, HashWork{Password: bytes.Clone(p.secret.plain), Cost: h.cost})
	if err != nil {
		return err
	}
	clear(p.secret.plain)
	p.secret = &secret{hash: string(made.Hash)}
	return nil
}

// Matches reports whether a hash is that of the password. It waits and fails as Seal does.
func (h *Hasher) Matches(ctx context.Context, token int64, hash, password string) (bool, error) {
	compared, err := h.work(ctx, token, HashWork{Password: []byte(password), Hash: []byte(hash)})
	return compared.Same, err
}

// work has a worker do what takes long, once it is the token's turn.
func (h *Hasher) work(ctx context.Context, token int64, work HashWork) (HashResult, error) {
	j := &job{work: work, done: make(chan struct{})}
	if end, ends := ctx.Deadline(); ends {
		j.until = end.Add(-afterHashing)
	}
	h.enter(token, j)
	late := time.NewTimer(longestWait)
	defer late.Stop()
	for {
		select {
		case <-j.done:
			return j.result, j.err
		case <-late.C:
			if left, retry := h.leave(token, j); left {
				return HashResult{}, &HashingBusyError{Retry: retry}
			}
		case <-ctx.Done():
			_, retry := h.leave(token, j) // or a worker has begun, for nobody
			return HashResult{}, &HashingBusyError{retry, ctx.Err()}
		}
	}
}

// leave takes a job out of the queue, if it is still there, and tells when to come again.
func (h *Hasher) leave(token int64, j *job) (left bool, retry time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	retry = h.retry()
	if left = h.waiting.remove(token, j); left {
		clear(j.work.Password)
	}
	return left, retry
}

// enter puts a job into the queue and sees to it that somebody works. Where the queue is full, a job is refused: the
// last of the token that has most there, which may be the one that comes.
func (h *Hasher) enter(token int64, j *job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if refused := h.waiting.push(token, j); refused != nil {
		clear(refused.work.Password)
		refused.err = &HashingBusyError{Retry: h.retry()}
		close(refused.done)
	}
	if h.working < h.workers {
		h.working++
		go h.serve()
	}
}

// retry is how long those that wait now will take, about.
func (h *Hasher) retry() time.Duration {
	return max(time.Second, h.took*time.Duration(h.waiting.length)/time.Duration(h.workers))
}

// serve is a worker: it does what waits until nothing does.
func (h *Hasher) serve() {
	for j := h.next(); j != nil; j = h.next() {
		h.do(j)
	}
}

func (h *Hasher) do(j *job) {
	started := time.Now()
	if !j.until.IsZero() {
		j.work.Within = max(j.until.Sub(started), 1)
	}
	j.err = h.bcrypt(j.work, &j.result)
	clear(j.work.Password)
	retry := h.note(time.Since(started))
	if j.result.Late {
		j.err = &HashingBusyError{Retry: retry}
	}
	close(j.done)
}

// note keeps the average time of the last few jobs, and tells when to come again.
func (h *Hasher) note(took time.Duration) (retry time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.took == 0 {
		h.took = took
	}
	h.took += (took - h.took) / 8
	return h.retry()
}

// next takes the job whose turn it is, nil where none waits: then the worker ends.
func (h *Hasher) next() *job {
	h.mu.Lock()
	defer h.mu.Unlock()
	j := h.waiting.pop()
	if j == nil {
		h.working--
	}
	return j
}
