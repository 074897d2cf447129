package phpform

import (
	"bytes"
	"encoding/json"
)

// Optional is a field that knows whether it was sent. Set is true when the field was there at all, even with
// an empty text; Value is then what was decoded.
type Optional[T any] struct {
	Value T
	Set   bool
}

// Ptr gives the value that was sent, nil when none was.
func (o Optional[T]) Ptr() *T {
	if !o.Set {
		return nil
	}
	return &o.Value
}

// Pair is one key and its value.
type Pair[T any] struct {
	Key   string
	Value T
}

// Pairs is a map that keeps the order of the wire, as PHP arrays do.
type Pairs[T any] []Pair[T]

// MarshalJSON writes an object whose keys stand in order; no pairs are {}.
func (p Pairs[T]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // The encoder that calls this escapes if it is asked to.
	b.WriteByte('{')
	for i, pair := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(pair.Key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(pair.Value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
