package store

import (
	"strconv"
	"strings"
)

// numbered writes SQL with PostgreSQL's placeholders: ? becomes $1, $2 …, and ?1 becomes $1. What stands in quotes stays.
func numbered(query string) string {
	var to strings.Builder
	quote, n := byte(0), 0
	for i := 0; i < len(query); i++ {
		c := query[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '?':
			to.WriteByte('$')
			if i+1 == len(query) || query[i+1] < '1' || query[i+1] > '9' {
				n++
				to.WriteString(strconv.Itoa(n))
			}
			continue
		}
		to.WriteByte(c)
	}
	return to.String()
}
