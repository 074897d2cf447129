package phpform_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"panelgate/phpform"
)

// vector is one line of vectors.tsv: a query, with white space inside as it is, and PHP's result.
type vector struct{ query, want string }

func mustVectors(t *testing.T) []vector {
	t.Helper()
	b, err := os.ReadFile("../testdata/phpform/vectors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	for line := range strings.Lines(string(b)) {
		query, want, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			t.Fatalf("no tab in %q", line)
		}
		vectors = append(vectors, vector{query, want})
	}
	return vectors
}

func TestVectors(t *testing.T) {
	for _, v := range mustVectors(t) {
		a, err := phpform.Parse(v.query, phpform.DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", v.query, err)
		}
		if got := literal(a); got != v.want {
			t.Errorf("%s\n got %s\nwant %s", v.query, got, v.want)
		}
	}
}

func TestVectorsAreWhatPHPSays(t *testing.T) {
	vectors := mustVectors(t)
	queries := make([]string, len(vectors))
	for i, v := range vectors {
		queries[i] = v.query
	}
	for i, want := range mustAsk(t, "parse", queries) {
		if got := answer(phpform.Parse(queries[i], phpform.DefaultLimits())); got != want {
			t.Errorf("%s\n got %q\nwant %q", queries[i], got, want)
		}
	}
}

// literal writes a tree in the notation of the vectors.
func literal(a *phpform.Array) string {
	var members []string
	for k, v := range a.All() {
		key := fmt.Sprintf("\"%s\"", escaped(k.String()))
		if n, ok := k.Int(); ok {
			key = strconv.FormatInt(n, 10)
		}
		text := "'" + escaped(v.Text()) + "'"
		if v.IsArray() {
			text = literal(v.Array())
		}
		members = append(members, key+"=>"+text)
	}
	return "[" + strings.Join(members, ", ") + "]"
}

func escaped(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
