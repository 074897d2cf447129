package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// duration is a span of time in a flag, in days too: 90d, 24h, 1h30m.
type duration time.Duration

func (d duration) span() time.Duration { return time.Duration(d) }

// UnmarshalText reads what time.ParseDuration does, and whole days.
func (d *duration) UnmarshalText(text []byte) error {
	if days, isDays := strings.CutSuffix(string(text), "d"); isDays {
		n, err := strconv.ParseInt(days, 10, 16)
		if err == nil {
			*d = duration(time.Duration(n) * 24 * time.Hour)
			return nil
		}
	}
	span, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("want a duration such as 24h, 1h30m or 90d")
	}
	*d = duration(span)
	return nil
}

// moment is a point in time in a flag: a date, a date with time, or a duration from now on.
type moment struct {
	at    time.Time
	later *duration
}

// UnmarshalText reads 2027-01-31, 2027-01-31T12:00:00Z, or what a duration is.
func (m *moment) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, string(text)); err == nil {
			m.at = at
			return nil
		}
	}
	m.later = new(duration)
	if m.later.UnmarshalText(text) != nil {
		return fmt.Errorf("want a date such as 2027-01-31 or 2027-01-31T12:00:00Z, or a duration from now such as 90d")
	}
	return nil
}

// from is the moment, seen from now; zero where none was given.
func (m moment) from(now time.Time) time.Time {
	if m.later != nil {
		return now.Add(m.later.span())
	}
	return m.at
}
