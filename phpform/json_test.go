package phpform_test

import (
	"testing"

	"panelgate/phpform"
)

func TestParseJSON(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                                  `[]`,
		" \r\n\t{ } \n":                       `[]`,
		`{"a":"x","b":true,"c":false}`:        `["a"=>'x', "b"=>'1', "c"=>'0']`,
		`{"a":null,"b":[null,"x",null,"y"]}`:  `["b"=>[1=>'x', 3=>'y']]`,
		`{"a":[null],"b":{"c":{"d":null}}}`:   `[]`,
		`{"a":[],"b":{},"c":[{}]}`:            `["a"=>[], "b"=>[], "c"=>[0=>[]]]`,
		`{"a":-0,"b":1.50,"c":1E+2,"d":0e-1}`: `["a"=>'-0', "b"=>'1.50', "c"=>'1E+2', "d"=>'0e-1']`,
		`{"b":1,"a":2,"b":3}`:                 `["b"=>'3', "a"=>'2']`,
		`{"b":1,"a":2,"b":null}`:              `["a"=>'2']`,
		`{"5":1,"-5":2,"01":3,"":4}`:          `[5=>'1', -5=>'2', "01"=>'3', ""=>'4']`,
		`{"a.b c":1,"a[b]":2}`:                `["a.b c"=>'1', "a[b]"=>'2']`,
		`{"a":"\"\\\/\b\f\n\r\t\u00e9"}`:      `["a"=>'"\/\010\014\n\015\011\303\251']`,
		`{"a":"\uD83D\uDE00\u0000x"}`:         `["a"=>'\360\237\230\200\000x']`,
	} {
		a, err := phpform.ParseJSON([]byte(body), phpform.DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if got := literal(a); got != want {
			t.Errorf("%s\n got %s\nwant %s", body, got, want)
		}
	}
}

func TestParseJSONCopies(t *testing.T) {
	body := []byte(`{"a":"secret"}`)
	a, err := phpform.ParseJSON(body, phpform.DefaultLimits())
	clear(body)
	if err != nil || a.Text("a") != "secret" {
		t.Errorf("%q, %v", a.Text("a"), err)
	}
}

func TestParseJSONRefusesBadSyntax(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		offset int
	}{
		"empty":                {"", 0},
		"white space":          {"  ", 2},
		"list":                 {"[1]", 0},
		"text":                 {`"secret"`, 0},
		"null":                 {"null", 0},
		"byte order mark":      {"\ufeff{}", 0},
		"trailing data":        {"{} secret", 3},
		"two objects":          {"{}{}", 2},
		"unclosed object":      {`{"a":1`, 6},
		"unclosed list":        {`{"a":[1`, 7},
		"wrong closing sign":   {`{"a":[1}`, 7},
		"no colon":             {`{"a" 1}`, 5},
		"no value":             {`{"a":}`, 5},
		"no comma":             {`{"a":1 "b":2}`, 7},
		"comma at the end":     {`{"a":1,}`, 7},
		"comma in a list":      {`{"a":[1,]}`, 8},
		"key without quotes":   {`{secret:1}`, 1},
		"key in single quotes": {`{'a':1}`, 1},
		"unknown word":         {`{"a":secret}`, 5},
		"word goes on":         {`{"a":nullsecret}`, 9},
		"capital word":         {`{"a":True}`, 5},
		"leading zero":         {`{"a":01}`, 6},
		"plus":                 {`{"a":+1}`, 5},
		"lone minus":           {`{"a":-}`, 6},
		"no digit after dot":   {`{"a":1.}`, 7},
		"no exponent":          {`{"a":1e+}`, 8},
		"hexadecimal":          {`{"a":0x1}`, 6},
		"NUL":                  {"{\"a\":\x00}", 5},
		"NUL at the end":       {"{\"a\":1}\x00", 7},
		"unclosed string":      {`{"a":"secret`, 12},
		"ends in an escape":    {`{"a":"secret\`, 12},
		"unknown escape":       {`{"a":"secret\x"}`, 12},
		"short escape":         {`{"a":"\u12"}`, 6},
		"signed escape":        {`{"a":"\u+123"}`, 6},
		"line break in string": {"{\"a\":\"\n\"}", 6},
		"lone high surrogate":  {`{"a":"\ud83d"}`, 6},
		"lone low surrogate":   {`{"a":"\ude00"}`, 6},
		"wrong pair":           {`{"a":"\ud83d\u0041"}`, 6},
		"U+FFFD is valid":      {"{\"a\":\"\ufffd\xff\"}", 9},
		"invalid UTF-8":        {"{\"a\":\"secret\xff\"}", 12},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := phpform.ParseJSON([]byte(c.body), phpform.DefaultLimits())
			wantSyntax(t, err, "JSON", c.offset, "secret")
		})
	}
}
