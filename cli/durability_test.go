package cli_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panelgate/auth"
	"panelgate/client"
	"panelgate/store"
)

const clients = 64

// storm is many clients creating users, one after the other, while the server goes and comes back.
type storm struct {
	api *client.Client

	mu        sync.Mutex
	back      chan struct{} // closed while the server is up
	attempted map[string]bool
	acked     map[string]bool
	undone    map[string]bool // what the server said was not stored

	acks    atomic.Int64
	refused atomic.Int64 // calls that the server answered with an error
}

// newStorm makes a storm over a server that is up.
func newStorm(server *served) *storm {
	s := &storm{
		attempted: make(map[string]bool), acked: make(map[string]bool), undone: make(map[string]bool), back: make(chan struct{}),
		api: client.New(server.HTTP, server.AdminToken, client.WithHTTPClient(
			&http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: clients}})),
	}
	close(s.back)
	return s
}

func (s *storm) setBack(back chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.back = back
}

func (s *storm) waitBack(ctx context.Context) {
	s.mu.Lock()
	back := s.back
	s.mu.Unlock()
	select {
	case <-back:
	case <-ctx.Done():
	}
}

// run creates users until ctx ends. What the server is not there for is waited for, not counted.
func (s *storm) run(ctx context.Context, worker int) {
	for n := 0; ctx.Err() == nil; n++ {
		s.waitBack(ctx)
		name := fmt.Sprintf("user_%d_%d", worker, n)
		s.mu.Lock()
		s.attempted[name] = true
		s.mu.Unlock()
		_, err := s.api.UpsertUser(ctx, userWithSites(name))
		var answered *client.Error
		switch {
		case err == nil:
			s.mu.Lock()
			s.acked[name] = true
			s.mu.Unlock()
			s.acks.Add(1)
		case errors.As(err, &answered) && answered.Code != "busy": // which a slow machine may be
			s.refused.Add(1)
		case answered != nil && strings.Contains(answered.Message, "Nothing was changed"):
			s.mu.Lock()
			s.undone[name] = true
			s.mu.Unlock()
		}
	}
}

// userWithSites is a user that takes many rows: two websites with a database each.
func userWithSites(name string) client.UserChange {
	change := client.UserChange{ID: name, Websites: client.Websites{}}
	for i := range 2 {
		host := fmt.Sprintf("site%d.%s.example", i, strings.ReplaceAll(name, "_", "-"))
		change.Websites = append(change.Websites, client.Website{
			Path: "sftp://u:p@" + host, Label: host, Vhosts: map[string]string{"http://" + host: "httpdocs"},
			Databases: client.Databases{{Type: "mysql", Host: "localhost", Name: name, User: name, Pass: "pass of " + name}},
		})
	}
	return change
}

// What was acknowledged is there after the process was killed, and nothing is there by half.
func TestFaultsKilledServerLosesNothing(t *testing.T) {
	load, least, pause, binary := 10*time.Second, 2, 700*time.Millisecond, ""
	if testing.Short() {
		load = 2 * time.Second
	}
	if faultsInFull() {
		load, least, pause, binary = 0, 200, 200*time.Millisecond, mustBuild(t)
	}
	server := mustServeIn(t, t.TempDir(), binary)
	s := newStorm(server)
	end := s.begin(t, clients)
	rounds, started := 0, time.Now()
	for time.Since(started) < load || rounds < least {
		before := s.acks.Load()
		eventually(t, "acknowledged writes", func() bool { return s.acks.Load() > before })
		<-time.After(time.Duration(rand.Int64N(int64(pause)))) // any moment of the load will do
		down := make(chan struct{})
		s.setBack(down)
		if err := server.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if code := server.exitCode(t); code != -1 {
			t.Fatalf("the server had ended with %d before it was killed: %s", code, server.err.String())
		}
		rounds++
		server.restart(t)
		close(down)
	}
	end()
	took := time.Since(started)
	server.stop(t)
	s.check(t, server.DB, fmt.Sprintf("%d clients for %v, killed %d times", clients, took.Round(time.Second), rounds))
}

