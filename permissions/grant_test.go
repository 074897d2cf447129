package permissions_test

import (
	"slices"
	"testing"

	"panelgate/permissions"
)

// holder asks a grant page by page.
type holder struct {
	*testing.T
	grant permissions.Grant
}

func (h holder) allow(category, page string) {
	h.Helper()
	if !h.grant.Allow(category, page) {
		h.Errorf("%s/%s is denied, want it allowed", category, page)
	}
}

func (h holder) deny(category, page string) {
	h.Helper()
	if h.grant.Allow(category, page) {
		h.Errorf("%s/%s is allowed, want it denied", category, page)
	}
}

func TestAllow(t *testing.T) {
	t.Run("all", func(t *testing.T) {
		h := holder{t, permissions.All()}
		h.allow("email", "accounts")
		h.allow("user", "manage")
		h.allow("later", "added")
	})
	t.Run("none", func(t *testing.T) {
		h := holder{t, permissions.None()}
		h.deny("email", "accounts")
		h.deny("", "")
	})
	t.Run("zero value", func(t *testing.T) {
		h := holder{t, permissions.Grant{}}
		h.deny("email", "accounts")
	})
	t.Run("the documented example", func(t *testing.T) {
		h := holder{t, permissions.Of("email", "all").With("domain", "domains", "redirects")}
		h.allow("email", "accounts")
		h.allow("email", "added_later")
		h.allow("domain", "domains")
		h.allow("domain", "redirects")
		h.deny("domain", "dnseditor")
		h.deny("domain", "added_later")
		h.deny("domain", "all")
		h.deny("domain", "")
		h.deny("user", "manage")
		h.deny("domains", "domains") // an alias: Check replaces it
		h.deny("Email", "accounts")
	})
	t.Run("an empty list is not everything", func(t *testing.T) {
		var chosen []string
		h := holder{t, permissions.Of("email", chosen...)}
		h.deny("email", "accounts")
	})
}

func TestWith(t *testing.T) {
	of := permissions.Of
	tests := []struct {
		name      string
		got, want permissions.Grant
	}{
		{"adds a page", of("email", "accounts").With("email", "filters"), of("email", "accounts", "filters")},
		{"adds a page once", of("email", "accounts").With("email", "accounts"), of("email", "accounts")},
		{"adds a category", of("email", "all").With("user", "manage"), of("user", "manage").With("email", "all")},
		{"all of a category stays", of("email", "all").With("email", "accounts"), of("email", "all")},
		{"all of a category replaces pages", of("email", "accounts").With("email", "all"), of("email", "all")},
		{"all stays all", permissions.All().With("email", "accounts"), permissions.All()},
		{"none adds nothing", of("email", "none"), permissions.None()},
		{"no pages add nothing", of("email"), permissions.None()},
		{"an empty name adds nothing", of("email", "", "accounts"), of("email", "accounts")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !tt.got.Equal(tt.want) {
				t.Errorf("got %s, want %s", text(t, tt.got), text(t, tt.want))
			}
		})
	}
	t.Run("leaves the grant it was asked of alone", func(t *testing.T) {
		base := of("email", "accounts")
		one, two := base.With("email", "filters"), base.With("email", "forwarders")
		if !base.Equal(of("email", "accounts")) || one.Allow("email", "forwarders") || two.Allow("email", "filters") {
			t.Errorf("base %s, one %s, two %s", text(t, base), text(t, one), text(t, two))
		}
	})
}

func TestEqual(t *testing.T) {
	all, none, of := permissions.All(), permissions.None(), permissions.Of
	tests := []struct {
		name string
		a, b permissions.Grant
		want bool
	}{
		{"none and the zero value", none, permissions.Grant{}, true},
		{"all and none", all, none, false},
		{"pages in another order", of("email", "accounts", "filters"), of("email", "filters", "accounts"), true},
		{"a page more", of("email", "accounts", "filters"), of("email", "accounts"), false},
		{"a category more", of("email", "all").With("user", "all"), of("email", "all"), false},
		{"all of a category and a list", of("software", "all"), of("software", "wpmanager"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.a.Equal(tt.b) != tt.want || tt.b.Equal(tt.a) != tt.want {
				t.Errorf("Equal(%s, %s) is not %v both ways", text(t, tt.a), text(t, tt.b), tt.want)
			}
		})
	}
}

