package phpform_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"panelgate/phpform"
)

func FuzzParse(f *testing.F) {
	f.Add(subuserBody)
	for _, query := range []string{"a[][b]=1&a[][c", "a[b[c.d=1", "a[__Host-x][c=1", "a[9223372036854775807]&a[]", "..Host-=%00%zz+"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if a, err := phpform.Parse(body, phpform.DefaultLimits()); err == nil {
			wantRoundTrip(t, a)
		}
	})
}

// FuzzParseJSON holds the reader against encoding/json, which must refuse what it refuses and take what it takes.
func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"\u00e9\ud83d\ude00"},null],"c":{"d":-1.5e+3},"a":{}}`))
	f.Add([]byte(` {"":true,"5":false} `))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := phpform.ParseJSON(body, phpform.DefaultLimits())
		var limit *phpform.LimitError
		var fields map[string]any
		valid := json.Unmarshal(body, &fields) == nil && fields != nil
		switch {
		case err == nil && !valid:
			t.Fatalf("took %q", body)
		case err != nil && valid && !errors.As(err, &limit) && !alteredByStandardLibrary(err):
			t.Fatalf("refused %q: %v", body, err)
		case err == nil:
			if b, err := a.AppendJSON(nil); err != nil || !json.Valid(b) {
				t.Fatalf("%q became %q: %v", body, b, err)
			}
		}
	})
}

// alteredByStandardLibrary tells what encoding/json takes only because it replaces it by U+FFFD.
func alteredByStandardLibrary(err error) bool {
	return strings.Contains(err.Error(), "surrogate") || strings.Contains(err.Error(), "UTF-8")
}

func FuzzDecode(f *testing.F) {
	f.Add("site[sub][0][uid]=1&pairs[a][]=b&grant[a]=b&opt_site[path]=&ints[5]=1&ints[1]=2&map[%FF]=1&f=1e5", true)
	f.Add(`{"sites":[{"uid":5}],"grant":{"a":[]},"b":true,"opt_list":[]}`, false)
	f.Fuzz(func(t *testing.T, body string, urlencoded bool) {
		a, err := phpform.Parse(body, phpform.DefaultLimits())
		if !urlencoded {
			a, err = phpform.ParseJSON([]byte(body), phpform.DefaultLimits())
		}
		if err != nil {
			return
		}
		_, err = phpform.Decode(a, &form{})
		var field *phpform.FieldError
		if err != nil && (!errors.As(err, &field) || field.Field == "" || field.Reason == "") {
			t.Fatalf("%q: %#v", body, err)
		}
	})
}

func FuzzMultipart(f *testing.F) {
	f.Add(part(`; name="a[b][]"`, "1")+"\r\n"+part(`; name='c\'d'; x="y;z"`, "2")+"\r\n--B--", "B")
	f.Add(part(`; name=a; filename="x"`, "1")+"\r\n--B--\r\n", "B")
	f.Fuzz(func(t *testing.T, body, boundary string) {
		a, err := phpform.ParseMultipart(strings.NewReader(body), boundary, phpform.DefaultLimits())
		if err == nil {
			wantRoundTrip(t, a)
			return
		}
		var limit *phpform.LimitError
		var file *phpform.FileError
		var syntax *phpform.SyntaxError
		if !errors.As(err, &limit) && !errors.As(err, &file) && !errors.As(err, &syntax) {
			t.Fatalf("%q: %#v", body, err)
		}
	})
}
