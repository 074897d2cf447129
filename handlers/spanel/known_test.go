package spanel_test

import (
	"slices"
	"strings"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/handlers/spanel"
	"panelgate/permissions"
)

// TestKnownActions calls each action that is known and not served: the answer names it, its page and its documentation.
func TestKnownActions(t *testing.T) {
	var refusals []gatewaytest.Refusal
	var families []string
	for _, a := range spanel.New().Table().Actions() {
		if a.Served() {
			continue
		}
		family, _, _ := strings.Cut(a.Name, "/")
		families = append(families, family)
		refusals = append(refusals, gatewaytest.Refusal{
			Name: a.Name, Send: gatewaytest.Send(call(newSubuser, "action="+a.Name)), Code: "not_served", Field: "action",
			Says: a.Name + " (page " + a.Page + ") is a known action that this server does not serve",
		})
		checkPage(t, a)
	}
	if got := slices.Compact(families); !slices.Equal(got, []string{"domain", "email", "file", "mysql", "server", "tool"}) {
		t.Errorf("families that are known and not served: %q", got)
	}
	gatewaytest.NewServer(t).CheckRefusals(t, "known", readRefusal, refusals)
}

// checkPage looks for the page in the tree of those whom the action is for.
func checkPage(t *testing.T, a *handlers.Action) {
	t.Helper()
	tree := permissions.Default().User
	if a.For == handlers.ForAdmin {
		tree = permissions.Default().Admin
	}
	if category, page, _ := strings.Cut(a.Page, "/"); !tree.Has(category, page) {
		t.Errorf("%s: the catalogue has no page %s", a.Name, a.Page)
	}
}
