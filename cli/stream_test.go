package cli_test

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panelgate/auth"
	"panelgate/store"
)

// manyAccounts is how long a list must be to show that lists are not held in memory.
const manyAccounts = 100_000

// Of them, hosting accounts have this many websites each, with a database and two names.
const (
	hostingAccounts  = 4_000
	websitesOfEach   = 8
	savedAtOnce      = 500 // accounts in one transaction
	databasePassword = "1a.2b3c4d5e%6f7g8h)9i0"
)

// maxGrowth is by how much a process may grow, at its highest, over such a list.
const maxGrowth = 32 << 10 // kB

// Lists of any length leave the server as they are read. The binary is built for this test, since
// the race detector takes memory of its own.
func TestListsStream(t *testing.T) {
	binary := mustBuild(t)
	db := filepath.Join(t.TempDir(), "panelgate.db")
	token := strings.TrimSpace(mustRun(t, "token", "create", "--db", db, "--kind", "admin"))
	mustFill(t, db)
	mustHost(t, db)
	t.Setenv("GOMAXPROCS", "16") // as on a machine of many cores, which must make no difference
	server := mustStartBinary(t, binary, "serve", "--db", db, "--listen", "127.0.0.1:0")
	base := server.find(t, `(http://[0-9.:]+)/`)
	mustBeReady(t, base)

	form := func(action string) func() *http.Request {
		return func() *http.Request {
			form := url.Values{"token": {token}, "action": {action}}
			req, _ := http.NewRequest(http.MethodPost, base+"/spanel/api.php", strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return req
		}
	}
	lists := map[string]func() *http.Request{
		"accounts/listaccounts": form("accounts/listaccounts"),
		"users/list":            form("users/list"),
		"GET /users": func() *http.Request {
			req, _ := http.NewRequest(http.MethodGet, base+"/users", nil)
			req.Header.Set("X-API-KEY", token)
			return req
		},
	}
	for name, request := range lists {
		t.Run(name, func(t *testing.T) {
			before := memory(t, server, "VmRSS")
			rows, websites := mustCountRows(t, request())
			if rows != manyAccounts {
				t.Errorf("%d rows, want %d", rows, manyAccounts)
			}
			if strings.Contains(name, "users") && websites != hostingAccounts*websitesOfEach {
				t.Errorf("%d websites, want %d", websites, hostingAccounts*websitesOfEach)
			}
			grown := memory(t, server, "VmHWM") - before
			t.Logf("%d rows; the process grew by %d kB at its highest, from %d kB", manyAccounts, grown, before)
			if grown > maxGrowth {
				t.Errorf("the process grew by %d kB, more than %d", grown, maxGrowth)
			}
		})
	}
}

// mustFill writes accounts as the server would have, many in one statement.
func mustFill(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO logins (kind, name, key, created_at, updated_at) SELECT 'account', 'account' || i, 'account' || i, 0, 0 FROM n`,
		`INSERT INTO accounts (id, type, email, language, package, suspended, permissions, domain)
			SELECT id, 'user', name || '@website.com', 'en', '', FALSE, '"all"', name || '.com' FROM logins WHERE id <= ?`,
	} {
		if _, err := db.Exec(statement, manyAccounts); err != nil {
			t.Fatal(err)
		}
	}
}

// mustHost gives the first accounts their websites, with sealed credentials, as the server would.
func mustHost(t *testing.T, path string) {
	t.Helper()
	aead, err := auth.OpenKeyset(path + ".keyset")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{DB: path, AEAD: aead})
	if err != nil {
		t.Fatal(err)
	}
	for first := 1; first <= hostingAccounts; first += savedAtOnce {
		err = errors.Join(err, db.Write(t.Context(), func(tx *store.Tx) error {
			for i := first; i < first+savedAtOnce; i++ {
				if _, err := tx.SaveAccount(store.ScopeAll(), hosting(fmt.Sprint("account", i))); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// hosting is what makes websites for an account.
func hosting(name string) store.AccountChange {
	sites := make([]store.Website, websitesOfEach)
	for i := range sites {
		host := fmt.Sprintf("site%d.%s.com", i, name)
		sites[i] = store.Website{Path: "sftp://" + name + ":" + databasePassword + "@" + host, Label: host, Server: host,
			Vhosts:    []store.Vhost{{Origin: "http://" + host, Docroot: "httpdocs"}, {Origin: "http://www." + host, Docroot: "httpdocs"}},
			Databases: []store.Database{{Type: "mysql", Host: "localhost", Name: name, User: name, Pass: databasePassword}}}
	}
	return store.AccountChange{Name: name, Websites: &sites}
}

// mustCountRows reads the list data of an answer row by row, so that the test holds none of it,
// and counts the rows and the websites in them.
func mustCountRows(t *testing.T, req *http.Request) (rows, websites int) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	dec := json.NewDecoder(bufio.NewReader(res.Body))
	for key := json.Token(nil); key != "data"; {
		if key, err = dec.Token(); err != nil {
			t.Fatalf("no data in the answer: %v", err)
		}
	}
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for ; dec.More(); rows++ {
		var row struct{ Websites []json.RawMessage }
		if err := dec.Decode(&row); err != nil {
			t.Fatalf("row %d: %v", rows, err)
		}
		websites += len(row.Websites)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatalf("the end of the answer: %v", err)
	}
	return rows, websites
}

// memory gives a figure of the process in kB, as Linux tells it.
func memory(t *testing.T, p *process, figure string) (kB int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("CI is set and the memory of a process cannot be read: %v", err)
	}
	if err != nil {
		t.Skipf("not measured: %v", err)
	}
	_, after, _ := strings.Cut(string(status), figure+":")
	if _, err := fmt.Sscanf(after, "%d kB", &kB); err != nil {
		t.Fatalf("%s in %s: %v", figure, status, err)
	}
	return kB
}
