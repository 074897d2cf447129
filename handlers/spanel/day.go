package spanel

import (
	"strconv"
	"strings"
	"time"
)

// readDay reads a day as clients write it for PHP's strtotime: the usual ways to write a date, a
// Unix time (@1700000000), and days counted from now (yesterday, -3 days, 2 weeks ago). It does
// not know all that strtotime does.
//
// Source: https://www.php.net/manual/en/datetime.formats.php
func readDay(text string, now time.Time) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339, "2006/01/02", "2.1.2006", "2-1-2006",
		"1/2/2006", "2 January 2006", "2 Jan 2006", "January 2, 2006", "January 2 2006", "Jan 2, 2006", "Jan 2 2006", "20060102"} {
		if day, err := time.Parse(layout, text); err == nil {
			return day, true
		}
	}
	if seconds, found := strings.CutPrefix(text, "@"); found {
		n, err := strconv.ParseInt(seconds, 10, 64)
		return time.Unix(n, 0), err == nil
	}
	return relativeDay(strings.ToLower(text), now)
}

func relativeDay(text string, now time.Time) (time.Time, bool) {
	switch text {
	case "now", "today", "midnight":
		return now, true
	case "yesterday":
		return now.AddDate(0, 0, -1), true
	}
	text, ago := strings.CutSuffix(text, " ago")
	number, unit, found := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	if !found || err != nil || n < -10000 || n > 10000 {
		return now, false
	}
	if ago {
		n = -n
	}
	switch strings.TrimSuffix(unit, "s") {
	case "day":
		return now.AddDate(0, 0, n), true
	case "week":
		return now.AddDate(0, 0, 7*n), true
	case "month":
		return now.AddDate(0, n, 0), true
	case "year":
		return now.AddDate(n, 0, 0), true
	}
	return now, false
}