// begin sets clients to work; end stops them.
func (s *storm) begin(t *testing.T, clients int) (end func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	for worker := range clients {
		workers.Go(func() { s.run(ctx, worker) })
	}
	return func() { cancel(); workers.Wait() }
}

// check looks at every user that was ever sent, and logs what became of them.
func (s *storm) check(t *testing.T, file, what string) {
	t.Helper()
	aead, err := auth.OpenKeyset(file + ".keyset")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{DB: file, AEAD: aead})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var kept, lost, halves, undead int
	err = db.Read(t.Context(), func(tx *store.Tx) error {
		for name := range s.attempted {
			account, err := tx.Account(store.ScopeAll(), name)
			var missing *store.NotFoundError
			if errors.As(err, &missing) {
				if s.acked[name] {
					lost++
					t.Errorf("%s was acknowledged and is gone", name)
				}
				continue
			}
			if err != nil {
				return err
			}
			kept++
			if s.undone[name] {
				undead++
				t.Errorf("%s was told to be not stored, and is", name)
			}
			sites, err := tx.Websites(account)
			if err != nil {
				return err
			}
			if !isWhole(t, name, sites) {
				halves++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, file)
	t.Logf("%s: %d users acknowledged, %d attempted, %d told to be not stored; %d kept, %d lost, %d halves, %d kept though told otherwise",
		what, len(s.acked), len(s.attempted), len(s.undone), kept, lost, halves, undead)
	if n := s.refused.Load(); n > 0 {
		t.Errorf("%d calls were answered with an error", n)
	}
}

func isWhole(t *testing.T, name string, sites []store.Website) bool {
	t.Helper()
	want := userWithSites(name).Websites
	if len(sites) != len(want) {
		t.Errorf("%s has %d websites, want %d", name, len(sites), len(want))
		return false
	}
	for i, site := range sites {
		if site.Path != want[i].Path || len(site.Vhosts) != 1 || len(site.Databases) != 1 ||
			site.Databases[0].Pass != want[i].Databases[0].Pass {
			t.Errorf("%s has half a website: %+v", name, site)
			return false
		}
	}
	return true
}

// checkFile has SQLite look for damage and for rows that belong to nothing.
func checkFile(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %s, %v", verdict, err)
	}
	var orphans int
	if err := db.QueryRow("SELECT count(*) FROM pragma_foreign_key_check").Scan(&orphans); err != nil || orphans > 0 {
		t.Errorf("%d rows belong to nothing, %v", orphans, err)
	}
	err = db.QueryRow(`SELECT count(*) FROM logins l WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = l.id)`).Scan(&orphans)
	if err != nil || orphans > 0 {
		t.Errorf("%d logins belong to no account, %v", orphans, err)
	}
}

// A token that was revoked by another process is refused by the running server within a second.
func TestRevokedTokenIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	token := strings.TrimSpace(mustRun(t, "token", "create", "--db", server.DB, "--kind", "admin"))
	api := client.New(server.HTTP, token)
	if err := api.APICheck(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "token", "revoke", "--db", server.DB, "2")
	revoked := time.Now()
	var refused *client.Error
	eventually(t, "the token to be refused", func() bool { return errors.As(api.APICheck(t.Context()), &refused) })
	took := time.Since(revoked)
	if refused.Code != "token_revoked" || took > time.Second {
		t.Errorf("refused after %v with %v", took, refused)
	}
	t.Logf("refused %v after the command ended", took.Round(time.Microsecond))
}

// Commands that make a new database together each get their token, under one keyset.
func TestFirstCommandsTogether(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "panelgate.db")
	const together = 6
	var made []*process
	for range together {
		made = append(made, mustStart(t, "token", "create", "--db", file, "--kind", "admin"))
	}
	for _, p := range made {
		if code := p.exitCode(t); code != 0 {
			t.Errorf("exit code %d: %s", code, p.err.String())
		}
	}
	if list := mustRun(t, "token", "list", "--db", file); strings.Count(list, "good") != together {
		t.Errorf("want %d tokens:\n%s", together, list)
	}
}
