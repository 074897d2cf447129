package permissions

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the candidate that name was probably meant to be: one edit away for each three letters of the
// candidate, one at least. It returns "" when none is that near. Capitals do not count as edits.
func Nearest(name string, candidates []string) string {
	if utf8.RuneCountInString(name) > maxName {
		return "" // the work grows with the square of the length
	}
	name = strings.ToLower(name)
	best, least := "", maxName
	for _, candidate := range candidates {
		d := distance(name, strings.ToLower(candidate))
		if d < least && d <= max(1, len(candidate)/3) {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the edits from a to b: a letter more, less or other, or two neighbours swapped (Damerau and
// Levenshtein's distance, each letter edited once).
func distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
