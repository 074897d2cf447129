package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"panelgate/auth"
	"panelgate/store"
)

// mustFillUsers makes a database of so many users that sealing them anew takes a while.
func mustFillUsers(t *testing.T, file string, number int) (names map[string]bool) {
	t.Helper()
	if err := auth.CreateKeyset(file + ".keyset"); err != nil {
		t.Fatal(err)
	}
	keys, err := auth.OpenKeyset(file + ".keyset")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{DB: file, AEAD: keys})
	if err != nil {
		t.Fatal(err)
	}
	names = make(map[string]bool)
	var all sync.WaitGroup
	for worker := range clients {
		for n := range number / clients {
			names[fmt.Sprintf("old_%d_%d", worker, n)] = true
		}
		all.Go(func() {
			for n := range number / clients {
				name := fmt.Sprintf("old_%d_%d", worker, n)
				err := db.Write(t.Context(), func(tx *store.Tx) error {
					_, err := tx.SaveAccount(store.ScopeAll(), store.AccountChange{Name: name, Websites: new(storedSites(name))})
					return errors.Join(err, tx.Audit(store.AuditRow{Actor: "test", Action: "users/upsert", Target: name, Result: store.ResultSuccess}))
				})
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	all.Wait()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return names
}

// storedSites are the websites of userWithSites, as the store has them.
func storedSites(name string) (sites []store.Website) {
	for _, w := range userWithSites(name).Websites {
		site := store.Website{Path: w.Path, Label: w.Label}
		for origin, docroot := range w.Vhosts {
			site.Vhosts = append(site.Vhosts, store.Vhost{Origin: origin, Docroot: docroot})
		}
		for _, d := range w.Databases {
			site.Databases = append(site.Databases, store.Database{Type: d.Type, Host: d.Host, Name: d.Name, User: d.User, Pass: d.Pass})
		}
		sites = append(sites, site)
	}
	return sites
}

type keyStatus struct {
	ID               string
	Primary, Missing bool
	Values           int
}

// keysOf gives the keys of a database, the primary one last.
func keysOf(t *testing.T, file string) (keys []keyStatus) {
	t.Helper()
	if err := json.Unmarshal([]byte(mustRun(t, "keys", "status", "--json", "--db", file)), &keys); err != nil {
		t.Fatal(err)
	}
	return keys
}

// keyLook looks at what each key seals, beside whoever works on the database.
type keyLook struct {
	keys *auth.Keyset
	db   *store.Inspection
}

func mustLook(t *testing.T, file string) keyLook {
	t.Helper()
	keys, err := auth.OpenKeyset(file + ".keyset")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Inspect(t.Context(), store.Options{DB: file, AEAD: keys, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return keyLook{keys, db}
}

// use counts what the primary key seals, and what is left to seal anew.
func (l keyLook) use(t *testing.T) (done, left int) {
	t.Helper()
	var use map[uint32]int
	err := l.db.Read(t.Context(), func(tx *store.Tx) (err error) {
		use, err = tx.KeyUse()
		return err
	})
	if _, refreshErr := l.keys.Refresh(); err != nil || refreshErr != nil {
		t.Fatal(err, refreshErr)
	}
	for _, key := range l.keys.Keys() {
		if key.Primary {
			done = use[key.ID]
			delete(use, key.ID)
		}
	}
	for _, n := range use {
		left += n
	}
	return done, left
}

// mustBeMidway waits until two keys are in use, and gives how much the old one still sealed then.
func (l keyLook) mustBeMidway(t *testing.T) (left int) {
	t.Helper()
	eventually(t, "two keys in use", func() (midway bool) {
		var done int
		done, left = l.use(t)
		return done > 100 && len(l.keys.Keys()) > 1
	})
	return left
}

// mustEnd waits until the old key seals nothing, as long as it seals less and less.
func (l keyLook) mustEnd(t *testing.T) {
	t.Helper()
	for _, before := l.use(t); before > 0; {
		eventually(t, "the old key to seal less", func() bool {
			_, left := l.use(t)
			less := left < before
			before = left
			return less
		})
	}
}

// Keys are rotated under load; the server is killed half-way, goes on after its start, and the old key can go. Nothing
// is lost, and no call fails for it.
func TestKeysRotateWhileServing(t *testing.T) {
	t.Parallel()
	const users = 960
	server := &served{DB: filepath.Join(t.TempDir(), "panelgate.db")}
	filled := mustFillUsers(t, server.DB, users)
	server.start(t, "127.0.0.1:0", "127.0.0.1:0")
	server.AdminToken = server.find(t, `(pg_[0-9a-f]{64})\n`)
	s := newStorm(server)
	end := s.begin(t, 8)
	eventually(t, "writes", func() bool { return s.acks.Load() > 20 })

	old := keysOf(t, server.DB)[0].ID
	mustRun(t, "keys", "rotate", "--background", "--db", server.DB)
	left := mustLook(t, server.DB).mustBeMidway(t)
	down := make(chan struct{})
	s.setBack(down)
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	server.exitCode(t)
	checkMidway(t, server.DB, old, left)
	server.restart(t)
	close(down)
	mustLook(t, server.DB).mustEnd(t)
	mustRun(t, "keys", "retire", "--db", server.DB, old)
	after := s.acks.Load()
	eventually(t, "writes without the old key", func() bool { return s.acks.Load() > after+20 })
	end()
	server.stop(t)

	for name := range filled {
		s.attempted[name], s.acked[name] = true, true
	}
	s.check(t, server.DB, fmt.Sprintf("%d users, killed with %d values left", users, left))
	if keys := keysOf(t, server.DB); len(keys) != 1 || keys[0].ID == old {
		t.Errorf("at the end: %+v", keys)
	}
	if strings.Contains(server.err.String(), `"level":"ERROR"`) {
		t.Errorf("the server complained: %s", server.err.String())
	}
}

// checkMidway makes sure that both keys are in use, and that none of them can be retired.
func checkMidway(t *testing.T, file, old string, left int) {
	t.Helper()
	midway := keysOf(t, file)
	if left == 0 || midway[0].Values == 0 || midway[1].Values == 0 {
		t.Errorf("killed when %d values were left, not half-way: %+v", left, midway)
	}
	if refused := mustStart(t, "keys", "retire", "--db", file, old); refused.exitCode(t) != 1 || !strings.Contains(refused.err.String(), "still seals") {
		t.Errorf("a key in use was retired: %s", refused.err.String())
	}
}

// Without a server keys rotate does all of it. Killed half-way, keys reseal goes on.
func TestKeysRotateAlone(t *testing.T) {
	t.Parallel()
	const users = 960
	file := filepath.Join(t.TempDir(), "panelgate.db")
	filled := mustFillUsers(t, file, users)
	old := keysOf(t, file)[0]
	rotating := mustStart(t, "keys", "rotate", "--db", file)
	rotating.find(t, "(seals from now on)")
	left := mustLook(t, file).mustBeMidway(t)
	if err := rotating.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if code := rotating.exitCode(t); code != -1 || left == 0 {
		t.Fatalf("killed with %d values left, exit code %d: %s", left, code, rotating.err.String())
	}
	out := mustRun(t, "keys", "reseal", "--db", file)
	if !strings.Contains(out, "key "+old.ID+" seals nothing any more") {
		t.Errorf("reseal said %s", out)
	}
	if told := mustRun(t, "audit", "list", "--db", file, "--action", "keys *", "--json"); !strings.Contains(told, `"keys reseal"`) || !strings.Contains(told, `"keys rotate"`) {
		t.Errorf("the audit trail says %s", told)
	}
	mustRun(t, "keys", "retire", "--db", file, old.ID)
	s := &storm{attempted: filled, acked: filled}
	s.check(t, file, fmt.Sprintf("%d values, killed with %d left", old.Values, left))
}
