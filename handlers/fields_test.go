package handlers

import (
	"encoding/json"
	"math"
	"testing"

	"panelgate/permissions"
)

type namedText string

// The trail's own writer of JSON writes what encoding/json does, byte by byte: what is hashed must not depend on who wrote it.
func FuzzFieldsAreJSON(f *testing.F) {
	for _, text := range []string{"", "plain", `"`, `\`, "<>&", "\x00\x1f\x7f", "\u2028\u2029", "\xff", "é", "\n\t"} {
		f.Add(text, text, int64(0))
	}
	f.Add("quota", "unlimited", int64(math.MinInt64))
	f.Add("[path]", "/srv", int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, name, text string, n int64) {
		grant, err := json.Marshal(permissions.All())
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]any{name: text, name + "[number]": n, name + "[flag]": true, name + "[hidden]": hidden(text),
			name + "[named]": namedText(text), name + "[grant]": json.RawMessage(grant)}
		var all fields
		for name, value := range values {
			all.add(name, value)
		}
		got, err := all.sorted().text()
		if err != nil {
			t.Fatal(err)
		}
		want, err := EncodeJSON(values)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
