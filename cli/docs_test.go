package cli_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panelgate/cli"
	"panelgate/gatewaytest"
)

func TestDocsAreServed(t *testing.T) {
	s := gatewaytest.NewServer(t)
	page, body := get(t, s.URL+"/docs")
	if !strings.HasPrefix(page.Get("Content-Type"), "text/html") || !strings.Contains(body, "user/addsubuser") {
		t.Errorf("/docs is no page of the actions: %s", page)
	}
	if policy := page.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("Content-Security-Policy: %q", policy)
	}
	header, document := get(t, s.URL+"/docs/openapi.json")
	file, err := os.ReadFile("../docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(header.Get("Content-Type"), "application/json") || document != string(file) {
		t.Error("/docs/openapi.json is not the file in docs/; this mends a stale one: make derive")
	}
	// The folder of api.php may be called docs as well.
	answer := s.MustSend(gatewaytest.Request{Method: "POST", Path: "/docs/api.php", Body: gatewaytest.Form("action=toolbox/apicheck")})
	if !strings.Contains(string(answer.Body), `"field":"token"`) {
		t.Errorf("/docs/api.php answers %s", answer.Body)
	}
}

func get(t *testing.T, url string) (http.Header, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", url, res.Status, err)
	}
	return res.Header, string(body)
}

func TestDocsCommand(t *testing.T) {
	var out, errs strings.Builder
	dir := t.TempDir()
	if code := cli.Run(t.Context(), []string{"docs", "--out", dir}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	for _, name := range []string{"actions.md", "openapi.json"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || len(text) == 0 || !strings.Contains(out.String(), name) {
			t.Errorf("%s was not written, or not told: %v, %q", name, err, out.String())
		}
	}
	if code := cli.Run(t.Context(), []string{"docs", "--out", filepath.Join(dir, "missing")}, &out, &errs); code != 1 {
		t.Errorf("a folder that is not there: exit code %d", code)
	}
}
