package phpform

import (
	"strings"
	"unicode/utf8"
)

// Limits bound what a parser accepts. A limit that is zero or less means PHP's default.
type Limits struct {
	// Fields is the greatest number of name and value pairs, whether PHP keeps them or not; empty parts
	// between two & do not count. PHP: max_input_vars.
	Fields int
	// Depth is the greatest number of brackets in one name. PHP: max_input_nesting_level.
	Depth int
}

// DefaultLimits returns PHP's defaults: 1000 fields and 64 levels.
func DefaultLimits() Limits { return Limits{Fields: 1000, Depth: 64} }

func (l Limits) orDefaults() Limits {
	d := DefaultLimits()
	if l.Fields > 0 {
		d.Fields = l.Fields
	}
	if l.Depth > 0 {
		d.Depth = l.Depth
	}
	return d
}

// Parse reads an application/x-www-form-urlencoded body as PHP fills $_POST from it: parts are split at &
// only, a part without = has the empty value, + is a space and a bad percent sign stands for itself. It
// returns a [*LimitError] or no error: every body is a form. Texts of the result may share body's memory.
// php-src: add_post_vars in main/php_variables.c.
func Parse(body string, lim Limits) (*Array, error) {
	p := newParser(lim)
	p.root.entries = make([]entry, 0, min(strings.Count(body, "&")+1, p.lim.Fields))
	text := decoder{size: len(body)}
	for part, rest, more := "", body, body != ""; more; {
		part, rest, more = strings.Cut(rest, "&")
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if err := p.add(text.unescape(name), text.unescape(value)); err != nil {
			return nil, err
		}
	}
	return p.root, nil
}

// ParseBytes is Parse for bytes; the result shares no memory with body.
func ParseBytes(body []byte, lim Limits) (*Array, error) { return Parse(string(body), lim) }

// parser collects fields, already decoded, into a tree and counts them.
type parser struct {
	root   *Array
	lim    Limits
	fields int
}

func newParser(lim Limits) *parser {
	return &parser{root: &Array{}, lim: lim.orDefaults()}
}

// add stores one pair, or drops it where PHP would.
func (p *parser) add(name, value string) error {
	if err := p.count(); err != nil {
		return err
	}
	return p.register(name, value)
}

func (p *parser) count() error {
	p.fields++
	if p.fields > p.lim.Fields {
		return &LimitError{Limit: "fields", Max: p.lim.Fields}
	}
	return nil
}

// tooDeep returns the error for a name with too many brackets.
func (p *parser) tooDeep(field Key) error {
	e := &LimitError{Limit: "depth", Max: p.lim.Depth}
	if utf8.ValidString(field.String()) {
		e.Field = field.display()
	}
	return e
}

// decoder undoes the URL encoding of a body. Texts without any are slices of the body; all others are
// written into one buffer, which has room for the whole body and so never moves, and are slices of that.
type decoder struct {
	size   int
	buffer strings.Builder
}

// unescape follows php_url_decode in ext/standard/url.c.
func (d *decoder) unescape(s string) string {
	i := nextEscape(s)
	if i == len(s) {
		return s
	}
	if d.buffer.Cap() == 0 {
		d.buffer.Grow(d.size)
	}
	start := d.buffer.Len()
	for ; i < len(s); i = nextEscape(s) {
		d.buffer.WriteString(s[:i])
		switch {
		case s[i] == '+':
			d.buffer.WriteByte(' ')
		case i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			d.buffer.WriteByte(fromHex(s[i+1])<<4 | fromHex(s[i+2]))
			i += 2
		default:
			d.buffer.WriteByte('%')
		}
		s = s[i+1:]
	}
	d.buffer.WriteString(s)
	return d.buffer.String()[start:]
}

// nextEscape returns the place of the first byte that needs decoding, or the length.
func nextEscape(s string) int {
	for i := range len(s) {
		if s[i] == '%' || s[i] == '+' {
			return i
		}
	}
	return len(s)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// fromHex returns the value of a digit that isHex accepts.
func fromHex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return (c | 0x20) - 'a' + 10
}
