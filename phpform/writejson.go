package phpform

import (
	"errors"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendJSON appends the array as PHP's json_encode writes it: a list as [...], anything else as {...}, an
// empty array as [], all texts as strings, / as \/ and everything outside ASCII as \u and four hex digits. Where a text or a
// key is not valid UTF-8 json_encode fails, and so does this, with a [*FieldError] and dst as it was.
func (a *Array) AppendJSON(dst []byte) ([]byte, error) {
	return publish(dst)(appendArray(dst, a))
}

// AppendJSON appends a string or what [Array.AppendJSON] appends.
func (v Value) AppendJSON(dst []byte) ([]byte, error) {
	return publish(dst)(appendValue(dst, v))
}

// MarshalJSON is AppendJSON for encoding/json, which then escapes <, > and & as it does everywhere.
func (a *Array) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil) }

// MarshalJSON is AppendJSON for encoding/json, which then escapes <, > and & as it does everywhere.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil) }

// publish turns an encodingError into the exported error.
func publish(dst []byte) func([]byte, error) ([]byte, error) {
	return func(b []byte, err error) ([]byte, error) {
		var bad *encodingError
		if errors.As(err, &bad) {
			return dst, bad.below(nil)
		}
		return b, err
	}
}

// encodingError leads to the text or key that is not valid UTF-8. The keys are innermost first, for they are
// added on the way out.
type encodingError struct{ keys []Key }

// Error is never seen outside of this package.
func (e *encodingError) Error() string { return mustBeUTF8 }

const mustBeUTF8 = "must be valid UTF-8"

// below returns the error to report when the value encoded stands at path.
func (e *encodingError) below(path []Key) *FieldError {
	keys := slices.Clone(e.keys)
	slices.Reverse(keys)
	return &FieldError{Field: fieldName(append(slices.Clone(path), keys...)), Reason: mustBeUTF8}
}

func appendValue(dst []byte, v Value) ([]byte, error) {
	if v.IsArray() {
		return appendArray(dst, v.array)
	}
	if !utf8.ValidString(v.text) {
		return dst, &encodingError{}
	}
	return appendString(dst, v.text), nil
}

func appendArray(dst []byte, a *Array) ([]byte, error) {
	opening, closing := byte('['), byte(']')
	if !a.IsList() {
		opening, closing = '{', '}'
	}
	dst = append(dst, opening)
	first := true
	for k, v := range a.All() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		var err error
		if dst, err = appendMember(dst, k, v, !a.IsList()); err != nil {
			return dst, err
		}
	}
	return append(dst, closing), nil
}

func appendMember(dst []byte, k Key, v Value, named bool) ([]byte, error) {
	if named {
		if !utf8.ValidString(k.text) {
			return dst, &encodingError{keys: []Key{k}}
		}
		dst = append(appendString(dst, k.String()), ':')
	}
	dst, err := appendValue(dst, v)
	var bad *encodingError
	if errors.As(err, &bad) {
		bad.keys = append(bad.keys, k)
	}
	return dst, err
}

// appendString quotes valid UTF-8. php-src: php_json_escape_string in ext/json/json_encoder.c.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c >= 0x10000:
			high, low := utf16.EncodeRune(c)
			dst = appendUnicode(appendUnicode(dst, high), low)
		case c >= utf8.RuneSelf:
			dst = appendUnicode(dst, c)
		default:
			dst = appendASCII(dst, byte(c))
		}
	}
	return append(dst, '"')
}

func appendASCII(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\', '/':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if c < ' ' {
		return appendUnicode(dst, rune(c))
	}
	return append(dst, c)
}

func appendUnicode(dst []byte, c rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
}
