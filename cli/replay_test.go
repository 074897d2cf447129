package cli_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// addSubuser creates a subuser of the account acme, with a key.
func (s *served) addSubuser(ctx context.Context, name string) (answer string, replayed bool, err error) {
	fields := url.Values{"token": {s.AdminToken}, "action": {"user/addsubuser"}, "accountuser": {"acme"}, "username": {name},
		"password": {"KExk80Ml5aG6M"}, "permissions": {"all"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.HTTP+"/spanel/api.php", strings.NewReader(fields.Encode()))
	if err != nil {
		return "", false, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Idempotency-Key", "key of "+name)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", false, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), res.Header.Get("X-Replayed") == "true", err
}

func mustAcme(t *testing.T, s *served) {
	t.Helper()
	mustRun(t, "call", "--url", s.HTTP, "--token", s.AdminToken, "users/upsert", "id=acme")
}

// What was answered before the server was killed is answered again by the one that comes after it.
func TestReplayAfterRestart(t *testing.T) {
	server := mustServe(t)
	mustAcme(t, server)
	first, _, err := server.addSubuser(t.Context(), "bob")
	if err != nil || !strings.Contains(first, "success") {
		t.Fatal(first, err)
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	server.exitCode(t)
	server.restart(t)
	again, replayed, err := server.addSubuser(t.Context(), "bob")
	if err != nil || again != first || !replayed {
		t.Errorf("%q, replayed %t, %v; want %q", again, replayed, err, first)
	}
}

// A change, its row in the trail and the answer to give again are there together or not at all, whenever
// the server is killed; who repeats every call until it is answered gets one of each.
func TestKilledBetween(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	server := mustServe(t)
	mustAcme(t, server)
	ctx, stop := context.WithCancel(t.Context())
	var made atomic.Int64
	var callers sync.WaitGroup
	call := func(name string) { // until it is answered, whatever became of the calls before
		for ctx.Err() == nil {
			answer, _, err := server.addSubuser(ctx, name)
			if err == nil && strings.Contains(answer, "success") {
				made.Add(1)
				return
			}
			if err == nil && !strings.Contains(answer, "busy") {
				t.Errorf("%s: %s", name, answer)
				return
			}
			<-time.After(time.Millisecond)
		}
	}
	for worker := range 16 {
		callers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				call(fmt.Sprintf("user_%d_%d", worker, n))
			}
		})
	}
	// The address stays while processes come and go, so the callers need not know of it.
	current := server
	for range rounds {
		before := made.Load()
		eventually(t, "more subusers", func() bool { return made.Load() > before+5 })
		<-time.After(time.Duration(rand.Int64N(int64(200 * time.Millisecond)))) // any moment will do
		current = current.replace(t)
	}
	stop()
	callers.Wait()
	current.stop(t)
	checkTogether(t, server.DB, made.Load())
}

// replace kills the process and starts another in its place.
func (s *served) replace(t *testing.T) *served {
	t.Helper()
	if err := s.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.exitCode(t)
	next := &served{DB: s.DB, HTTP: s.HTTP, TLS: s.TLS, AdminToken: s.AdminToken, flags: s.flags}
	next.restart(t)
	return next
}

func checkTogether(t *testing.T, file string, answered int64) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	count := func(query string) (n int64) {
		if err := db.QueryRow(query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	subusers := count("SELECT COUNT(*) FROM subusers")
	rows := count("SELECT COUNT(DISTINCT target) FROM audit WHERE action = 'user/addsubuser' AND result = 'success'")
	twice := count("SELECT COUNT(*) FROM audit WHERE action = 'user/addsubuser' AND result = 'success'") - rows
	replays := count("SELECT COUNT(*) FROM replays WHERE length(answer) > 0")
	if subusers < answered || rows != subusers || replays != subusers || twice != 0 {
		t.Errorf("%d answered, %d subusers, %d in the trail (%d twice), %d answers to give again", answered, subusers, rows, twice, replays)
	}
	if out := mustRun(t, "audit", "verify", "--db", file); !strings.Contains(out, "OK") {
		t.Error(out)
	}
	t.Logf("%d answered, %d subusers, each with its row and its answer", answered, subusers)
}
