package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// mustCall sends a form to api.php, mustREST a call of the other dialect. The answer must be JSON.
func (s *served) mustCall(t *testing.T, action, id string) (res *http.Response, body string) {
	t.Helper()
	form := url.Values{"action": {action}, "token": {s.AdminToken}, "id": {id}}
	req, err := http.NewRequest(http.MethodPost, s.HTTP+"/spanel/api.php", strings.NewReader(form.Encode()))
	return mustAnswer(t, req, err)
}

func (s *served) mustREST(t *testing.T, method, path, text string) (res *http.Response, body string) {
	t.Helper()
	req, err := http.NewRequest(method, s.HTTP+path, strings.NewReader(text))
	if err == nil {
		req.Header.Set("X-API-KEY", s.AdminToken)
		req.Header.Set("Content-Type", "application/json")
	}
	return mustAnswer(t, req, err)
}

func mustAnswer(t *testing.T, req *http.Request, err error) (*http.Response, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	res, err := probe.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || !json.Valid(body) {
		t.Fatalf("%s, %q, %v; want JSON", res.Status, body, err)
	}
	return res, string(body)
}

// mustRefuse sends a write in both dialects and wants it refused for a while.
func (s *served) mustRefuse(t *testing.T, name, text string) {
	t.Helper()
	check := func(dialect string, res *http.Response, body string) {
		t.Helper()
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "10" ||
			!strings.Contains(body, text) || !strings.Contains(body, "Nothing was changed") || !strings.Contains(body, `"busy"`) {
			t.Errorf("%s: %s, Retry-After %q, %s; want 503 with %q", dialect, res.Status, res.Header.Get("Retry-After"), body, text)
		}
		if strings.Contains(body, "sqlite") || strings.Contains(body, s.DB) || strings.Contains(body, "I/O") {
			t.Errorf("%s: the answer tells what is for the log: %s", dialect, body)
		}
	}
	res, body := s.mustCall(t, "users/upsert", name)
	check("api.php", res, body)
	res, body = s.mustREST(t, http.MethodPost, "/users", `{"id":"`+name+`"}`)
	check("REST", res, body)
}

// readers read users and lists until end is called, which gives how often; none may fail.
func (s *served) readers(t *testing.T, n int) (end func() int64) {
	t.Helper()
	var reads atomic.Int64
	var all sync.WaitGroup
	stop := make(chan struct{})
	for i := range n {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				form := url.Values{"action": {[]string{"accounts/listaccounts", "toolbox/apicheck"}[i%2]}, "token": {s.AdminToken}}
				res, err := probe.PostForm(s.HTTP+"/spanel/api.php", form)
				if err != nil {
					t.Errorf("read: %v", err)
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK || strings.Contains(string(body), `"result":"error"`) {
					t.Errorf("read: %s, %.300s, %v", res.Status, body, err)
					return
				}
				reads.Add(1)
			}
		})
	}
	return func() int64 { close(stop); all.Wait(); return reads.Load() }
}

// A database that is moved, replaced or deleted under the server takes no writes: they would be lost.
func TestFaultsMovedDatabase(t *testing.T) {
	t.Parallel()
	times := rounds(1, 30)
	server := mustServe(t)
	s := newStorm(server)
	end := s.begin(t, 8)
	aside := filepath.Join(filepath.Dir(server.DB), "aside")
	for range times {
		for _, file := range []string{server.DB, server.DB + "-wal", server.DB + "-shm"} {
			for _, replaced := range []bool{false, true} {
				before := s.acks.Load()
				eventually(t, "writes", func() bool { return s.acks.Load() > before+5 })
				server.mustMove(t, file, aside, replaced)
				if err := os.Rename(aside, file); err != nil {
					t.Fatal(err)
				}
				mustBeReady(t, server.HTTP)
			}
		}
	}
	before := s.acks.Load()
	eventually(t, "writes", func() bool { return s.acks.Load() > before })
	end()
	server.stop(t)
	s.check(t, server.DB, fmt.Sprintf("3 files moved away and replaced, %d times", times))
}

// mustMove moves a file away, with another in its place or none, and wants writes refused and reads answered.
func (s *served) mustMove(t *testing.T, file, aside string, replaced bool) {
	t.Helper()
	if err := os.Rename(file, aside); err != nil {
		t.Fatal(err)
	}
	if replaced {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.mustRefuse(t, "moved", "The database cannot be written now.")
	res, err := probe.Get(s.HTTP + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "database moved") {
		t.Errorf("readyz, while %s is away: %s %s, %v", file, res.Status, body, err)
	}
	endReads := s.readers(t, 1)
	<-time.After(10 * time.Millisecond)
	endReads()
}
