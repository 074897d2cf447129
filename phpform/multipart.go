package phpform

import (
	"io"
	"strings"
)

// ParseMultipart reads a multipart/form-data body as PHP fills $_POST from it: names and values are taken
// raw, names follow the same bracket rules, and the headers of a part other than Content-Disposition mean
// nothing. boundary is the parameter of the request's Content-Type. The body is read whole; the caller
// bounds the bytes of r.
//
// It returns the error of r as it is, a [*LimitError], a [*FileError] for a part with a file name, even an
// empty one, or a [*SyntaxError] for a body that is malformed or cut off, where PHP would take what it got.
// php-src: rfc1867_post_handler in main/rfc1867.c.
func ParseMultipart(r io.Reader, boundary string, lim Limits) (*Array, error) {
	var body strings.Builder
	if _, err := io.Copy(&body, r); err != nil {
		return nil, err
	}
	m := multipartReader{parser: newParser(lim), body: body.String(), delimiter: "--" + boundary}
	if boundary == "" {
		return nil, m.fail("no boundary is given")
	}
	if err := m.preamble(); err != nil {
		return nil, err
	}
	for {
		last, err := m.endOfDelimiter()
		if err != nil {
			return nil, err
		}
		if last {
			return m.root, nil
		}
		if err := m.part(); err != nil {
			return nil, err
		}
	}
}

// multipartReader is a reader of its own because mime/multipart does not tell a body that is cut off in a
// header from one that is complete, and gives no place for what it refuses.
type multipartReader struct {
	*parser
	body      string
	pos       int
	delimiter string
}

func (m *multipartReader) fail(reason string) error {
	return &SyntaxError{Format: "multipart", Offset: m.pos, Reason: reason}
}

func (m *multipartReader) cutOff() error {
	m.pos = len(m.body)
	return m.fail("the body ends before the closing boundary")
}

// preamble moves behind the first delimiter.
func (m *multipartReader) preamble() error {
	if strings.HasPrefix(m.body, m.delimiter) {
		m.pos = len(m.delimiter)
		return nil
	}
	_, err := m.data()
	return err
}

// data returns what stands before the next delimiter, and moves behind that.
func (m *multipartReader) data() (string, error) {
	text, _, found := strings.Cut(m.body[m.pos:], "\n"+m.delimiter)
	if !found {
		return "", m.cutOff()
	}
	m.pos += len(text) + len("\n") + len(m.delimiter)
	return strings.TrimSuffix(text, "\r"), nil
}

// endOfDelimiter reads the rest of a delimiter's line, which tells the last one.
func (m *multipartReader) endOfDelimiter() (last bool, err error) {
	if strings.HasPrefix(m.body[m.pos:], "--") {
		return true, nil
	}
	start := m.pos
	rest, err := m.line()
	if err == nil && strings.Trim(rest, " \t") != "" {
		m.pos = start
		err = m.fail("expected the end of the line after the boundary")
	}
	return false, err
}

// line returns the next line without its end.
func (m *multipartReader) line() (string, error) {
	line, _, found := strings.Cut(m.body[m.pos:], "\n")
	if !found {
		return "", m.cutOff()
	}
	m.pos += len(line) + len("\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// part reads one part and registers its field.
func (m *multipartReader) part() error {
	start := m.pos
	header, err := m.header()
	if err != nil {
		return err
	}
	name, named, file := disposition(header)
	if file {
		return &FileError{Field: StringKey(name).display()}
	}
	if !named {
		m.pos = start
		return m.fail("expected a Content-Disposition with a name")
	}
	value, err := m.data()
	if err != nil {
		return err
	}
	return m.add(name, value)
}

// header reads the header of a part and returns the first Content-Disposition, its folded lines joined.
// php-src: multipart_buffer_headers.
func (m *multipartReader) header() (string, error) {
	var disposition strings.Builder
	found, here := false, false
	for {
		start := m.pos
		line, err := m.line()
		if err != nil || line == "" {
			return disposition.String(), err
		}
		name, value, isField := strings.Cut(line, ":")
		isFolded := strings.IndexByte(whiteSpace, line[0]) >= 0
		if strings.IndexByte(line, 0) >= 0 || !isField && !isFolded {
			m.pos = start
			return "", m.fail("expected a header field")
		}
		if isFolded {
			value = line
		} else {
			here = !found && strings.EqualFold(name, "Content-Disposition")
			found = found || here
		}
		if here {
			disposition.WriteString(value)
		}
	}
}
