package handlers

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
)

// encoder writes values one after the other, without the line break that encoding/json puts behind each.
type encoder struct {
	*json.Encoder
	out *bytes.Buffer
}

func newEncoder(out *bytes.Buffer) encoder {
	enc := encoder{json.NewEncoder(out), out}
	enc.SetEscapeHTML(false)
	return enc
}

func (e encoder) encode(v any) error {
	if err := e.Encode(v); err != nil {
		return err
	}
	e.out.Truncate(e.out.Len() - len("\n"))
	return nil
}

// EncodeJSON is how every answer is written: with <, > and & as they are.
func EncodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	if err := newEncoder(&buf).encode(v); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// appendJSON is EncodeJSON to the end of a text, without its detours for what there is most of.
func appendJSON(to []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		if isPlain(v) {
			return append(append(append(to, '"'), v...), '"'), nil
		}
	case bool:
		return strconv.AppendBool(to, v), nil
	case int64:
		return strconv.AppendInt(to, v, 10), nil
	case json.Marshaler: // what those here write has no spaces
		text, err := v.MarshalJSON()
		return append(to, text...), err
	}
	text, err := EncodeJSON(value)
	return append(to, text...), err
}

// isPlain reports whether a text stands in JSON as it is.
func isPlain(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Member is a member of an answer's outer object.
type Member struct {
	Name  string
	Value any // *Rows is written row by row
}

// WriteObject writes an object with its members in the order given.
func WriteObject(w io.Writer, members ...Member) error {
	before := `{"`
	for _, m := range members {
		if _, err := io.WriteString(w, before+m.Name+`":`); err != nil {
			return err
		}
		if err := writeValue(w, m.Value); err != nil {
			return err
		}
		before = `,"`
	}
	_, err := io.WriteString(w, "}")
	return err
}

func writeValue(w io.Writer, value any) error {
	if rows, ok := value.(*Rows); ok {
		return rows.writeList(w)
	}
	encoded, err := EncodeJSON(value)
	if err != nil {
		return err
	}
	_, err = w.Write(encoded)
	return err
}
