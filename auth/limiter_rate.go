package auth

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/time/rate"
)

// Rate is how many calls are let through: Burst of them at once, and PerMinute in the long run.
// The zero Rate lets all through.
type Rate struct{ PerMinute, Burst int }

// maxRate is more than a server can answer, and little enough to multiply.
const maxRate = 1_000_000

// UnmarshalText reads 1200/m (or 20/s, 72000/h), with how many may come at once behind a colon:
// 1200/m:6000. Without that it is what a minute allows. 0 lets all through.
func (r *Rate) UnmarshalText(text []byte) error {
	steady, burst, hasBurst := strings.Cut(string(text), ":")
	if steady == "0" && !hasBurst {
		*r = Rate{}
		return nil
	}
	count, unit, _ := strings.Cut(steady, "/")
	calls, err := parseCount(count)
	if err != nil {
		return badRate(text)
	}
	switch unit {
	case "s":
		calls *= 60
	case "m":
	case "h":
		calls = max(calls/60, 1)
	default:
		return badRate(text)
	}
	*r = Rate{PerMinute: calls, Burst: calls}
	if hasBurst {
		if r.Burst, err = parseCount(burst); err != nil {
			return badRate(text)
		}
	}
	return nil
}

// String writes a rate as UnmarshalText reads it.
func (r Rate) String() string {
	switch {
	case r.PerMinute <= 0:
		return "0"
	case r.Burst == r.PerMinute:
		return fmt.Sprintf("%d/m", r.PerMinute)
	}
	return fmt.Sprintf("%d/m:%d", r.PerMinute, r.Burst)
}

func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && (n < 1 || n > maxRate) {
		err = strconv.ErrRange
	}
	return n, err
}

func badRate(text []byte) error {
	return fmt.Errorf("%q is no rate: write calls and a unit, such as 1200/m or 20/s, how many at once behind a colon if you like (1200/m:6000), or 0 for no limit", text)
}

func (r Rate) perSecond() rate.Limit { return rate.Limit(r.PerMinute) / 60 }

// share is what one of some nodes allows of a rate.
func (r Rate) share(nodes int) Rate {
	return Rate{PerMinute: share(r.PerMinute, nodes), Burst: share(r.Burst, nodes)}
}
