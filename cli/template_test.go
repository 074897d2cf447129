package cli_test

import (
	"slices"
	"testing"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/handlers/installatron"
	"panelgate/handlers/spanel"
)

// What a template allows, action by action of both dialects, so that a new action is noticed here.
func TestTemplates(t *testing.T) {
	signOn := []string{"base/sso", "users/login", "POST /users/{id}/login"}
	packages := []string{"accounts/createpackage", "accounts/modifypackage", "accounts/removepackage", "accounts/editprivileges"}
	family := func(a *handlers.Action, prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return auth.Matches(p, a.Name) })
	}
	allows := map[string]func(*handlers.Action) bool{
		"billing": func(a *handlers.Action) bool {
			return family(a, "accounts/*", "users/*", "* /users*", "toolbox/*", "base/sso") && !slices.Contains(packages, a.Name)
		},
		"readonly": func(a *handlers.Action) bool { return !a.Writes },
		"sso": func(a *handlers.Action) bool {
			return slices.Contains(signOn, a.Name) || family(a, "toolbox/apicheck", "toolbox/can")
		},
		"subusers": func(a *handlers.Action) bool { return family(a, "user/*", "toolbox/*") },
	}
	for _, template := range auth.Templates() {
		t.Run(template.Name, func(t *testing.T) {
			for _, table := range []*handlers.Table{spanel.New().Table(), installatron.New().Table()} {
				for _, action := range table.Actions() {
					want := allows[template.Name](action)
					got := template.Actions.Judge(append([]string{action.Name}, action.Twins...)...).Allowed
					if action.Served() && got != want {
						t.Errorf("%s: allowed %t, want %t", action.Name, got, want)
					}
				}
			}
			if template.SSO != template.Actions.Judge("base/sso").Allowed || template.Masked != (template.Name == "readonly") {
				t.Errorf("switches: %+v", template)
			}
		})
	}
}
