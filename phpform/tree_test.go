package phpform_test

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"panelgate/phpform"
)

func mustParse(t testing.TB, query string) *phpform.Array {
	t.Helper()
	a, err := phpform.Parse(query, phpform.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestStringKey(t *testing.T) {
	for _, s := range []string{"0", "5", "-5", "9223372036854775807", "-9223372036854775808"} {
		n, ok := phpform.StringKey(s).Int()
		if !ok || strconv.FormatInt(n, 10) != s || phpform.StringKey(s) != phpform.IntKey(n) {
			t.Errorf("%s is not the integer key", s)
		}
	}
	for _, s := range []string{"", "-", "01", "-0", "+1", "1.5", "1e3", " 1", "1 ", "--1", "0x1", "1_0",
		"9223372036854775808", "-9223372036854775809", "99999999999999999999"} {
		if _, ok := phpform.StringKey(s).Int(); ok || phpform.StringKey(s).String() != s {
			t.Errorf("%q is not kept as a string key", s)
		}
	}
}

func TestNilArrayReadsAsEmpty(t *testing.T) {
	var a *phpform.Array
	if _, found := a.Get("a"); found || a.Len() != 0 || a.Text("a") != "" || !a.IsList() || phpform.BuildQuery(a, 0) != "" {
		t.Error("a nil array is not empty")
	}
	for range a.All() {
		t.Error("a nil array yields")
	}
	if b, err := a.AppendJSON(nil); string(b) != "[]" || err != nil {
		t.Errorf("JSON of a nil array is %s, %v", b, err)
	}
	if v := a.Value(); !v.IsArray() || v.Array().Len() != 0 {
		t.Error("the value of a nil array is not an empty array")
	}
}

func TestSetKeepsThePlace(t *testing.T) {
	var a phpform.Array
	a.Set(phpform.StringKey("b"), phpform.Text("1"))
	a.Set(phpform.StringKey("a"), phpform.Text("2"))
	a.Set(phpform.StringKey("b"), phpform.List(phpform.Text("3")))
	if got := literal(&a); got != `["b"=>[0=>'3'], "a"=>'2']` {
		t.Error(got)
	}
	if a.Text("b") != "" || a.Text("a") != "2" {
		t.Error("Text of an array or of a text is wrong")
	}
}

func TestAppendTakesTheNextIndex(t *testing.T) {
	for _, c := range []struct{ after, next int64 }{{5, 6}, {-5, -4}, {-1, 0}, {math.MaxInt64 - 1, math.MaxInt64}} {
		var a phpform.Array
		a.Set(phpform.IntKey(c.after), phpform.Value{})
		if !a.Append(phpform.Text("x")) || a.Text(strconv.FormatInt(c.next, 10)) != "x" {
			t.Errorf("after %d: %s", c.after, literal(&a))
		}
	}
	var a phpform.Array
	a.Set(phpform.IntKey(math.MaxInt64), phpform.Value{})
	if a.Append(phpform.Value{}) || a.Len() != 1 {
		t.Error("appended after PHP_INT_MAX")
	}
}

func TestDelete(t *testing.T) {
	a := mustParse(t, "token=t&a[]=x&a[]=y&a[]=z&b=1")
	a.Delete("token")
	a.Delete("absent")
	list, _ := a.Get("a")
	list.Array().Delete("2")
	if !list.Array().IsList() {
		t.Error("a list without its last element is a list")
	}
	list.Array().Delete("0")
	list.Array().Append(phpform.Text("new"))
	if got := literal(a); got != `["a"=>[1=>'y', 3=>'new'], "b"=>'1']` {
		t.Error(got)
	}
}

// TestLargeArrays reads back every key, in the orders that make an array change how it finds keys.
func TestLargeArrays(t *testing.T) {
	const n = 3000
	orders := map[string]func(i int) phpform.Key{
		"list":      func(i int) phpform.Key { return phpform.IntKey(int64(i)) },
		"backwards": func(i int) phpform.Key { return phpform.IntKey(int64(n - i)) },
		"names":     func(i int) phpform.Key { return phpform.StringKey("k" + strconv.Itoa(i)) },
		"late name": func(i int) phpform.Key { return phpform.StringKey(strconv.Itoa(i) + strings.Repeat("x", i/(n-1))) },
	}
	for name, key := range orders {
		var a phpform.Array
		for i := range n {
			a.Set(key(i), phpform.Text("old"))
			a.Set(key(i), phpform.Text(strconv.Itoa(i)))
		}
		for i := range n {
			if got := a.Text(key(i).String()); got != strconv.Itoa(i) {
				t.Fatalf("%s: %v is %q", name, key(i), got)
			}
		}
		if a.Len() != n || a.IsList() != (name == "list") {
			t.Errorf("%s: %d keys, list: %v", name, a.Len(), a.IsList())
		}
		if a.Delete(key(n / 2).String()); a.Len() != n-1 || a.Text(key(n-1).String()) != strconv.Itoa(n-1) {
			t.Errorf("%s: wrong after Delete", name)
		}
	}
}

func TestAllStopsWhenAsked(t *testing.T) {
	for range mustParse(t, "a=1&b=2").All() {
		break
	}
}

func TestJSONOfTrees(t *testing.T) {
	a := mustParse(t, "list[]=a/b&list[]=%C3%A9%F0%9F%98%80&map[x]=%3Cb%3E&gap[1]=%00")
	b, err := a.AppendJSON([]byte("json: "))
	if want := `json: {"list":["a\/b","\u00e9\ud83d\ude00"],"map":{"x":"<b>"},"gap":{"1":"\u0000"}}`; string(b) != want || err != nil {
		t.Errorf("got %s, %v", b, err)
	}
	v, _ := a.Get("map")
	if b, err := json.Marshal([]any{a, v}); err != nil || !json.Valid(b) {
		t.Errorf("encoding/json: %s, %v", b, err)
	}
}

func TestJSONRefusesInvalidUTF8(t *testing.T) {
	for query, field := range map[string]string{
		"a=%FF":          "a",
		"a[b][0]=x%FF":   "a[b][0]",
		"a[%FF]=1":       `a["\xff"]`,
		"a[b][%FF][c]=1": `a[b]["\xff"]`,
	} {
		b, err := mustParse(t, query).AppendJSON([]byte("kept"))
		wantFieldError(t, err, field, "must be valid UTF-8")
		if string(b) != "kept" {
			t.Errorf("%s: dst is now %q", query, b)
		}
	}
	_, err := phpform.Text("\xff").AppendJSON(nil)
	wantFieldError(t, err, "", "must be valid UTF-8")
	if err.Error() != "the value must be valid UTF-8" {
		t.Error(err)
	}
}
