package permissions_test

import (
	"testing"

	"panelgate/permissions"
)

func TestIntersect(t *testing.T) {
	all, none := permissions.All(), permissions.None()
	email := permissions.Of("email", "all")
	some := permissions.Of("email", "accounts", "forwarders").With("domain", "domains")
	for _, c := range []struct {
		name           string
		one, two, both permissions.Grant
	}{
		{"all and all", all, all, all},
		{"all and some", all, some, some},
		{"some and none", some, none, none},
		{"a category and pages of it", email, some, permissions.Of("email", "accounts", "forwarders")},
		{"a category twice", email, permissions.Of("email", "all"), email},
		{"lists that overlap", some, permissions.Of("email", "forwarders", "mailroute"), permissions.Of("email", "forwarders")},
		{"lists that do not", some, permissions.Of("email", "mailroute"), none},
		{"other categories", some, permissions.Of("mysql", "all"), none},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.one.Intersect(c.two); !got.Equal(c.both) {
				t.Errorf("%v and %v is %v, want %v", c.one, c.two, got, c.both)
			}
			if got := c.two.Intersect(c.one); !got.Equal(c.both) {
				t.Errorf("the other way round: %v, want %v", got, c.both)
			}
		})
	}
	if !some.Equal(permissions.Of("email", "accounts", "forwarders").With("domain", "domains")) {
		t.Errorf("Intersect changed its receiver: %v", some)
	}
}
