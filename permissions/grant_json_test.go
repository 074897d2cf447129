package permissions_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"panelgate/permissions"
)

// text is the grant as it is stored.
func text(t testing.TB, g permissions.Grant) string {
	t.Helper()
	data, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestJSONRead(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"all", `"all"`, `"all"`},
		{"none", `"none"`, `"none"`},
		{"all of a category", `{"email":"all"}`, `{"email":"all"}`},
		{"pages", `{"domain":["domains","redirects"]}`, `{"domain":["domains","redirects"]}`},
		{"the documented example", `{"email":"all","domain":["domains","redirects"]}`, `{"email":"all","domain":["domains","redirects"]}`},
		{"order is kept", `{"user":["manage"],"email":"all"}`, `{"user":["manage"],"email":"all"}`},
		{"a list with gaps", `{"domain":{"5":"domains","7":"redirects"}}`, `{"domain":["domains","redirects"]}`},
		{"a list out of order", `{"domain":{"1":"redirects","0":"domains","-3":"dnseditor"}}`, `{"domain":["redirects","domains","dnseditor"]}`},
		{"a single page", `{"domain":"domains"}`, `{"domain":["domains"]}`},
		{"a page twice", `{"domain":["domains","domains"]}`, `{"domain":["domains"]}`},
		{"all in a list of one", `{"domain":["all"]}`, `{"domain":"all"}`},
		{"none in a list of one", `{"domain":["none"],"email":"all"}`, `{"email":"all"}`},
		{"none of a category", `{"domain":"none"}`, `"none"`},
		{"an empty list of a category", `{"domain":[],"email":"all"}`, `{"email":"all"}`},
		{"an empty object of a category", `{"domain":{}}`, `"none"`},
		{"no categories", `{}`, `"none"`},
		{"no categories, as PHP writes it", `[]`, `"none"`},
		{"blanks around", " {\n\t\"email\" : \"all\" }\r\n", `{"email":"all"}`},
		{"unknown names are for Check", `{"Émail":["x y"]}`, `{"Émail":["x y"]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var g permissions.Grant
			if err := json.Unmarshal([]byte(tt.in), &g); err != nil {
				t.Fatal(err)
			}
			if got := text(t, g); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestJSONRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", `""`, `is empty; send all, none, or pages by category`},
		{"Array for the grant", `"Array"`, `a list arrived as the text Array; wrap the fields in http_build_query()`},
		{"Array for a category", `{"domain":"Array"}`, `[domain]: a list arrived as the text Array; wrap the fields in http_build_query()`},
		{"Array for a page", `{"domain":["domains","Array"]}`, `[domain][1]: a list arrived as the text Array; wrap the fields in http_build_query()`},
		{"JSON in a text", `"{\"email\":\"all\"}"`, `is a list written as one text; wrap the fields in http_build_query()`},
		{"JSON in a page", `{"domain":"[\"domains\"]"}`, `[domain]: is a list written as one text`},
		{"another word", `"everything"`, `"everything" is neither all nor none; send all, none, or pages by category`},
		{"capitals", `"ALL"`, `"ALL" is neither all nor none`},
		{"true", `true`, `is neither text nor a list`},
		{"a number", `1`, `is neither text nor a list`},
		{"null", `null`, `is neither text nor a list`},
		{"a list without categories", `["email"]`, `[0]: has no category; name the category (permissions[email]=all)`},
		{"a list with gaps without categories", `{"3":"email"}`, `[3]: has no category; name the category (permissions[email]=all)`},
		{"all as category", `{"all":"all"}`, `[all]: all is not a category; send permissions=all for the whole grant`},
		{"none as category", `{"none":[]}`, `[none]: none is not a category; send permissions=none for the whole grant`},
		{"a category without name", `{"":"all"}`, `[]: is empty; name the category`},
		{"a category twice", `{"email":"all","email":"none"}`, `[email]: is named twice; send each category once`},
		{"an empty category", `{"email":""}`, `[email]: is empty; send all, none, or a list of pages`},
		{"true for a category", `{"email":true}`, `[email]: is neither text nor a list; send all, none, or a list of pages`},
		{"null for a category", `{"email":null}`, `[email]: is neither text nor a list`},
		{"a number for a category", `{"email":1}`, `[email]: is neither text nor a list`},
		{"an empty page", `{"email":[""]}`, `[email][0]: is empty; name a page`},
		{"true for a page", `{"email":["accounts",true]}`, `[email][1]: is not text; name a page`},
		{"a list for a page", `{"email":[["accounts"]]}`, `[email][0]: is not text; name a page`},
		{"an object for a page", `{"email":{"2":{"x":"y"}}}`, `[email][2]: is not text; name a page`},
		{"pages as keys", `{"domain":{"domains":"1"}}`, `[domain][domains]: is not a place in a list; send pages as values (permissions[domain][]=domains)`},
		{"a key PHP keeps as text", `{"domain":{"01":"domains"}}`, `[domain][01]: is not a place in a list`},
		{"all beside pages", `{"domain":["domains","all"]}`, `[domain]: lists all or none beside other pages; send the word alone or the pages alone`},
		{"none beside pages", `{"domain":["none","domains"]}`, `[domain]: lists all or none beside other pages`},
		{"a long word", `"` + strings.Repeat("é", 65) + `"`, `"` + strings.Repeat("é", 39) + `…" is longer than 64 characters`},
		{"a long page", `{"email":["` + strings.Repeat("x", 65) + `"]}`, `[email][0]: "` + strings.Repeat("x", 39) + `…" is longer than 64 characters`},
		{"a long category", `{"` + strings.Repeat("x", 65) + `":"all"}`, `[` + strings.Repeat("x", 39) + `…]: "`},
		{"unprintable text", `{"a\u0000b\u202e":""}`, "[a\uFFFDb\uFFFD]: is empty"},
		{"101 categories", object(101, `"all"`), `names more than 100 categories`},
		{"100000 categories", object(100000, `"all"`), `names more than 100 categories`},
		{"1001 pages", `{"email":` + list(1001) + `}`, `[email]: lists more than 1000 pages`},
		{"1001 pages together", `{"email":` + list(1000) + `,"user":["manage"]}`, `names more than 1000 pages`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := permissions.Of("email", "accounts")
			err := json.Unmarshal([]byte(tt.in), &g)
			var refused *permissions.ParseError
			if !errors.As(err, &refused) {
				t.Fatalf("error %v, want a ParseError", err)
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error\n%s, want\n%s", err, tt.want)
			}
			if !utf8.ValidString(err.Error()) || strings.ContainsAny(err.Error(), "\n\r\x00") {
				t.Errorf("error %q is not one line of valid text", err)
			}
			if !g.Equal(permissions.Of("email", "accounts")) {
				t.Errorf("the grant became %s, want it left alone", text(t, g))
			}
		})
	}
}

