package permissions_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"panelgate/permissions"
)

func TestCheckNormalises(t *testing.T) {
	of := permissions.Of
	tests := []struct {
		name  string
		grant permissions.Grant
		want  string
	}{
		{"all", permissions.All(), `"all"`},
		{"none", permissions.None(), `"none"`},
		{"all of a category stays", of("email", "all"), `{"email":"all"}`},
		{"the alias of a category", of("domains", "domains"), `{"domain":["domains"]}`},
		{"alias and name together", of("domains", "redirects").With("domain", "domains"), `{"domain":["domains","redirects"]}`},
		{"alias and name, one of them all", of("domain", "domains").With("domains", "all"), `{"domain":"all"}`},
		{"pages in the tree's order", of("email", "filters", "accounts"), `{"email":["accounts","filters"]}`},
		{"categories in the tree's order", of("user", "manage").With("email", "all"), `{"email":"all","user":["manage"]}`},
		{"every page is not all", of("user", "manage"), `{"user":["manage"]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := small(t).Check(tt.grant)
			if err != nil {
				t.Fatal(err)
			}
			if text(t, got) != tt.want {
				t.Errorf("got %s, want %s", text(t, got), tt.want)
			}
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	of := permissions.Of
	tests := []struct {
		grant         permissions.Grant
		nearest, want string
	}{
		{of("domain", "redirect"), "redirects", `unknown page "redirect" in category "domain"; did you mean "redirects"?`},
		{of("domains", "redirect"), "redirects", `unknown page "redirect" in category "domain"; did you mean "redirects"?`},
		{of("emial", "all"), "email", `unknown category "emial"; did you mean "email"?`},
		{of("Email", "all"), "email", `unknown category "Email"; did you mean "email"?`},
		{of("EMAIL", "all"), "email", `unknown category "EMAIL"; did you mean "email"?`},
		{of("domainss", "all"), "domains", `unknown category "domainss"; did you mean "domains"?`},
		{of("mysql", "all"), "", `unknown category "mysql"; known are email, domain, user`},
		{of("", "all"), "", `unknown category ""; known are email, domain, user`},
		{of("all", "all"), "", `unknown category "all"; known are email, domain, user`},
		{of("email", "spam"), "", `unknown page "spam" in category "email"; known are accounts, forwarders, filters`},
		{of("user", "managr").With("email", "x"), "manage", `unknown page "managr" in category "user"; did you mean "manage"?`},
		{of("email", "\x00\xff\u202e"), "", `unknown page "\x00\xff\u202e" in category "email"; known are accounts, forwarders, filters`},
		{of("email", strings.Repeat("é", 1000)), "",
			`unknown page "` + strings.Repeat("é", 39) + `…" in category "email"; known are accounts, forwarders, filters`},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			got, err := small(t).Check(tt.grant)
			var unknown *permissions.UnknownError
			if !errors.As(err, &unknown) {
				t.Fatalf("error %v, want an UnknownError", err)
			}
			if err.Error() != tt.want || !utf8.ValidString(err.Error()) {
				t.Errorf("error\n%s, want\n%s", err, tt.want)
			}
			if unknown.Nearest != tt.nearest {
				t.Errorf("nearest %q, want %q", unknown.Nearest, tt.nearest)
			}
			if !got.IsNone() {
				t.Errorf("grant %s beside an error, want none", text(t, got))
			}
		})
	}
}

func TestUnknownErrorNamesWhatWasSent(t *testing.T) {
	_, err := small(t).Check(permissions.Of("domains", "redirect"))
	var unknown *permissions.UnknownError
	if !errors.As(err, &unknown) || unknown.Category != "domain" || unknown.Page != "redirect" {
		t.Errorf("got %+v, want category domain and page redirect", unknown)
	}
	_, err = small(t).Check(permissions.Of("domian", "redirects"))
	if !errors.As(err, &unknown) || unknown.Category != "domian" || unknown.Page != "" {
		t.Errorf("got %+v, want category domian and no page", unknown)
	}
}

func TestUnknownErrorListsAtMostEight(t *testing.T) {
	var pages []string
	for _, name := range strings.Fields("one two three four five six seven eight nine") {
		pages = append(pages, `{"name":"`+name+`","label":"L"}`)
	}
	category := `[{"name":"count","label":"Count","pages":[` + strings.Join(pages, ",") + `]}]`
	tree := load(t, `{"user":`+category+`,"admin":`+category+`}`).User
	_, err := tree.Check(permissions.Of("count", "zwanzig"))
	want := `unknown page "zwanzig" in category "count"; among those known are one, two, three, four, five, six, seven, eight`
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v, want\n%s", err, want)
	}
}
