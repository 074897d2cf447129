package permissions

import (
	"strconv"
	"strings"
	"unicode"
)

// maxQuoted bounds what an error repeats of its input, in characters.
const maxQuoted = 40

// quote returns s for an error text: cut, in quotation marks, with everything unprintable escaped.
func quote(s string) string { return strconv.Quote(cut(s)) }

// clip returns s for the path of an error: cut, with everything unprintable replaced.
func clip(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, cut(s))
}

func cut(s string) string {
	runes := []rune(s)
	if len(runes) <= maxQuoted {
		return s
	}
	return string(runes[:maxQuoted-1]) + "…"
}
