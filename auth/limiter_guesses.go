package auth

import (
	"context"
	"hash/maphash"
	"net/netip"
	"time"
)

const (
	firstShutOut = time.Minute      // and twice as long with each wrong secret after it,
	lastShutOut  = 15 * time.Minute // up to this
	guessMemory  = 15 * time.Minute // how long after its last wrong secret, or its shut-out, an address is remembered
	knownFor     = 24 * time.Hour   // how long a token that was right is let through a shut-out of its address
	knownAgain   = 1440             // how often in that time it is noted that it was right again
	maxPausing   = 64               // answers that wait at a time
)

// guesses is what a limiter remembers of secrets that were sent. Who is shut out has a table of its
// own, and so has who was right: neither can be flushed by wrong secrets from many addresses.
type guesses struct {
	seed    maphash.Seed
	suspect *table[netip.Addr, *suspect]
	shut    *table[netip.Addr, *ban]
	known   *table[knownSecret, time.Time] // when it was right last
	pausing chan struct{}                  // one for each answer that waits
}

// suspect is an address that sent wrong secrets.
type suspect struct {
	wrong   int
	last    time.Time
	pausing bool // an answer to it waits
}

// ban is of an address that sent too many.
type ban struct {
	until time.Time
	next  time.Duration // for how long the next wrong secret shuts it out
}

// knownSecret is a token that was right from an address. Its fingerprint is keyed and of this
// process; it proves nothing, it only lets a call go on to be authenticated.
type knownSecret struct {
	from        netip.Addr
	fingerprint uint64
}

// anySecret stands for all tokens of an address. That a token has this fingerprint harms nobody.
const anySecret = 0

func newGuesses() guesses {
	return guesses{seed: maphash.MakeSeed(), suspect: newTable[netip.Addr, *suspect](), shut: newTable[netip.Addr, *ban](),
		known: newTable[knownSecret, time.Time](), pausing: make(chan struct{}, maxPausing)}
}

// Try says whether a secret may be looked up at all: not from an address that is shut out, unless
// the secret was right from there not long ago. A [*TooOftenError] is a call to be refused.
func (l *Limiter) Try(from netip.Addr, secret string) error {
	if !l.anyShut.Load() {
		return nil
	}
	who, now := payer(from), l.limits.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait := l.shutFor(who, now); wait > 0 && !l.isKnown(who, maphash.String(l.seed, secret), now) {
		return tooManyGuesses(wait)
	}
	return nil
}

// Right remembers a token that was right, and takes a call from its budget as Spend does. It forgives nothing: who has
// one good token could otherwise guess at others for ever.
func (l *Limiter) Right(from netip.Addr, secret string, token, perMinute int64) error {
	who, now := payer(from), l.limits.Now()
	fingerprint := maphash.String(l.seed, secret)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limits.Guesses > 0 {
		l.remember(who, fingerprint, now)
	}
	return l.spend(token, perMinute, now)
}

// remember notes that a secret was right, now and then.
func (l *Limiter) remember(who netip.Addr, fingerprint uint64, now time.Time) {
	if last, was := l.known.Peek(knownSecret{who, fingerprint}); was && now.Sub(last) < knownFor/knownAgain {
		return
	}
	l.known.Add(knownSecret{who, fingerprint}, now)
	l.known.Add(knownSecret{who, anySecret}, now)
}

// Wrong counts a secret that was nobody's, and tells whether the address is shut out now. From a
// quarter of the guesses on it returns after a pause, or at once with a [*TooOftenError] where
// another answer to that address, or too many answers, wait already.
func (l *Limiter) Wrong(ctx context.Context, from netip.Addr, secret string) (shutOut bool, err error) {
	if l.limits.Guesses <= 0 {
		return false, nil
	}
	s, shutOut := l.count(payer(from), secret)
	return shutOut, l.pause(ctx, s)
}

// count counts a wrong secret and tells whether its sender is shut out for it.
func (l *Limiter) count(who netip.Addr, secret string) (s *suspect, shutOut bool) {
	now := l.limits.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known.Remove(knownSecret{who, maphash.String(l.seed, secret)})
	s, seen := l.suspect.Get(who)
	if !seen || now.Sub(s.last) > guessMemory {
		s = &suspect{}
		l.suspect.Add(who, s)
	}
	s.wrong++
	s.last = now
	if out, was := l.shut.Get(who); was && now.Sub(out.until) <= guessMemory {
		out.until, out.next = now.Add(out.next), min(2*out.next, lastShutOut)
		return s, true
	}
	if s.wrong < l.limits.guesses() {
		return s, false
	}
	l.anyShut.Store(true)
	l.shut.Add(who, &ban{until: now.Add(firstShutOut), next: 2 * firstShutOut})
	return s, true
}

// pause waits where the suspect is to be slowed.
func (l *Limiter) pause(ctx context.Context, s *suspect) error {
	begun, slow := l.beginPause(s)
	if !slow {
		return nil
	}
	if !begun {
		return tooManyGuesses(l.limits.Pause)
	}
	defer l.endPause(s)
	over := time.NewTimer(l.limits.Pause)
	defer over.Stop()
	select {
	case <-over.C:
	case <-ctx.Done():
	}
	return nil
}

func (l *Limiter) beginPause(s *suspect) (begun, slow bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limits.Pause <= 0 || s.wrong <= l.limits.guesses()/4 {
		return false, false
	}
	if s.pausing {
		return false, true
	}
	select {
	case l.pausing <- struct{}{}:
		s.pausing = true
	default:
	}
	return s.pausing, true
}

func (l *Limiter) endPause(s *suspect) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.pausing = false
	<-l.pausing
}

// shutFor gives how long an address is still shut out. Looking does not keep it from being forgotten.
func (l *Limiter) shutFor(who netip.Addr, now time.Time) time.Duration {
	out, was := l.shut.Peek(who)
	if !was {
		return 0
	}
	return out.until.Sub(now)
}

func (l *Limiter) isKnown(who netip.Addr, fingerprint uint64, now time.Time) bool {
	last, was := l.known.Peek(knownSecret{who, fingerprint})
	return was && now.Sub(last) <= knownFor
}

func tooManyGuesses(wait time.Duration) *TooOftenError {
	return tooOften(wait, "Too many wrong tokens or sign-on links were sent from this address")
}
