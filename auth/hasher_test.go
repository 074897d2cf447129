package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const somePassword = "KExk80Ml5aG6M"

func sealed(ctx context.Context, h *Hasher, token int64) (string, error) {
	var p NewPassword
	err := errors.Join(p.UnmarshalText([]byte(somePassword)), p.Seal(ctx, h, token))
	return p.Hash(), err
}

func TestCostIsInTheHash(t *testing.T) {
	for cost, prefix := range map[int]string{bcrypt.MinCost: "$2a$04$", DefaultCost: "$2a$10$", 12: "$2a$12$"} {
		hash, err := sealed(t.Context(), NewHasher(cost), 1)
		if err != nil || !strings.HasPrefix(hash, prefix) {
			t.Errorf("cost %d: %q, %v", cost, hash, err)
		}
	}
}

func TestMatches(t *testing.T) {
	h := NewHasher(bcrypt.MinCost)
	hash, err := sealed(t.Context(), h, 1)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{somePassword: true, "another5aG6M": false} {
		if same, err := h.Matches(t.Context(), 1, hash, password); err != nil || same != want {
			t.Errorf("%s: %v, %v", password, same, err)
		}
	}
	if _, err := h.Matches(t.Context(), 1, "no hash", somePassword); err == nil {
		t.Error("what is no hash was compared")
	}
}

// Whose turn does not come in time leaves the queue while its call can still say so.
func TestHashingIsNotWaitedForInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, resume := NewPausedHasher(bcrypt.MinCost)
		began := time.Now()
		var busy *HashingBusyError
		if _, err := sealed(t.Context(), h, 1); !errors.As(err, &busy) || busy.Err != nil || busy.Retry < time.Second {
			t.Errorf("in the queue: %v", err)
		}
		if waited := time.Since(began); waited != longestWait || h.Waiting() != 0 {
			t.Errorf("waited for %v, want %v; %d still wait", waited, longestWait, h.Waiting())
		}
		resume()
	})
}

// What has been begun in time is waited for, however long it takes.
func TestHashingThatHasBegunIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(bcrypt.MinCost)
		h.bcrypt = func(w HashWork, r *HashResult) error {
			time.Sleep(longestWait + time.Second)
			return bcryptService{}.Do(w, r)
		}
		if _, err := sealed(t.Context(), h, 1); err != nil {
			t.Error(err)
		}
	})
}

// What hashes is told how much of the call's time is left, and what it does not begin is refused.
func TestHashingThatWouldBeLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(bcrypt.MinCost)
		var within time.Duration
		h.bcrypt = func(w HashWork, r *HashResult) error {
			within, r.Late = w.Within, w.Within > 0
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var busy *HashingBusyError
		if _, err := sealed(ctx, h, 1); !errors.As(err, &busy) || busy.Err != nil || busy.Retry < time.Second || within != 4250*time.Millisecond {
			t.Errorf("within %v: %v", within, err)
		}
		if _, err := sealed(t.Context(), h, 1); err != nil || within != 0 {
			t.Errorf("within %v: %v", within, err)
		}
	})
}

// Who waits keeps its place; who comes to a full queue is told so at once, and when to come again.
func TestHashingQueueIsBounded(t *testing.T) {
	h, resume := NewPausedHasher(DefaultCost)
	h.took = time.Second
	var waiting sync.WaitGroup
	ctx, giveUp := context.WithCancel(t.Context())
	for range h.QueueLength() {
		waiting.Go(func() {
			if _, err := sealed(ctx, h, 1); !errors.Is(err, context.Canceled) {
				t.Errorf("in the queue: %v", err)
			}
		})
	}
	Eventually(t, "a full queue", func() bool { return h.Waiting() == h.QueueLength() })
	_, err := sealed(t.Context(), h, 1)
	var busy *HashingBusyError
	if want := time.Second * time.Duration(h.QueueLength()) / time.Duration(h.workers); !errors.As(err, &busy) || busy.Err != nil || busy.Retry != want {
		t.Errorf("one too many: %#v, want to come again in %v", err, want)
	}
	giveUp()
	waiting.Wait()
	resume()
	if _, err := sealed(t.Context(), h, 1); err != nil {
		t.Errorf("who came later: %v", err)
	}
}

func TestHashingEndsWithItsContext(t *testing.T) {
	h, resume := NewPausedHasher(bcrypt.MinCost)
	defer resume()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var busy *HashingBusyError
	if _, err := sealed(ctx, h, 1); !errors.As(err, &busy) || !errors.Is(err, context.Canceled) || busy.Retry < time.Second {
		t.Errorf("%v", err)
	}
	if h.Waiting() != 0 {
		t.Errorf("%d still wait", h.Waiting())
	}
}

// The longer a hash takes, the fewer may wait, so that the last of them waits no longer than it would otherwise.
func TestQueueLengthGoesByTheCost(t *testing.T) {
	for cost, want := range map[int]int{bcrypt.MinCost: 128, 10: 128, 11: 64, 12: 32, 13: 16, MaxCost: 16} {
		if got := NewHasher(cost).QueueLength(); got != want {
			t.Errorf("cost %d: %d, want %d", cost, got, want)
		}
	}
}

func TestWorkersEndWithTheQueue(t *testing.T) {
	h := NewHasher(bcrypt.MinCost)
	for range 3 {
		var all sync.WaitGroup
		for token := range int64(20) {
			all.Go(func() {
				if _, err := sealed(t.Context(), h, token); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		Eventually(t, "the end of all workers", func() bool { return h.Working() == 0 })
	}
}
