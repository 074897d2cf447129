package phpform_test

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"panelgate/phpform"
)

// tooDeep is what oracle.php says when PHP dropped a variable for its depth.
const tooDeep = "too deep"

// answer is what oracle.php would say about a parse.
func answer(a *phpform.Array, err error) string {
	var limit *phpform.LimitError
	if errors.As(err, &limit) && limit.Limit == "depth" {
		return tooDeep
	}
	if err != nil {
		return err.Error()
	}
	return serialized(a)
}

func TestParseLikePHP(t *testing.T) {
	g := newGenerator(1)
	queries := make([]string, 120_000)
	for i := range queries {
		queries[i] = g.query()
	}
	deep := 0
	for i, want := range mustAsk(t, "parse", queries) {
		if want == tooDeep {
			deep++
		}
		if got := answer(phpform.Parse(queries[i], phpform.DefaultLimits())); got != want {
			t.Fatalf("query %q\n got %q\nwant %q", queries[i], got, want)
		}
	}
	if deep == 0 {
		t.Error("the generator never exceeded the depth limit")
	}
}

func TestParseLikePostedForms(t *testing.T) {
	url, g := mustServe(t), newGenerator(2)
	for range 400 {
		body := g.query() + g.pick([]string{"", "\x00", "\x00b&a=\x00c", "&a\x00b=1"})
		got := answer(phpform.ParseBytes([]byte(body), phpform.DefaultLimits()))
		want := mustPost(t, url, "application/x-www-form-urlencoded", body)
		if got != want && got != tooDeep {
			t.Fatalf("body %q\n got %q\nwant %q", body, got, want)
		}
	}
}

func TestParseMultipartLikePHP(t *testing.T) {
	url, g := mustServe(t), newGenerator(3)
	for range 400 {
		body, boundary := g.multipart()
		got := answer(phpform.ParseMultipart(strings.NewReader(body), boundary, phpform.DefaultLimits()))
		want := mustPost(t, url, "multipart/form-data; boundary="+boundary, body)
		if got != want && got != tooDeep {
			t.Fatalf("body %q\n got %q\nwant %q", body, got, want)
		}
	}
}

// multipart makes a body with one part or more, for which PHP and RFC 2046 agree on the framing.
func (g generator) multipart() (body, boundary string) {
	var b strings.Builder
	boundary = "----" + strconv.Itoa(g.IntN(1000))
	for range 1 + g.IntN(5) {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; %s\r\n", boundary, g.parameter())
		if g.IntN(4) == 0 {
			b.WriteString("Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: quoted-printable\r\n")
		}
		fmt.Fprintf(&b, "\r\n%s\r\n", g.many(values, 3))
	}
	return b.String() + "--" + boundary + "--\r\n", boundary
}

// parameter quotes a name in one of the ways that PHP reads.
func (g generator) parameter() string {
	name := strings.NewReplacer("\n", "", "\r", "", "\v", "", "\f", "").Replace(g.name())
	switch g.IntN(6) {
	case 0:
		return "name=" + name
	case 1:
		return "name='" + name + "'"
	case 2:
		return "NAME=\"" + name + "\""
	case 3:
		return "size=5;  name=\"" + name + "\"; x=y"
	}
	return "name=\"" + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + "\""
}

// trees parses generated queries into trees with every kind of key and value.
func (g generator) trees(n int) []*phpform.Array {
	var trees []*phpform.Array
	for len(trees) < n {
		if a, err := phpform.Parse(g.query(), phpform.DefaultLimits()); err == nil {
			trees = append(trees, a)
		}
	}
	return trees
}

func serializedAll(trees []*phpform.Array) []string {
	texts := make([]string, len(trees))
	for i, a := range trees {
		texts[i] = serialized(a)
	}
	return texts
}

func TestBuildQueryLikePHP(t *testing.T) {
	trees := newGenerator(4).trees(20_000)
	for i, want := range mustAsk(t, "build", serializedAll(trees)) {
		got := phpform.BuildQuery(trees[i], phpform.RFC1738) + "\n" + phpform.BuildQuery(trees[i], phpform.RFC3986)
		if got != want {
			t.Fatalf("tree %q\n got %q\nwant %q", serialized(trees[i]), got, want)
		}
	}
}

func TestAppendJSONLikePHP(t *testing.T) {
	trees := newGenerator(5).trees(20_000)
	for i, want := range mustAsk(t, "json", serializedAll(trees)) {
		got, err := trees[i].AppendJSON(nil)
		if err != nil {
			got = []byte("invalid")
		}
		if string(got) != want {
			t.Fatalf("tree %q\n got %q\nwant %q", serialized(trees[i]), got, want)
		}
	}
}

func TestFloatsLikePHP(t *testing.T) {
	g := newGenerator(6)
	floats := []float64{0, 1, -1, 0.1, 1e14, 1e15, 1e16, 1e17, 1e25, 123456789012345678, 0.0001, 0.00001, 1.0 / 3, 5e-324}
	for range 10_000 {
		f := (g.Float64() - 0.5) * 2
		for range g.IntN(40) {
			f *= 10
		}
		floats = append(floats, f, 1/f, float64(int64(f)))
	}
	questions := make([]string, len(floats))
	for i, f := range floats {
		questions[i] = "a:1:{i:0;d:" + strconv.FormatFloat(f, 'g', -1, 64) + ";}"
	}
	for i, want := range mustAsk(t, "build", questions) {
		v, _, err := phpform.From([]any{floats[i]})
		if err != nil {
			t.Fatal(err)
		}
		got := phpform.BuildQuery(v.Array(), phpform.RFC1738)
		if want, _, _ := strings.Cut(want, "\n"); got != want {
			t.Fatalf("%v: got %s, want %s", floats[i], got, want)
		}
	}
}

func TestParseJSONLikeBuildQuery(t *testing.T) {
	g := newGenerator(7)
	bodies := make([]string, 10_000)
	for i := range bodies {
		bodies[i] = g.object(3)
	}
	for i, want := range mustAsk(t, "flatten", bodies) {
		if got := answer(phpform.ParseJSON([]byte(bodies[i]), phpform.DefaultLimits())); got != want {
			t.Fatalf("body %s\n got %s\nwant %s", bodies[i], got, want)
		}
	}
}

// object makes JSON that http_build_query can carry: no empty arrays and no names that PHP mangles.
func (g generator) object(depth int) string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range 1 + g.IntN(4) {
		if i > 0 {
			b.WriteString(" , ")
		}
		fmt.Fprintf(&b, "%s:\t%s", g.pick([]string{`"a"`, `"b"`, `"\u0041"`, `"5"`, `"-5"`, `"01"`, `"é"`}), g.json(depth-1))
	}
	b.WriteByte('}')
	return b.String()
}

func (g generator) json(depth int) string {
	if depth > 0 && g.IntN(3) == 0 {
		return g.object(depth)
	}
	if depth > 0 && g.IntN(3) == 0 {
		return "[" + g.json(depth-1) + ", " + g.json(depth-1) + "]"
	}
	return g.pick([]string{"true", "false", "null", "0", "-1", "12", "0.5", `""`, `"x"`, `"\ud83d\ude00"`, `"\/\"\\\n\u0000é"`})
}
