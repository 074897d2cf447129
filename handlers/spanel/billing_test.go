package spanel_test

import (
	"os/exec"
	"strings"
	"testing"

	"panelgate/gatewaytest"
)

// A billing module takes an account through its life, written in PHP as such modules are.
func TestBillingModule(t *testing.T) {
	php := gatewaytest.NeedTool(t, "php")
	server := gatewaytest.NewServer(t)
	out, err := exec.Command(php, "../../testdata/php/billing.php", server.URL+"/hostpanel/api.php", gatewaytest.AdminToken).CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "done\n") {
		t.Errorf("the module failed: %v\n%s", err, out)
	}
}
