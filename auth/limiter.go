package auth

import (
	"fmt"
	"hash/maphash"
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Limits say how often is called and how often guessed. A zero field is no limit.
type Limits struct {
	Token   Rate // calls with one token that has no rate of its own
	Address Rate // calls from one address
	Guesses int  // wrong secrets from one address before it is shut out

	Pause time.Duration    // what the answer to a wrong secret waits, once a quarter of Guesses is used up
	Now   func() time.Time // nil: time.Now
	Nodes func() int       // among how many servers the limits are divided, who all count by themselves; nil: one
}

// DefaultLimits let a nightly run over some thousand accounts pass at any speed, one call each.
func DefaultLimits() Limits {
	return Limits{Token: Rate{1200, 6000}, Address: Rate{2400, 12000}, Guesses: 20, Pause: time.Second}
}

// TooOftenError says that somebody must wait before the next call.
type TooOftenError struct {
	Retry  time.Duration // when to come again
	Reason string        // what there was too much of, for people
}

// Error is the reason, fit for the caller.
func (e *TooOftenError) Error() string { return e.Reason }

// share is what one of some nodes allows of a limit. It is rounded up: a small limit is not to be none, and all of them
// together allow less than one more for each node.
func share(limit, nodes int) int {
	return (limit + nodes - 1) / nodes
}

// guesses is how many wrong secrets shut an address out at this node.
func (l Limits) guesses() int { return share(l.Guesses, l.Nodes()) }

// tableSize bounds each table of a limiter. Who was not heard of for longest is forgotten first.
const tableSize = 1 << 15

// Limiter keeps account of calls and of wrong secrets, in memory that does not grow with the number
// of those who call. Make one with [NewLimiter]. It is safe for concurrent use.
type Limiter struct {
	limits Limits

	mu        sync.Mutex
	addresses *table[netip.Addr, *rate.Limiter]
	tokens    *table[int64, *rate.Limiter]
	guesses
	anyShut atomic.Bool // an address was shut out once
}

// NewLimiter makes a limiter that has seen nobody yet.
func NewLimiter(limits Limits) *Limiter {
	if limits.Now == nil {
		limits.Now = time.Now
	}
	if limits.Nodes == nil {
		limits.Nodes = func() int { return 1 }
	}
	return &Limiter{limits: limits, addresses: newTable[netip.Addr, *rate.Limiter](),
		tokens: newTable[int64, *rate.Limiter](), guesses: newGuesses()}
}

// table holds the entries that were looked up last, at most tableSize of them.
type table[K comparable, V any] struct{ *simplelru.LRU[K, V] }

func newTable[K comparable, V any]() *table[K, V] {
	lru, err := simplelru.NewLRU[K, V](tableSize, nil)
	if err != nil { // the size is not positive
		panic(err)
	}
	return &table[K, V]{lru}
}

// payer is who an address stands for: itself, or its /64, of which one customer has all.
func payer(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if address.Is6() {
		return netip.PrefixFrom(address, 64).Masked().Addr()
	}
	return address
}

// Call takes a call from the budget of the address that it comes from. It looks at nothing of the
// call, so it can be asked before anything is read. A [*TooOftenError] is a call to be refused.
func (l *Limiter) Call(from netip.Addr) error {
	who, now := payer(from), l.limits.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait := l.ofAddress(who, now).spend(now); wait > 0 {
		return tooManyOfAddress(wait)
	}
	return l.isLetIn(who, now)
}

// Spend takes a call from the budget of a token. perMinute is the token's own rate, 0 where it has
// none. A [*TooOftenError] is a call to be refused.
func (l *Limiter) Spend(token, perMinute int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.spend(token, perMinute, l.limits.Now())
}

func (l *Limiter) spend(token, perMinute int64, now time.Time) error {
	if wait := l.ofToken(token, perMinute, now).spend(now); wait > 0 {
		return tooManyOfToken(wait)
	}
	return nil
}

// Recall is Call and Right for a call of which nothing was counted yet: it takes from both budgets, or from neither.
func (l *Limiter) Recall(from netip.Addr, secret string, token, perMinute int64) error {
	who, now := payer(from), l.limits.Now()
	fingerprint := maphash.String(l.seed, secret)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(who, now); err != nil {
		return err
	}
	address, ofToken := l.ofAddress(who, now), l.ofToken(token, perMinute, now)
	if wait := ofToken.wait(now); wait > 0 {
		return tooManyOfToken(wait)
	}
	if l.limits.Guesses > 0 {
		l.remember(who, fingerprint, now)
	}
	address.spend(now)
	ofToken.spend(now)
	return nil
}

// Room says whether Call would let a call in, and takes nothing.
func (l *Limiter) Room(from netip.Addr) error {
	who, now := payer(from), l.limits.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.room(who, now)
}

func (l *Limiter) room(who netip.Addr, now time.Time) error {
	if wait := l.ofAddress(who, now).wait(now); wait > 0 {
		return tooManyOfAddress(wait)
	}
	return l.isLetIn(who, now)
}

// isLetIn refuses an address that is shut out, unless some token was right from there.
func (l *Limiter) isLetIn(who netip.Addr, now time.Time) error {
	if wait := l.shutFor(who, now); wait > 0 && !l.isKnown(who, anySecret, now) {
		return tooManyGuesses(wait)
	}
	return nil
}

func tooManyOfAddress(wait time.Duration) *TooOftenError {
	return tooOften(wait, "Too many calls came from this address")
}

func tooManyOfToken(wait time.Duration) *TooOftenError {
	return tooOften(wait, "Too many calls were made with this token")
}

func tooOften(wait time.Duration, reason string) *TooOftenError {
	seconds := max(int(math.Ceil(wait.Seconds())), 1)
	return &TooOftenError{Retry: time.Duration(seconds) * time.Second,
		Reason: fmt.Sprintf("%s; try again in %d s.", reason, seconds)}
}
