package permissions

import (
	"bytes"
	"encoding/json"
)

// MarshalJSON writes the form in which a grant is stored: "all", "none", or an object in the grant's order, such as
// {"email":"all","domain":["domains","redirects"]}. All of a category stays "all". It fails for no grant.
func (g Grant) MarshalJSON() ([]byte, error) {
	if g.all {
		return json.Marshal(wordAll)
	}
	if g.IsNone() {
		return json.Marshal(wordNone)
	}
	var out bytes.Buffer
	for i, e := range g.entries {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		out.WriteByte(separator)
		if err := e.writeJSON(&out); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func (e entry) writeJSON(out *bytes.Buffer) error {
	key, err := json.Marshal(e.category)
	if err != nil {
		return err
	}
	var held any = e.pages
	if e.all {
		held = wordAll
	}
	value, err := json.Marshal(held)
	out.Write(key)
	out.WriteByte(':')
	out.Write(value)
	return err
}

// UnmarshalJSON reads what MarshalJSON writes, and what becomes of the permissions fields of a form when PHP would
// show them as JSON: an object with whole numbers for keys is a list, a single page may stand for a list of one, and
// "none" or an empty list is nothing of its category. Names are not compared with a catalogue; see [Tree.Check].
//
// Everything else is a *[ParseError], null too, and leaves g as it was. A grant has at most 100 categories, 1000 pages
// and 64 characters in a name.
func (g *Grant) UnmarshalJSON(data []byte) error {
	parsed, err := parseGrant(data)
	if err != nil {
		return err
	}
	*g = parsed
	return nil
}
