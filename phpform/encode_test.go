package phpform_test

import (
	"math"
	"testing"

	"panelgate/phpform"
)

func TestBuildQuery(t *testing.T) {
	a := &phpform.Array{}
	fields := phpform.Pairs[any]{
		{Key: "yes", Value: true}, {Key: "no", Value: false}, {Key: "none", Value: nil},
		{Key: "p", Value: []any{nil, "a", nil}}, {Key: "empty", Value: []any{}},
		{Key: "n", Value: phpform.Pairs[any]{{Key: "x y", Value: int8(-5)}, {Key: "7", Value: []any{uint64(math.MaxUint64)}}}},
		{Key: "f", Value: []any{1.0, 1e25, float32(0.5), math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}},
		{Key: "a.b-c_", Value: "~ +%\x00\xff\r\n"}, {Key: "v", Value: phpform.Text("t")}, {Key: "t", Value: &phpform.Array{}},
	}
	for _, pair := range fields {
		v, present, err := phpform.From(pair.Value)
		if err != nil {
			t.Fatal(err)
		}
		if present {
			a.Set(phpform.StringKey(pair.Key), v)
		}
	}
	const start = "yes=1&no=0&p%5B1%5D=a&n%5Bx"
	const middle = "y%5D=-5&n%5B7%5D%5B0%5D=18446744073709551615&f%5B0%5D=1&f%5B1%5D=1.0E%2B25&f%5B2%5D=0.5" +
		"&f%5B3%5D=NAN&f%5B4%5D=INF&f%5B5%5D=-INF&f%5B6%5D=-0&a.b-c_="
	const end = "%2B%25%00%FF%0D%0A&v=t"
	if got, want := phpform.BuildQuery(a, phpform.RFC1738), start+"+"+middle+"%7E+"+end; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := phpform.BuildQuery(a, phpform.RFC3986), start+"%20"+middle+"~%20"+end; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFromRefusesOtherTypes(t *testing.T) {
	_, _, err := phpform.From(phpform.Pairs[any]{{Key: "a", Value: []any{1, struct{}{}}}})
	if err == nil || err.Error() != "a: 1: phpform: cannot encode a struct {}" {
		t.Error(err)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, a := range newGenerator(8).trees(20_000) {
		wantRoundTrip(t, a)
	}
}

// wantRoundTrip encodes and parses a tree that came from Parse. All of it must survive but the empty arrays
// that names given up half way leave behind, which http_build_query does not write.
func wantRoundTrip(t *testing.T, a *phpform.Array) {
	t.Helper()
	for _, enc := range []phpform.Encoding{phpform.RFC1738, phpform.RFC3986} {
		query := phpform.BuildQuery(a, enc)
		got, err := phpform.Parse(query, phpform.DefaultLimits())
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if want := serialized(withoutEmpty(a)); serialized(got) != want {
			t.Fatalf("%s\n got %q\nwant %q", query, serialized(got), want)
		}
	}
}

func withoutEmpty(a *phpform.Array) *phpform.Array {
	kept := &phpform.Array{}
	for k, v := range a.All() {
		if v.IsArray() {
			v = withoutEmpty(v.Array()).Value()
		}
		if !v.IsArray() || v.Array().Len() > 0 {
			kept.Set(k, v)
		}
	}
	return kept
}
