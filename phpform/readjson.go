package phpform

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ParseJSON reads a JSON object as the tree that http_build_query would have sent for it: true is "1", false
// is "0", numbers keep their spelling, null is absent and leaves its gap in a list, as do arrays of nothing
// but nulls. Only an empty array or object is kept, as an empty [Array], so that a client can clear a list.
// Keys become integers as in [StringKey] and are not mangled; of a repeated key the last value counts.
//
// Every null, scalar and empty array counts as a field, and the nesting below the top-level keys is what
// brackets are in a form. It returns a [*LimitError], or a [*SyntaxError] for anything but one well-formed
// object in UTF-8. The result shares no memory with body.
func ParseJSON(body []byte, lim Limits) (*Array, error) {
	r := jsonReader{text: string(body), parser: newParser(lim), absent: (&Array{}).Value()}
	if i := invalidUTF8(r.text); i >= 0 {
		r.pos = i
		return nil, r.fail("not UTF-8")
	}
	r.space()
	if r.peek() != '{' {
		return nil, r.fail("expected an object")
	}
	a, _, err := r.array(0)
	if err != nil {
		return nil, err
	}
	if r.space(); r.pos < len(r.text) {
		return nil, r.fail("unexpected data after the object")
	}
	return a, nil
}

func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, c := range s {
		if _, n := utf8.DecodeRuneInString(s[i:]); c == utf8.RuneError && n == 1 {
			return i
		}
	}
	return -1
}

// jsonReader is a reader of its own because encoding/json neither keeps the order of keys nor refuses lone
// surrogates, which it would replace: a password must not be altered unseen.
type jsonReader struct {
	*parser
	text string
	pos  int
	top  Key // The top-level key being read.
	// absent holds the place of a null until its array is complete: a later value of the same key takes it.
	absent Value
}

func (r *jsonReader) fail(reason string) error {
	return &SyntaxError{Format: "JSON", Offset: r.pos, Reason: reason}
}

func (r *jsonReader) space() {
	for r.pos < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.pos]) >= 0 {
		r.pos++
	}
}

// peek returns the byte at the position, and 0 at the end; a NUL is refused wherever it is looked for.
func (r *jsonReader) peek() byte {
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

// accept skips white space and then c, if it is there.
func (r *jsonReader) accept(c byte) bool {
	r.space()
	if r.peek() != c {
		return false
	}
	r.pos++
	return true
}

// array reads an object or a list from its opening sign; depth is that of its members. Unless it is empty
// or something is left without the nulls, it is not present.
func (r *jsonReader) array(depth int) (a *Array, present bool, err error) {
	isObject := r.peek() == '{'
	closing := r.peek() + 2 // In ASCII both closing signs stand two after the opening ones.
	r.pos++
	a = &Array{}
	if r.accept(closing) {
		if depth == 0 {
			return a, true, nil
		}
		return a, true, r.count()
	}
	if depth > r.lim.Depth {
		return nil, false, r.tooDeep(r.top)
	}
	for n := int64(0); ; n++ {
		if err := r.member(a, isObject, IntKey(n), depth); err != nil {
			return nil, false, err
		}
		if r.accept(closing) {
			r.dropNulls(a)
			return a, a.Len() > 0, nil
		}
		if !r.accept(',') {
			return nil, false, r.fail("expected a comma or the end of the array or object")
		}
	}
}

// member reads one member into a; an object's member brings its own key.
func (r *jsonReader) member(a *Array, isObject bool, key Key, depth int) error {
	if r.space(); isObject {
		name, err := r.string("expected a key in double quotes")
		if err != nil {
			return err
		}
		if !r.accept(':') {
			return r.fail("expected a colon")
		}
		key = StringKey(name)
	}
	if depth == 0 {
		r.top = key
	}
	v, present, err := r.value(depth)
	if !present {
		v = r.absent
	}
	a.Set(key, v)
	return err
}

func (r *jsonReader) dropNulls(a *Array) {
	isNull := func(e entry) bool { return e.value == r.absent }
	if slices.ContainsFunc(a.entries, isNull) {
		a.keep(func(e entry) bool { return !isNull(e) })
	}
}

// value reads any value; present is false for what http_build_query leaves out.
func (r *jsonReader) value(depth int) (v Value, present bool, err error) {
	r.space()
	if c := r.peek(); c == '{' || c == '[' {
		a, present, err := r.array(depth + 1)
		return a.Value(), present, err
	}
	if err := r.count(); err != nil {
		return Value{}, false, err
	}
	s, present, err := r.scalar()
	return Text(s), present, err
}

func (r *jsonReader) scalar() (s string, present bool, err error) {
	for _, word := range [...]struct {
		literal, text string
		present       bool
	}{{"true", "1", true}, {"false", "0", true}, {"null", "", false}} {
		if strings.HasPrefix(r.text[r.pos:], word.literal) {
			r.pos += len(word.literal)
			return word.text, word.present, nil
		}
	}
	if c := r.peek(); c == '-' || isDigit(c) {
		s, err = r.number()
	} else {
		s, err = r.string("expected a value")
	}
	return s, true, err
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number reads by the grammar of RFC 8259, section 6.
func (r *jsonReader) number() (string, error) {
	start := r.pos
	r.skip("-")
	if r.peek() == '0' {
		r.pos++
	} else if !r.digits() {
		return "", r.fail("expected a digit")
	}
	if r.skip(".") && !r.digits() {
		return "", r.fail("expected a digit")
	}
	if r.skip("eE") {
		r.skip("+-")
		if !r.digits() {
			return "", r.fail("expected a digit")
		}
	}
	return r.text[start:r.pos], nil
}

// skip passes one of the bytes of set, if it is there.
func (r *jsonReader) skip(set string) bool {
	if r.pos == len(r.text) || strings.IndexByte(set, r.text[r.pos]) < 0 {
		return false
	}
	r.pos++
	return true
}

func (r *jsonReader) digits() bool {
	start := r.pos
	for isDigit(r.peek()) {
		r.pos++
	}
	return r.pos > start
}

// string reads a string; expected words the error for anything else.
func (r *jsonReader) string(expected string) (string, error) {
	if r.peek() != '"' {
		return "", r.fail(expected)
	}
	r.pos++
	start := r.pos
	var b strings.Builder
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == '"':
			b.WriteString(r.text[start:r.pos])
			r.pos++
			return b.String(), nil
		case c < ' ':
			return "", r.fail("unescaped control character in a string")
		case c == '\\':
			b.WriteString(r.text[start:r.pos])
			char, err := r.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(char)
			start = r.pos
		default:
			r.pos++
		}
	}
	return "", r.fail("unclosed string")
}

// escape reads what begins with a backslash. It leaves the position at the backslash when it fails.
func (r *jsonReader) escape() (rune, error) {
	const signs, meant = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	after := r.text[r.pos+1:]
	if after == "" {
		return 0, r.fail("unclosed string")
	}
	if i := strings.IndexByte(signs, after[0]); i >= 0 {
		r.pos += 2
		return rune(meant[i]), nil
	}
	char, ok := hexEscape(r.text[r.pos:])
	if !ok {
		return 0, r.fail("unknown escape")
	}
	if !utf16.IsSurrogate(char) {
		r.pos += 6
		return char, nil
	}
	low, _ := hexEscape(r.text[r.pos+6:])
	if char = utf16.DecodeRune(char, low); char == utf8.RuneError {
		return 0, r.fail("half of a surrogate pair")
	}
	r.pos += 12
	return char, nil
}

func hexEscape(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
