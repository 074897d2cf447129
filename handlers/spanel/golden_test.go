package spanel_test

import (
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers/spanel"
)

func TestGolden(t *testing.T) {
	gatewaytest.RunGolden(t, "../../testdata/spanel", spanel.New().Table())
}
