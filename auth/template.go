package auth

import (
	"slices"

	"panelgate/store"
)

// Template is a ready-made choice of what a token may do.
type Template struct {
	Name    string
	Summary string
	Actions Patterns
	SSO     bool // switched on
	Masked  bool // credentials of websites are hidden
}

// Templates are those that there are, by name.
func Templates() []Template {
	return []Template{
		{Name: "billing", Summary: "what a billing system does: accounts and users, their sign-on, and the list of packages",
			Actions: Patterns{"accounts/*", "users/*", "base/sso", "toolbox/*", "!accounts/createpackage", "!accounts/modifypackage",
				"!accounts/removepackage", "!accounts/editprivileges"},
			SSO: true},
		{Name: "readonly", Summary: "every action that changes nothing, with the credentials of websites hidden",
			Actions: Patterns{"*/list*", "users/view", "toolbox/*"}, Masked: true},
		{Name: "sso", Summary: "sign-on links and nothing else",
			Actions: Patterns{"base/sso", "users/login", "toolbox/apicheck", "toolbox/can"}, SSO: true},
		{Name: "subusers", Summary: "the subusers of an account",
			Actions: Patterns{"user/*", "toolbox/*"}},
	}
}

// TemplateNamed gives a template by its name.
func TemplateNamed(name string) (Template, bool) {
	all := Templates()
	i := slices.IndexFunc(all, func(t Template) bool { return t.Name == name })
	if i < 0 {
		return Template{}, false
	}
	return all[i], true
}

// Apply adds the template to a token's terms. It switches on, never off.
func (t Template) Apply(terms *store.Terms) {
	terms.Actions = slices.Concat([]string(t.Actions), terms.Actions)
	terms.SSO = terms.SSO || t.SSO
	terms.Masked = terms.Masked || t.Masked
}
