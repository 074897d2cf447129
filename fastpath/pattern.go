package fastpath

import (
	"bytes"
	"strconv"
)

const (
	headEnd     = "\r\n\r\n"
	lengthField = "\r\ncontent-length:"
	mostDigits  = 5 // of a length: what arrives at once is no longer
)

// pattern is a head with any Content-Length: what stands before its digits, and what after.
type pattern struct{ before, after []byte }

// patternOf makes a pattern of a head, up to and with its empty line, whose body is of that length. There is none where
// the head does not have that length once, as plain digits.
func patternOf(head []byte, length int64) (pattern, bool) {
	lower := lowered(head)
	start := bytes.Index(lower, []byte(lengthField))
	if start < 0 || bytes.Count(lower, []byte(lengthField)) != 1 {
		return pattern{}, false
	}
	start += len(lengthField)
	for head[start] == ' ' || head[start] == '\t' { // ends at the end of the line at the latest
		start++
	}
	digits := strconv.FormatInt(length, 10)
	if !bytes.HasPrefix(head[start:], []byte(digits)) {
		return pattern{}, false
	}
	p := pattern{before: bytes.Clone(head[:start]), after: bytes.Clone(head[start+len(digits):])}
	return p, p.isOf(head, length)
}

// lowered is a head with the letters of ASCII in lower case, which are those of names; all else is where it was.
func lowered(head []byte) []byte {
	lower := bytes.Clone(head)
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return lower
}

// isOf reports whether the pattern is that of a head with that length.
func (p *pattern) isOf(head []byte, length int64) bool {
	told, rest, ok := p.cut(head)
	return ok && told == length && len(rest) == 0
}

// body gives the body of what arrived, if that is one whole request of the pattern and nothing else.
func (p *pattern) body(arrived []byte) ([]byte, bool) {
	told, rest, ok := p.cut(arrived)
	return rest, ok && told == int64(len(rest))
}

// cut gives the length that a head of the pattern tells, and what stands behind the head.
func (p *pattern) cut(arrived []byte) (told int64, rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(arrived, p.before)
	digits := 0
	for ; ok && digits < min(len(rest), mostDigits) && rest[digits] >= '0' && rest[digits] <= '9'; digits++ {
		told = 10*told + int64(rest[digits]-'0')
	}
	if digits == 0 || rest[0] == '0' {
		return 0, nil, false
	}
	rest, ok = bytes.CutPrefix(rest[digits:], p.after)
	return told, rest, ok
}
