package gatewaytest

import (
	"os"
	"os/exec"
	"testing"
)

// NeedTool gives the path of a program that a test compares with or works through, such as php or
// curl. Where it is not installed the test is skipped, aloud; when the environment variable CI is
// set the test fails instead, so that no comparison goes missing there unnoticed.
func NeedTool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("CI is set and %s is not installed: make deps installs it as root", name)
	}
	t.Skipf("not run: %s is not installed (make deps installs it as root)", name)
	return ""
}