func TestIsAllIsNone(t *testing.T) {
	listed := permissions.None()
	for _, c := range permissions.Default().User.Categories() {
		listed = listed.With(c.Name, "all")
	}
	if !permissions.All().IsAll() || permissions.None().IsAll() || listed.IsAll() {
		t.Error("only All is all: a list of all categories does not grow")
	}
	if !permissions.None().IsNone() || permissions.All().IsNone() || listed.IsNone() {
		t.Error("only None is none")
	}
}

// small is a tree that tests can see at a glance.
func small(t testing.TB) *permissions.Tree {
	return load(t, `{"user": [
		{"name": "email", "label": "Email", "pages": [
			{"name": "accounts", "label": "A"}, {"name": "forwarders", "label": "F"}, {"name": "filters", "label": "I"}]},
		{"name": "domain", "label": "Domains", "aliases": ["domains"], "pages": [
			{"name": "domains", "label": "D"}, {"name": "redirects", "label": "R"}]},
		{"name": "user", "label": "Users", "pages": [{"name": "manage", "label": "M"}]}],
	"admin": [{"name": "server", "label": "Server", "pages": [{"name": "status", "label": "S"}]}]}`).User
}

func TestExpand(t *testing.T) {
	type granted = permissions.Granted
	email := granted{"email", []string{"accounts", "forwarders", "filters"}}
	domain := granted{"domain", []string{"domains", "redirects"}}
	user := granted{"user", []string{"manage"}}
	of := permissions.Of
	tests := []struct {
		name  string
		grant permissions.Grant
		want  []granted
	}{
		{"none", permissions.None(), nil},
		{"all", permissions.All(), []granted{email, domain, user}},
		{"all of a category", of("email", "all"), []granted{email}},
		{"in the tree's order", of("user", "manage").With("email", "filters", "accounts"),
			[]granted{{"email", []string{"accounts", "filters"}}, user}},
		{"through an alias", of("domains", "all"), []granted{domain}},
		{"without pages that are gone", of("email", "accounts", "gone").With("user", "gone").With("gone", "all"),
			[]granted{{"email", []string{"accounts"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.grant.Expand(small(t))
			same := func(a, b granted) bool { return a.Category == b.Category && slices.Equal(a.Pages, b.Pages) }
			if !slices.EqualFunc(got, tt.want, same) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestMissingAndWithin(t *testing.T) {
	all, none, of := permissions.All(), permissions.None(), permissions.Of
	everyEmail := of("email", "accounts", "forwarders", "filters")
	tests := []struct {
		name        string
		held, asked permissions.Grant
		missing     []string
	}{
		{"all hands out all", all, all, nil},
		{"all hands out a page", all, of("email", "accounts"), nil},
		{"all hands out none", all, none, nil},
		{"none hands out none", none, none, nil},
		{"none hands out nothing else", none, of("email", "accounts"), []string{"email/accounts"}},
		{"categories are not all", of("email", "all").With("domain", "all").With("user", "all"), all, []string{"all"}},
		{"a category hands out its pages", of("email", "all"), everyEmail, nil},
		{"a category hands out itself", of("email", "all"), of("email", "all"), nil},
		{"every page is not the category", everyEmail, of("email", "all"), []string{"email/all"}},
		{"a page hands out itself", of("email", "accounts"), of("email", "accounts"), nil},
		{"a page hands out no other", of("email", "accounts"), everyEmail, []string{"email/forwarders", "email/filters"}},
		{"an alias is its category", of("domains", "all"), of("domain", "domains"), nil},
		{"in the tree's order", none, of("user", "manage").With("domains", "all").With("email", "filters", "accounts"),
			[]string{"email/accounts", "email/filters", "domain/all", "user/manage"}},
		{"what is gone comes last", none, of("gone", "all").With("email", "gone", "filters"),
			[]string{"email/filters", "email/gone", "gone/all"}},
		{"a page that is gone may come back", of("email", "accounts"), of("email", "gone", "accounts"), []string{"email/gone"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := small(t)
			if got := tt.asked.Missing(tt.held, tree); !slices.Equal(got, tt.missing) {
				t.Errorf("missing %q, want %q", got, tt.missing)
			}
			if got, want := tt.asked.Within(tt.held, tree), tt.missing == nil; got != want {
				t.Errorf("within is %v, want %v", got, want)
			}
		})
	}
}
