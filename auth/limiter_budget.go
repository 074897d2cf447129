package auth

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// budget is what somebody may still call, nil for as often as they like.
type budget struct{ *rate.Limiter }

// ofAddress gives the budget of an address. The caller holds mu.
func (l *Limiter) ofAddress(who netip.Addr, now time.Time) budget {
	return budgetOf(l.addresses, who, l.limits.Address.share(l.limits.Nodes()), now)
}

// ofToken gives the budget of a token, whose own rate is 0 where it has none. The caller holds mu.
func (l *Limiter) ofToken(token, perMinute int64, now time.Time) budget {
	allowed := l.limits.Token
	if perMinute > 0 {
		allowed = Rate{PerMinute: int(perMinute), Burst: int(perMinute)}
	}
	return budgetOf(l.tokens, token, allowed.share(l.limits.Nodes()), now)
}

// budgetOf gives who's budget, which is full where they were not heard of.
func budgetOf[K comparable](budgets *table[K, *rate.Limiter], who K, allowed Rate, now time.Time) budget {
	if allowed.PerMinute <= 0 {
		return budget{}
	}
	known, seen := budgets.Get(who)
	if !seen {
		known = rate.NewLimiter(allowed.perSecond(), allowed.Burst)
		budgets.Add(who, known)
	}
	if known.Limit() != allowed.perSecond() || known.Burst() != allowed.Burst { // the operator changed it, or nodes came or went
		known.SetLimitAt(now, allowed.perSecond())
		known.SetBurstAt(now, allowed.Burst)
	}
	return budget{known}
}

// spend takes one call, or gives how long until there is one to take.
func (b budget) spend(now time.Time) time.Duration {
	if b.Limiter == nil || b.AllowN(now, 1) {
		return 0
	}
	return b.wait(now)
}

// wait gives how long until there is a call to take, 0 where there is one.
func (b budget) wait(now time.Time) time.Duration {
	if b.Limiter == nil {
		return 0
	}
	lacking := 1 - b.TokensAt(now)
	if lacking <= 0 {
		return 0
	}
	return time.Duration(lacking / float64(b.Limit()) * float64(time.Second))
}
