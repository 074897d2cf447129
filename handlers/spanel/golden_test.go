package spanel_test

import (
	"strings"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/handlers/spanel"
)

func TestGolden(t *testing.T) {
	gatewaytest.RunGolden(t, "../../testdata/spanel", spanel.New().Table(), func(a *handlers.Action) string {
		return strings.ReplaceAll(a.Name, "/", "_")
	})
}
