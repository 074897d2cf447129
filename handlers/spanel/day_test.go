package spanel

import (
	"testing"
	"time"

	"panelgate/store"
)

// now stands still, in the middle of a day.
var now = time.Date(2026, 11, 28, 15, 4, 5, 0, time.UTC)

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Days are read as PHP's strtotime reads them: with dots and hyphens the day comes first, with
// slashes the month, and the year does where it has four digits in front.
func TestReadDay(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-02-03":           date(2026, 2, 3),
		"2026-02-03 04:05:06":  date(2026, 2, 3),
		"2026-02-03T04:05:06Z": date(2026, 2, 3),
		"2026/02/03":           date(2026, 2, 3),
		"20260203":             date(2026, 2, 3),
		"03.02.2026":           date(2026, 2, 3),
		"3.2.2026":             date(2026, 2, 3),
		"31.12.2025":           date(2025, 12, 31),
		"03-02-2026":           date(2026, 2, 3),
		"3-2-2026":             date(2026, 2, 3),
		"02/03/2026":           date(2026, 2, 3),
		"2/3/2026":             date(2026, 2, 3),
		"12/31/2025":           date(2025, 12, 31),
		"3 February 2026":      date(2026, 2, 3),
		"03 Feb 2026":          date(2026, 2, 3),
		"February 3, 2026":     date(2026, 2, 3),
		"February 3 2026":      date(2026, 2, 3),
		"Feb 3, 2026":          date(2026, 2, 3),
		"Feb 3 2026":           date(2026, 2, 3),
		"29.02.2024":           date(2024, 2, 29),
		" 2026-02-03\n":        date(2026, 2, 3),

		"@0":          date(1970, 1, 1),
		"@1700000000": date(2023, 11, 14),
		"@-86400":     date(1969, 12, 31),

		"now":       date(2026, 11, 28),
		"today":     date(2026, 11, 28),
		"midnight":  date(2026, 11, 28),
		"Yesterday": date(2026, 11, 27),

		"-3 days":      date(2026, 11, 25),
		"-1 day":       date(2026, 11, 27),
		"3 days":       date(2026, 12, 1),
		"+3 days":      date(2026, 12, 1),
		"3 days ago":   date(2026, 11, 25),
		"1 day ago":    date(2026, 11, 27),
		"-3 days ago":  date(2026, 12, 1), // strtotime turns it about, too
		"-1 week":      date(2026, 11, 21),
		"2 weeks ago":  date(2026, 11, 14),
		"-1 month":     date(2026, 10, 28),
		"3 Months Ago": date(2026, 8, 28),
		"-1 year":      date(2025, 11, 28),
		"2 years ago":  date(2024, 11, 28),
		"0 days":       date(2026, 11, 28),
	} {
		day, ok := readDay(text, now)
		if !ok {
			t.Errorf("%q is not read, want %v", text, want)
			continue
		}
		if got := day.UTC().Truncate(24 * time.Hour); !got.Equal(want) {
			t.Errorf("%q is read as %v, want %v", text, got, want)
		}
	}
}

func TestReadDayRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", "soon", "ago", " ago", "days", "3", "-3", "three days", "3 fortnights", "3 days later", "days 3", "3  days",
		"2026-02-30", "30.02.2026", "29.02.2026", "13/31/2026", "31/12/2025", "00.01.2026", "2026-13-01",
		"3.2.26", "@", "@soon", "@1.5", "@99999999999999999999", "10001 days", "-10001 days", "99999999999999999999 days", "1e3 days",
		"2026-02-03; DROP TABLE logins",
	} {
		if day, ok := readDay(text, now); ok {
			t.Errorf("%q is read as %v", text, day)
		}
	}
}

// The ends of the days that are asked for: older is before the day, newer from the next one on.
func TestAgesCountBackFromToday(t *testing.T) {
	for _, c := range []struct {
		value, date string
		day         time.Time
	}{
		{"1w", "", date(2026, 11, 21)},
		{"1m", "", date(2026, 10, 28)},
		{"1y", "", date(2025, 11, 28)},
		{"custom", "2026-02-03", date(2026, 2, 3)},
		{"", "-3 days", date(2026, 11, 25)},
		{"1w", "2026-02-03", date(2026, 11, 21)}, // setupDate goes with custom only
	} {
		next := c.day.AddDate(0, 0, 1)
		for option, want := range map[string]store.AccountFilter{
			"older":   {CreatedBefore: c.day},
			"newer":   {CreatedAfter: next},
			"created": {CreatedAfter: c.day, CreatedBefore: next},
			"":        {},
		} {
			got, err := listAccountsArgs{SetupOption: option, SetupValue: c.value, SetupDate: c.date}.filter(now)
			if err != nil || !got.CreatedBefore.Equal(want.CreatedBefore) || !got.CreatedAfter.Equal(want.CreatedAfter) {
				t.Errorf("%s %s %s: from %v to before %v, %v; want from %v to before %v", option, c.value, c.date,
					got.CreatedAfter, got.CreatedBefore, err, want.CreatedAfter, want.CreatedBefore)
			}
		}
	}
}
