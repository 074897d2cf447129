package phpform_test

import (
	"errors"
	"strings"
	"testing"

	"panelgate/phpform"
)

// reader is one of the ways to read the fields of a urlencoded body.
type reader func(body string, lim phpform.Limits) (*phpform.Array, error)

// readers carry the same fields in the three formats, for the limits must not depend on the format.
var readers = map[string]reader{
	"Parse": phpform.Parse,
	"ParseMultipart": func(body string, lim phpform.Limits) (*phpform.Array, error) {
		var b strings.Builder
		for part := range strings.SplitSeq(body, "&") {
			name, value, _ := strings.Cut(part, "=")
			b.WriteString("--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n")
		}
		return phpform.ParseMultipart(strings.NewReader(b.String()+"--B--"), "B", lim)
	},
}

func wantLimit(t *testing.T, err error, want phpform.LimitError) {
	t.Helper()
	var limit *phpform.LimitError
	if !errors.As(err, &limit) || *limit != want {
		t.Errorf("got %v, want %v", err, &want)
	}
}

func TestFieldLimit(t *testing.T) {
	fields := func(n int, pair string) string { return strings.TrimSuffix(strings.Repeat(pair+"&", n), "&") }
	refused := phpform.LimitError{Limit: "fields", Max: 1000}
	for name, read := range readers {
		// Duplicates count, and so do pairs that PHP has no use for.
		for _, pair := range []string{"a=1", "a[]=1", "[x]=1"} {
			if _, err := read(fields(1000, pair), phpform.DefaultLimits()); err != nil {
				t.Errorf("%s: 1000 times %s: %v", name, pair, err)
			}
			_, err := read(fields(1001, pair), phpform.Limits{})
			wantLimit(t, err, refused)
		}
	}
	if a := mustParse(t, strings.Repeat("&", 5000)+"a=1"); a.Text("a") != "1" {
		t.Error("empty parts count")
	}
	list := func(n int) string { return `{"a":[` + strings.Repeat("1,", n-3) + `null,[],{}]}` }
	if _, err := phpform.ParseJSON([]byte(list(1000)), phpform.DefaultLimits()); err != nil {
		t.Error(err)
	}
	_, err := phpform.ParseJSON([]byte(list(1001)), phpform.DefaultLimits())
	wantLimit(t, err, refused)
}

func TestDepthLimit(t *testing.T) {
	nested := func(n int) string { return "a.b" + strings.Repeat("[x]", n) + "=1" }
	for name, read := range readers {
		for _, deep := range []string{nested(64), nested(64) + "x[y"} {
			if _, err := read(deep, phpform.DefaultLimits()); err != nil {
				t.Errorf("%s: 64 levels: %v", name, err)
			}
		}
		_, err := read("b=1&"+nested(65), phpform.DefaultLimits())
		wantLimit(t, err, phpform.LimitError{Limit: "depth", Max: 64, Field: "a_b"})
	}
	_, err := phpform.Parse("%FF[a][b]=1", phpform.Limits{Depth: 1})
	wantLimit(t, err, phpform.LimitError{Limit: "depth", Max: 1})
	if got := err.Error(); got != "a field is nested deeper than 1 levels" {
		t.Error(got)
	}
}

func TestJSONDepthLimit(t *testing.T) {
	nested := func(n int) []byte {
		return []byte(`{"b":[[]],"a":` + strings.Repeat("[", n) + "1" + strings.Repeat("]", n) + "}")
	}
	if _, err := phpform.ParseJSON(nested(64), phpform.DefaultLimits()); err != nil {
		t.Error(err)
	}
	want := phpform.LimitError{Limit: "depth", Max: 64, Field: "a"}
	_, err := phpform.ParseJSON(nested(65), phpform.DefaultLimits())
	wantLimit(t, err, want)
	_, err = phpform.ParseJSON([]byte(`{"a":`+strings.Repeat("[", 1_000_000)), phpform.DefaultLimits())
	wantLimit(t, err, want)
}

func TestLimitErrorsAreWorded(t *testing.T) {
	fields := &phpform.LimitError{Limit: "fields", Max: 1000}
	depth := &phpform.LimitError{Limit: "depth", Max: 64, Field: "a"}
	if fields.Error() != "more than 1000 fields" || depth.Error() != "a is nested deeper than 64 levels" {
		t.Error(fields, depth)
	}
}
