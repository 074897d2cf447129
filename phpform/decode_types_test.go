package phpform_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"panelgate/phpform"
)

// thrower is a type whose Unmarshaler names a field below its own.
type thrower struct{ grant }

func (*thrower) UnmarshalJSON(b []byte) error {
	return &phpform.FieldError{Field: strings.Trim(string(b), `"`), Reason: "must not be"}
}

func TestErrorsOfUnmarshalersAreNamedBelowTheirField(t *testing.T) {
	for below, want := range map[string]string{"": "t", "a": "t[a]", "a[b][c]": "t[a][b][c]", "[b]": "t[b]"} {
		a := &phpform.Array{}
		a.Set(phpform.StringKey("t"), phpform.Text(below))
		_, err := phpform.Decode(a, &struct {
			T thrower `url:"t"`
		}{})
		wantFieldError(t, err, want, "must not be")
	}
}

func TestLongNamesAreCutInMessages(t *testing.T) {
	long := strings.Repeat("é", 1000)
	unknown, err := phpform.Decode(mustParse(t, long+"=1&site[x"+long+"]=1"), &form{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{long[:64] + "...", "site[x" + long[:62] + "...]"}
	if !reflect.DeepEqual(unknown, want) {
		t.Errorf("got  %q\nwant %q", unknown, want)
	}
}

func TestDecodePanicsOnBadTypes(t *testing.T) {
	type recursive struct {
		List []recursive `url:"list"`
		Bad  any         `url:"bad"`
	}
	for name, dst := range map[string]any{
		"no pointer":  form{},
		"nil":         nil,
		"nil pointer": (*form)(nil),
		"no struct":   new(int),
		"pointer field": &struct {
			P *int `url:"p"`
		}{},
		"channel": &struct {
			C []chan int `url:"c"`
		}{},
		"map key": &struct {
			M map[int]string `url:"m"`
		}{},
		"in optional": &struct {
			O phpform.Optional[any] `url:"o"`
		}{},
		"in pairs": &struct {
			P phpform.Pairs[func()] `url:"p"`
		}{},
		"nested": &struct {
			R recursive `url:"r"`
		}{},
		"unexported": &struct {
			f string `url:"f"`
		}{},
		"same name": &struct {
			A string `url:"a"`
			B string `url:"a"`
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "phpform: ") {
					t.Errorf("recovered %q", s)
				}
			}()
			phpform.Decode(nil, dst)
		})
	}
}

func TestOptionalPtr(t *testing.T) {
	var args struct {
		Sent   phpform.Optional[int] `url:"sent"`
		Absent phpform.Optional[int] `url:"absent"`
	}
	if _, err := phpform.Decode(mustParse(t, "sent=0"), &args); err != nil {
		t.Fatal(err)
	}
	if p := args.Sent.Ptr(); p == nil || *p != 0 || args.Absent.Ptr() != nil {
		t.Errorf("%v, %v", p, args.Absent.Ptr())
	}
}

func TestPairsAsJSON(t *testing.T) {
	p := phpform.Pairs[any]{{Key: "z", Value: 1}, {Key: "a\"<", Value: []string{"<"}}}
	for want, v := range map[string]any{`{}`: phpform.Pairs[int]{}, `{"z":1,"a\"\u003c":["\u003c"]}`: p} {
		if b, err := json.Marshal(v); string(b) != want || err != nil {
			t.Errorf("got %s, %v; want %s", b, err, want)
		}
	}
	if _, err := json.Marshal(phpform.Pairs[any]{{Key: "f", Value: func() {}}}); err == nil {
		t.Error("a function became JSON")
	}
}
