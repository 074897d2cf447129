package cli_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"panelgate/client"
)

// mustGet reads what a server answers to anybody.
func mustGet(t *testing.T, url string) (status int, body string) {
	t.Helper()
	res, err := probe.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// debugBase is where a server with --debug-listen says that it can be looked into.
func debugBase(t *testing.T, server *served) string {
	t.Helper()
	return server.find(t, `debugging +(http://[0-9.:]+)/metrics`)
}

// Calls of both dialects are counted, by names of the tables only, and nobody sees it on the addresses of the API.
func TestDebugListen(t *testing.T) {
	t.Parallel()
	server := mustServe(t, "--debug-listen", "127.0.0.1:0")
	debug, ctx := debugBase(t, server), t.Context()
	admin := client.New(server.HTTP, server.AdminToken)
	for range 3 {
		if _, err := admin.UpsertUser(ctx, client.UserChange{ID: "acme"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := admin.CreateUser(ctx, client.UserChange{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"made/up", "made/up2", "server/listresourceusage"} { // the last is known, and not served
		if _, err := admin.Call(ctx, action, nil); err == nil {
			t.Fatalf("%s is served", action)
		}
	}
	if _, err := client.New(server.HTTP, "nobody").Call(ctx, "user/listsubusers", nil); err == nil {
		t.Fatal("a wrong token is taken")
	}
	status, text := mustGet(t, debug+"/metrics")
	for _, want := range []string{
		`panelgate_calls_total{action="users/upsert",code="success",dialect="spanel"} 3`,
		`panelgate_calls_total{action="POST /users",code="success",dialect="installatron"} 1`,
		`panelgate_calls_total{action="unknown",code="unknown_action",dialect="spanel"} 2`,
		`panelgate_calls_total{action="server/listresourceusage",code="not_served",dialect="spanel"} 1`,
		`panelgate_calls_total{action="user/listsubusers",code="unauthorized",dialect="spanel"} 1`,
		`panelgate_call_duration_seconds_count{action="users/upsert",dialect="spanel"} 3`,
		"panelgate_hashing_waiting 0", "panelgate_hashing_working 0", "panelgate_writes_waiting 0", "panelgate_audit_lost_total 0",
		"panelgate_bodies_bytes 0", "panelgate_database_bytes ", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("%d, metrics lack %s", status, want)
		}
	}
	if t.Failed() || strings.Contains(text, "made") {
		t.Errorf("the metrics are\n%s", text)
	}
	if status, text := mustGet(t, debug+"/debug/pprof/goroutine?debug=1"); status != http.StatusOK || !strings.Contains(text, "goroutine profile") {
		t.Errorf("goroutines: %d %s", status, text)
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
		for _, base := range []string{server.HTTP, server.TLS} {
			if status, _ := mustGet(t, base+path); status != http.StatusNotFound {
				t.Errorf("%s%s: %d, want 404", base, path, status)
			}
		}
	}
	server.stop(t)
}

func TestDebugListenIsForLoopback(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.7:6060", "[::]:0", "panel.example:6060"} {
		refused := mustStart(t, "serve", "--dev", "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--debug-listen", address)
		if code := refused.exitCode(t); code != 2 || !strings.Contains(refused.err.String(), "--debug-listen "+address+": it asks for no token, so it listens on loopback only") {
			t.Errorf("%s: exit code %d: %s", address, code, refused.err.String())
		}
	}
	dev := mustStart(t, "serve", "--dev", "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--debug-listen", "localhost:0")
	if status, _ := mustGet(t, dev.find(t, `debugging +(http://\S+)/metrics`)+"/metrics"); status != http.StatusOK {
		t.Errorf("metrics of a development server: %d", status)
	}
}