func TestJSONBoundsAreReached(t *testing.T) {
	for _, in := range []string{object(100, `"all"`), `{"email":` + list(1000) + `}`} {
		var g permissions.Grant
		if err := json.Unmarshal([]byte(in), &g); err != nil {
			t.Errorf("%.40s…: %v", in, err)
		}
	}
}

func TestUnmarshalJSONRefusesBrokenJSON(t *testing.T) {
	for _, in := range []string{``, `{`, `{"email":"all"} {}`, `{"email" "all"}`, `all`, "\"\x01\"", strings.Repeat("[", 20000)} {
		var g permissions.Grant
		var refused *permissions.ParseError
		if err := g.UnmarshalJSON([]byte(in)); !errors.As(err, &refused) || !strings.Contains(err.Error(), "is not JSON") {
			t.Errorf("%.20q: error %v, want one that says it is not JSON", in, err)
		}
	}
}

func TestParse(t *testing.T) {
	if g, err := permissions.Parse("all"); err != nil || !g.IsAll() {
		t.Errorf("all: %s, %v", text(t, g), err)
	}
	if g, err := permissions.Parse("none"); err != nil || !g.IsNone() {
		t.Errorf("none: %s, %v", text(t, g), err)
	}
	for _, in := range []string{"", "Array", "All", " all", "email", "\xff", `{"email":"all"}`} {
		var refused *permissions.ParseError
		if g, err := permissions.Parse(in); !errors.As(err, &refused) || !g.IsNone() || !utf8.ValidString(err.Error()) {
			t.Errorf("%q: %s, %v", in, text(t, g), err)
		}
	}
}

// object is a JSON object of n members.
func object(n int, value string) string {
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`"c%d":%s`, i, value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// list is a JSON list of n pages.
func list(n int) string {
	pages := make([]string, n)
	for i := range pages {
		pages[i] = fmt.Sprintf(`"p%d"`, i)
	}
	return "[" + strings.Join(pages, ",") + "]"
}
