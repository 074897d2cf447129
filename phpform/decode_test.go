package phpform_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"panelgate/phpform"
)

func wantFieldError(t *testing.T, err error, field, reason string) {
	t.Helper()
	var e *phpform.FieldError
	if !errors.As(err, &e) || e.Field != field || e.Reason != reason {
		t.Errorf("got %v\nwant %s %s", err, field, reason)
	}
}

// upper is a type that reads itself from a text.
type upper string

func (u *upper) UnmarshalText(b []byte) error {
	if string(b) == "refused" {
		return errors.New("must be another word")
	}
	*u = upper(strings.ToUpper(string(b)))
	return nil
}

// grant is a type that reads itself from JSON of any shape.
type grant struct{ JSON string }

func (g *grant) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `"refused"`:
		return errors.New("must be all or a list")
	case `["deep"]`:
		return &phpform.FieldError{Field: "0[page]", Reason: "must be a known page"}
	}
	g.JSON = string(b)
	return nil
}

// both prefers texts and takes arrays as JSON.
type both struct {
	grant
	upper
}

type Base struct {
	Token string `url:"token"`
}

type site struct {
	UID  uint32                   `url:"uid"`
	Path phpform.Optional[string] `url:"path"`
	Sub  []site                   `url:"sub"`
}

type form struct {
	Base
	S        string                                   `url:"s,omitempty"`
	B        bool                                     `url:"b"`
	I        int                                      `url:"i"`
	I8       int8                                     `url:"i8"`
	U        uint32                                   `url:"u"`
	F        float64                                  `url:"f"`
	F32      float32                                  `url:"f32"`
	Strings  []string                                 `url:"strings"`
	Ints     []int64                                  `url:"ints"`
	Uppers   []upper                                  `url:"uppers"`
	Sites    []site                                   `url:"sites"`
	Lists    [][]string                               `url:"lists"`
	Map      map[string][]string                      `url:"map"`
	Pairs    phpform.Pairs[[]string]                  `url:"pairs"`
	Site     site                                     `url:"site"`
	Upper    upper                                    `url:"upper"`
	Grant    grant                                    `url:"grant"`
	Both     both                                     `url:"both"`
	OptS     phpform.Optional[string]                 `url:"opt_s"`
	OptB     phpform.Optional[bool]                   `url:"opt_b"`
	OptList  phpform.Optional[[]string]               `url:"opt_list"`
	OptPairs phpform.Optional[phpform.Pairs[int]]     `url:"opt_pairs"`
	OptSite  phpform.Optional[site]                   `url:"opt_site"`
	OptGrant phpform.Optional[grant]                  `url:"opt_grant"`
	OptOpt   phpform.Optional[phpform.Optional[bool]] `url:"opt_opt"`
	Opts     []phpform.Optional[int]                  `url:"opts"`
	Skipped  string                                   `url:"-"`
	Untagged string
}

