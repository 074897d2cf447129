package permissions_test

import (
	"net/url"
	"testing"

	"panelgate/permissions"
)

func TestEncodeValues(t *testing.T) {
	of := permissions.Of
	tests := []struct {
		name  string
		grant permissions.Grant
		want  string // with the brackets unescaped
	}{
		{"all", permissions.All(), "permissions=all"},
		{"none is said, for an omitted field may mean all", permissions.None(), "permissions=none"},
		{"all of a category", of("email", "all"), "permissions[email]=all"},
		{"pages", of("domain", "domains", "redirects"), "permissions[domain][0]=domains&permissions[domain][1]=redirects"},
		{"both", of("user", "manage").With("email", "all"), "permissions[email]=all&permissions[user][0]=manage"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			form := url.Values{}
			if err := tt.grant.EncodeValues("permissions", &form); err != nil {
				t.Fatal(err)
			}
			got, err := url.QueryUnescape(form.Encode())
			if err != nil || got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestEncodeValuesRefusesWhatBracketsCannotHold(t *testing.T) {
	for _, category := range []string{"", "a]b", "a[b", "7", "all"} {
		if err := permissions.Of(category, "all").EncodeValues("permissions", &url.Values{}); err == nil {
			t.Errorf("category %q was encoded", category)
		}
	}
}
