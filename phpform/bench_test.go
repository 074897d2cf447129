package phpform_test

import (
	"net/url"
	"testing"

	"panelgate/phpform"
)

// subuserBody is what http_build_query makes of a call that creates a subuser.
const subuserBody = "token=provided_auth_token&accountuser=spanelio&action=user%2Faddsubuser" +
	"&username=spanelio_testuser&password=KExk80Ml5aG6M&permissions%5Bemail%5D=all" +
	"&permissions%5Bdomain%5D%5B0%5D=domains&permissions%5Bdomain%5D%5B1%5D=redirects"

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := phpform.Parse(subuserBody, phpform.DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseBytes(b *testing.B) {
	body := []byte(subuserBody)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := phpform.ParseBytes(body, phpform.DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseQuery is what the standard library needs for the same bytes, without making arrays.
func BenchmarkParseQuery(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := url.ParseQuery(subuserBody); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	a := mustParse(b, subuserBody)
	b.ReportAllocs()
	for b.Loop() {
		var args struct {
			Token       string                  `url:"token"`
			Account     string                  `url:"accountuser"`
			Action      string                  `url:"action"`
			Username    string                  `url:"username"`
			Password    upper                   `url:"password"`
			Permissions phpform.Pairs[[]string] `url:"permissions"`
		}
		if _, err := phpform.Decode(a, &args); err != nil {
			b.Fatal(err)
		}
	}
}
