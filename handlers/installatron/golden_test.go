package installatron_test

import (
	"strings"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/handlers/installatron"
)

// A file has the name of the vendor's page: users_create for POST /users.
func TestGolden(t *testing.T) {
	gatewaytest.RunGolden(t, "../../testdata/installatron", installatron.New().Table(), func(a *handlers.Action) string {
		page := strings.TrimPrefix(a.Source, "https://installatron.com/api/is/")
		return strings.ReplaceAll(page, "/", "_")
	})
}
