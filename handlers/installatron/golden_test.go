package installatron_test

import (
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers/installatron"
)

func TestGolden(t *testing.T) {
	gatewaytest.RunGolden(t, "../../testdata/installatron", installatron.New().Table())
}
