package phpform

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Key is the key of a PHP array: an integer or a string. Keys are compared with ==. The zero Key is the
// empty string.
type Key struct {
	text   string
	number int64
	isInt  bool
}

// IntKey returns the integer key n.
func IntKey(n int64) Key { return Key{number: n, isInt: true} }

// StringKey returns the key that PHP stores for s: an integer where s is how PHP would print that integer
// ("5", "-5"), otherwise a string ("01", "-0", "+1" and what exceeds 64 bits).
// php-src: _zend_handle_numeric_str_ex in Zend/zend_hash.c.
func StringKey(s string) Key {
	if n, ok := integerLike(s); ok {
		return IntKey(n)
	}
	return Key{text: s}
}

// maxDigits is the length of the longest 64-bit number; anything longer cannot be an integer.
const maxDigits = len("9223372036854775807")

func integerLike(s string) (int64, bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > maxDigits || digits[0] < '0' || digits[0] > '9' {
		return 0, false
	}
	if digits[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// Int returns the integer and true, or false for a string key.
func (k Key) Int() (int64, bool) { return k.number, k.isInt }

// String returns the key as PHP prints it.
func (k Key) String() string {
	if k.isInt {
		return strconv.FormatInt(k.number, 10)
	}
	return k.text
}

// follower returns the index that an append takes after k. It stays at PHP_INT_MAX, where the append then
// finds its place taken.
func (k Key) follower() int64 {
	if k.number == math.MaxInt64 {
		return k.number
	}
	return k.number + 1
}

// longestShown is what a message shows of a key, for a key may be as long as the body.
const longestShown = 64

// display returns the key as it may stand in a message: cut where it is long, and quoted where it holds
// bytes that would garble a log line or break JSON.
func (k Key) display() string {
	s := k.String()
	if len(s) > longestShown {
		s = strings.ToValidUTF8(s[:longestShown], "") + "..."
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, isUnprintable) {
		return strconv.QuoteToASCII(s)
	}
	return s
}

func isUnprintable(r rune) bool { return !strconv.IsPrint(r) }

// fieldName writes keys in bracket form, the way the wire spells a field: websites[0][uid].
func fieldName(keys []Key) string {
	if len(keys) == 0 {
		return ""
	}
	name := []byte(keys[0].display())
	for _, k := range keys[1:] {
		name = append(name, '[')
		name = append(name, k.display()...)
		name = append(name, ']')
	}
	return string(name)
}
