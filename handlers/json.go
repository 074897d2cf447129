package handlers

import (
	"bytes"
	"encoding/json"
	"io"
)

// EncodeJSON is how every answer is written: with <, > and & as they are.
func EncodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
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
