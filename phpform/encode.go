package phpform

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Encoding chooses how [BuildQuery] escapes; it is http_build_query's last argument.
type Encoding int

const (
	// RFC1738 is PHP's default: a space becomes +, and ~ becomes %7E. PHP_QUERY_RFC1738.
	RFC1738 Encoding = iota
	// RFC3986 writes a space as %20 and leaves ~ alone. PHP_QUERY_RFC3986.
	RFC3986
)

// BuildQuery encodes the array as PHP's http_build_query does: every key is written out, p[0] and never p[],
// and an empty array leaves no trace. Each field repeats the keys above it, so the result of a tree that
// came as JSON can be far longer than the JSON.
// php-src: php_url_encode_hash_ex in ext/standard/http.c.
func BuildQuery(a *Array, enc Encoding) string {
	var dst []byte
	for k, v := range a.All() {
		dst = appendQuery(dst, appendEscaped(nil, k.String(), enc), v, enc)
	}
	return string(dst)
}

// appendQuery appends the fields of v, whose name is already escaped.
func appendQuery(dst, name []byte, v Value, enc Encoding) []byte {
	if !v.IsArray() {
		if len(dst) > 0 {
			dst = append(dst, '&')
		}
		dst = append(append(dst, name...), '=')
		return appendEscaped(dst, v.text, enc)
	}
	for k, member := range v.array.All() {
		below := append(appendEscaped(append(name, "%5B"...), k.String(), enc), "%5D"...)
		dst = appendQuery(dst, below, member, enc)
	}
	return dst
}

// appendEscaped follows php_url_encode and php_raw_url_encode in ext/standard/url.c.
func appendEscaped(dst []byte, s string, enc Encoding) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case isHex(c) || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '.' || c == '_':
			dst = append(dst, c)
		case c == ' ' && enc == RFC1738:
			dst = append(dst, '+')
		case c == '~' && enc == RFC3986:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// From returns what http_build_query makes of a Go value, so that [BuildQuery] sends it as PHP would send
// the like: true is "1", false is "0", numbers are written as PHP writes them. It takes nil, bool, string,
// the kinds of integers, float32, float64, Value, *Array, []any and Pairs[any]; another type is an error.
// What PHP drops (nil) is not present; in a list it leaves its gap.
func From(v any) (value Value, present bool, err error) {
	switch v := v.(type) {
	case nil:
		return Value{}, false, nil
	case Value:
		return v, true, nil
	case *Array:
		return v.Value(), true, nil
	case []any:
		return fromMembers(len(v), func(i int) (Key, any) { return IntKey(int64(i)), v[i] })
	case Pairs[any]:
		return fromMembers(len(v), func(i int) (Key, any) { return StringKey(v[i].Key), v[i].Value })
	}
	s, err := scalarText(v)
	return Text(s), err == nil, err
}

func fromMembers(n int, member func(int) (Key, any)) (Value, bool, error) {
	a := &Array{}
	for i := range n {
		key, v := member(i)
		value, present, err := From(v)
		if err != nil {
			return Value{}, false, fmt.Errorf("%s: %w", key.display(), err)
		}
		if present {
			a.Set(key, value)
		}
	}
	return a.Value(), true, nil
}

func scalarText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		if v {
			return "1", nil
		}
		return "0", nil
	case float32:
		return floatText(float64(v)), nil
	case float64:
		return floatText(v), nil
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("phpform: cannot encode a %T", v)
}

// floatText writes the shortest digits that read back as f, as PHP does with precision=-1: with an exponent
// below 1.0E-4 and from 1.0E+17 on.
// php-src: php_gcvt in main/snprintf.c.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NAN"
	case math.IsInf(f, 1):
		return "INF"
	case math.IsInf(f, -1):
		return "-INF"
	}
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	n, _ := strconv.Atoi(exponent) // FormatFloat wrote it.
	if n >= -4 && n <= 16 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	if !strings.Contains(digits, ".") {
		digits += ".0"
	}
	return fmt.Sprintf("%sE%+d", digits, n)
}
