package auth

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/crypto/bcrypt"
)

// DefaultCost is the bcrypt cost of new hashes.
const DefaultCost = 10

// ErrHashingBusy means that more passwords wait to be hashed than the queue holds.
var ErrHashingBusy = errors.New("too many passwords are waiting to be hashed")

// hashQueue bounds the passwords that may wait: at about 20 hashes a second and core, the last
// of them is done within the time that a client waits.
const hashQueue = 128

// Hasher hashes passwords, as many at once as there are cores, so that a storm of new passwords
// takes neither memory nor the time of calls that need no hash.
type Hasher struct {
	cost    int
	waiting chan struct{} // one for each password in the house
	working chan struct{} // one for each password being hashed
}

// NewHasher makes a hasher of the given bcrypt cost.
func NewHasher(cost int) *Hasher {
	return &Hasher{
		cost:    cost,
		waiting: make(chan struct{}, hashQueue),
		working: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
}

// Load is how many passwords are being worked on, and how many wait.
func (h *Hasher) Load() (working, waiting int) {
	working = len(h.working)
	return working, max(len(h.waiting)-working, 0)
}

// Seal hashes the password and forgets it. It fails with [ErrHashingBusy] when the queue is full
// or ctx ends first.
func (p *NewPassword) Seal(ctx context.Context, h *Hasher) error {
	if p.secret == nil || p.secret.plain == nil {
		return nil
	}
	hash, err := h.hash(ctx, p.secret.plain)
	if err != nil {
		return err
	}
	clear(p.secret.plain)
	p.secret = &secret{hash: hash}
	return nil
}

func (h *Hasher) hash(ctx context.Context, plain []byte) (hash string, err error) {
	err = h.work(ctx, func() error {
		made, err := bcrypt.GenerateFromPassword(plain, h.cost)
		hash = string(made)
		return err
	})
	return hash, err
}

// Matches reports whether a hash is that of the password. It fails as Seal does.
func (h *Hasher) Matches(ctx context.Context, hash, password string) (same bool, err error) {
	err = h.work(ctx, func() error {
		err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
		same = err == nil
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return nil
		}
		return err
	})
	return same, err
}

// work does what takes long once it is this call's turn.
func (h *Hasher) work(ctx context.Context, do func() error) error {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return ErrHashingBusy
	}
	select {
	case h.working <- struct{}{}:
		defer func() { <-h.working }()
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrHashingBusy, ctx.Err())
	}
	return do()
}