func TestDecode(t *testing.T) {
	type pairs = phpform.Pairs[[]string]
	for query, want := range map[string]form{
		"":                            {},
		"token=t":                     {Base: Base{Token: "t"}},
		"s=%C3%A9%0A":                 {S: "é\n"},
		"b=YES":                       {B: true},
		"i=-9223372036854775808":      {I: -1 << 63},
		"i8=127":                      {I8: 127},
		"u=4294967295":                {U: 1<<32 - 1},
		"f=-1.5e3":                    {F: -1500},
		"f32=0.5":                     {F32: 0.5},
		"strings[]=a&strings[]=":      {Strings: []string{"a", ""}},
		"strings=":                    {Strings: []string{}},
		"strings=one":                 {Strings: []string{"one"}},
		"ints[10]=10&ints[2]=2":       {Ints: []int64{2, 10}},
		"ints[x]=10&ints[-2]=2":       {Ints: []int64{10, 2}},
		"uppers=a":                    {Uppers: []upper{"A"}},
		"sites[0][uid]=1&sites[1]=":   {},
		"sites[][uid]=1":              {Sites: []site{{UID: 1}}},
		"lists[][]=a&lists[]=":        {Lists: [][]string{{"a"}, {}}},
		"map[a][]=x&map[5]=y":         {Map: map[string][]string{"a": {"x"}, "5": {"y"}}},
		"map=":                        {Map: map[string][]string{}},
		"pairs[z][]=1&pairs[a]=":      {Pairs: pairs{{Key: "z", Value: []string{"1"}}, {Key: "a", Value: []string{}}}},
		"pairs=":                      {Pairs: pairs{}},
		"site[sub][0][sub][0][uid]=7": {Site: site{Sub: []site{{Sub: []site{{UID: 7}}}}}},
		"site[path]=":                 {Site: site{Path: phpform.Optional[string]{Set: true}}},
		"upper=%FFx":                  {Upper: upper(strings.ToUpper("\xffx"))},
		"grant=all":                   {Grant: grant{`"all"`}},
		"grant[a][]=b":                {Grant: grant{`{"a":["b"]}`}},
		"both=x":                      {Both: both{upper: "X"}},
		"both[]=x":                    {Both: both{grant: grant{`["x"]`}}},
		"opt_s=":                      {OptS: phpform.Optional[string]{Set: true}},
		"opt_b=on":                    {OptB: phpform.Optional[bool]{Value: true, Set: true}},
		"opt_list=":                   {OptList: phpform.Optional[[]string]{Value: []string{}, Set: true}},
		"opt_pairs[b]=2":              {OptPairs: phpform.Optional[phpform.Pairs[int]]{Value: phpform.Pairs[int]{{Key: "b", Value: 2}}, Set: true}},
		"opt_site[uid]=3":             {OptSite: phpform.Optional[site]{Value: site{UID: 3}, Set: true}},
		"opt_grant=":                  {OptGrant: phpform.Optional[grant]{Value: grant{`""`}, Set: true}},
		"opt_opt=1":                   {OptOpt: phpform.Optional[phpform.Optional[bool]]{Value: phpform.Optional[bool]{Value: true, Set: true}, Set: true}},
		"opts=4":                      {Opts: []phpform.Optional[int]{{Value: 4, Set: true}}},
	} {
		var got form
		unknown, err := phpform.Decode(mustParse(t, query), &got)
		if query == "sites[0][uid]=1&sites[1]=" {
			wantFieldError(t, err, "sites[1]", "must be an array")
			continue
		}
		if err != nil || unknown != nil {
			t.Errorf("%s: unknown %q, error %v", query, unknown, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %+v\nwant %+v", query, got, want)
		}
	}
}

func TestDecodeBooleans(t *testing.T) {
	for s, want := range map[string]bool{"1": true, "true": true, "On": true, "yes": true,
		"0": false, "FALSE": false, "off": false, "no": false, "": false} {
		got := form{B: !want}
		if _, err := phpform.Decode(mustParse(t, "b="+s), &got); err != nil || got.B != want {
			t.Errorf("%q is %v, %v", s, got.B, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	const (
		wrap   = "must be an array, not the text Array: wrap the fields in http_build_query()"
		single = "must be a single value, not an array"
		bools  = "must be one of 1, 0, true, false, on, off, yes, no"
		int8s  = "must be a whole number from -128 to 127"
		utf8   = "must be valid UTF-8"
	)
	for query, want := range map[string][2]string{
		"s[]=x":                       {"s", single},
		"s=%FF":                       {"s", utf8},
		"s=a%00b":                     {"s", "must not hold a NUL"},
		"b=2":                         {"b", bools},
		"b[]=1":                       {"b", single},
		"i=":                          {"i", "must be a whole number from -9223372036854775808 to 9223372036854775807"},
		"i8=128":                      {"i8", int8s},
		"i8=%2B1":                     {"i8", int8s},
		"i8=1.0":                      {"i8", int8s},
		"i8=0x1":                      {"i8", int8s},
		"i8=+1":                       {"i8", int8s},
		"u=-1":                        {"u", "must be a whole number from 0 to 4294967295"},
		"u=4294967296":                {"u", "must be a whole number from 0 to 4294967295"},
		"f=":                          {"f", "must be a number"},
		"f=inf":                       {"f", "must be a number"},
		"f=0x1p4":                     {"f", "must be a number"},
		"f=1e999":                     {"f", "must be a number"},
		"f=%2B1":                      {"f", "must be a number"},
		"strings=Array":               {"strings", wrap},
		"strings[1]=a&strings[x][]=":  {"strings[x]", single},
		"strings[5]=%FF":              {"strings[5]", utf8},
		"strings=%FF":                 {"strings", utf8},
		"ints[10]=x&ints[2]=y":        {"ints[2]", "must be a whole number from -9223372036854775808 to 9223372036854775807"},
		"uppers=refused":              {"uppers", "must be another word"},
		"sites=x":                     {"sites", "must be an array"},
		"sites=Array":                 {"sites", wrap},
		"sites[0]=Array":              {"sites[0]", wrap},
		"sites[0][uid]=x":             {"sites[0][uid]", "must be a whole number from 0 to 4294967295"},
		"lists=x":                     {"lists", "must be an array"},
		"map=x":                       {"map", "must be an array"},
		"map=Array":                   {"map", wrap},
		"map[%FF]=x":                  {`map["\xff"]`, "has a name that must be valid UTF-8"},
		"map[a][b][c]=x":              {"map[a][b]", single},
		"pairs=x":                     {"pairs", "must be an array"},
		"pairs=Array":                 {"pairs", wrap},
		"pairs[a]=Array":              {"pairs[a]", wrap},
		"pairs[%FF][]=x":              {`pairs["\xff"]`, "has a name that must be valid UTF-8"},
		"pairs[a][7]=%FF":             {"pairs[a][7]", utf8},
		"site=x":                      {"site", "must be an array"},
		"site=":                       {"site", "must be an array"},
		"site=Array":                  {"site", wrap},
		"upper=refused":               {"upper", "must be another word"},
		"upper[]=x":                   {"upper", single},
		"grant=refused":               {"grant", "must be all or a list"},
		"grant[]=deep":                {"grant[0][page]", "must be a known page"},
		"grant[a][b]=%FF":             {"grant[a][b]", utf8},
		"opt_b=maybe":                 {"opt_b", bools},
		"opt_list=Array":              {"opt_list", wrap},
		"opt_list[]=a&opt_list[]=%FF": {"opt_list[1]", utf8},
	} {
		t.Run(query, func(t *testing.T) {
			unknown, err := phpform.Decode(mustParse(t, "who=x&"+query), &form{})
			wantFieldError(t, err, want[0], want[1])
			if unknown != nil {
				t.Errorf("unknown is %q", unknown)
			}
		})
	}
}

func TestDecodeRefusesNULInKeys(t *testing.T) {
	a, err := phpform.ParseJSON([]byte(`{"map":{"a\u0000b":[]}}`), phpform.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	_, err = phpform.Decode(a, &form{})
	wantFieldError(t, err, `map["a\x00b"]`, "has a name that must not hold a NUL")
}

func TestDecodeKeepsTheCauseOfAnError(t *testing.T) {
	_, err := phpform.Decode(mustParse(t, "upper=refused"), &form{})
	var field *phpform.FieldError
	if !errors.As(err, &field) || field.Err == nil || errors.Unwrap(err) != field.Err {
		t.Errorf("the cause of %v is lost", err)
	}
}

func TestDecodeNamesUnknownFields(t *testing.T) {
	query := "x=1&site[y][z]=1&site[uid]=1&map[any]=1&sites[3][q]=1&sites[1][r]=1&Untagged=1&-=1&Skipped=1&%FF=1&%0A[a]=1"
	var f form
	unknown, err := phpform.Decode(mustParse(t, query), &f)
	if err != nil {
		t.Fatal(err)
	}
	// The elements of sites are taken by number, as they are decoded.
	want := []string{"x", "site[y]", "sites[1][r]", "sites[3][q]", "Untagged", "-", "Skipped", `"\xff"`, `"\n"`}
	if !reflect.DeepEqual(unknown, want) {
		t.Errorf("got  %q\nwant %q", unknown, want)
	}
}

func TestDecodeLeavesAbsentFieldsAlone(t *testing.T) {
	f := form{S: "default", Site: site{UID: 5}, Strings: []string{"old"}}
	if _, err := phpform.Decode(mustParse(t, "site[path]=p"), &f); err != nil {
		t.Fatal(err)
	}
	if f.S != "default" || f.Site.UID != 5 || len(f.Strings) != 1 || f.Site.Path.Value != "p" {
		t.Errorf("%+v", f)
	}
	if _, err := phpform.Decode(nil, &f); err != nil {
		t.Error(err)
	}
}
