package cli_test

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// manyAccounts is how long a list must be to show that lists are not held in memory.
const manyAccounts = 100_000

// maxGrowth is by how much a process may grow, at its highest, over such a list.
const maxGrowth = 32 << 10 // kB

// Lists of any length leave the server as they are read. The binary is built for this test, since
// the race detector takes memory of its own.
func TestListsStream(t *testing.T) {
	binary := mustBuild(t)
	db := filepath.Join(t.TempDir(), "panelgate.db")
	token := strings.TrimSpace(mustRun(t, "token", "create", "--db", db, "--kind", "admin"))
	mustFill(t, db)
	server := mustStartBinary(t, binary, "serve", "--db", db, "--listen", "127.0.0.1:0")
	base := server.find(t, `(http://[0-9.:]+)/`)
	mustBeReady(t, base)

	lists := map[string]func() *http.Request{
		"accounts/listaccounts": func() *http.Request {
			form := url.Values{"token": {token}, "action": {"accounts/listaccounts"}}
			req, _ := http.NewRequest(http.MethodPost, base+"/spanel/api.php", strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return req
		},
		"GET /users": func() *http.Request {
			req, _ := http.NewRequest(http.MethodGet, base+"/users", nil)
			req.Header.Set("X-API-KEY", token)
			return req
		},
	}
	for name, request := range lists {
		t.Run(name, func(t *testing.T) {
			before := memory(t, server, "VmRSS")
			if rows := mustCountRows(t, request()); rows != manyAccounts {
				t.Errorf("%d rows, want %d", rows, manyAccounts)
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

// mustCountRows reads the list data of an answer row by row, so that the test holds none of it.
func mustCountRows(t *testing.T, req *http.Request) (rows int) {
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
		var row map[string]any
		if err := dec.Decode(&row); err != nil {
			t.Fatalf("row %d: %v", rows, err)
		}
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatalf("the end of the answer: %v", err)
	}
	return rows
}

// memory gives a figure of the process in kB, as Linux tells it.
func memory(t *testing.T, p *process, figure string) (kB int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Skipf("not measured: %v", err)
	}
	_, after, _ := strings.Cut(string(status), figure+":")
	if _, err := fmt.Sscanf(after, "%d kB", &kB); err != nil {
		t.Fatalf("%s in %s: %v", figure, status, err)
	}
	return kB
}
