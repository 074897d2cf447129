package cli_test

import (
	"bufio"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panelgate/auth"
	"panelgate/store"
)

// mustStore makes a database for a node; now is its clock.
func mustStore(t *testing.T, now func() time.Time) (file string, db *store.Store) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "panelgate.db")
	if err := auth.CreateKeyset(file + ".keyset"); err != nil {
		t.Fatal(err)
	}
	keys, err := auth.OpenKeyset(file + ".keyset")
	if err != nil {
		t.Fatal(err)
	}
	db, err = store.Open(t.Context(), store.Options{DB: file, AEAD: keys, Node: "alpha", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return file, db
}

// mustTrail makes a database with n rows in its audit trail.
func mustTrail(t *testing.T, n int, row store.AuditRow) string {
	t.Helper()
	file, db := mustStore(t, time.Now)
	defer db.Close()
	for n > 0 {
		rows := make([]store.AuditRow, min(n, 5000))
		for i := range rows {
			rows[i] = row
		}
		n -= len(rows)
		if err := db.Write(t.Context(), func(tx *store.Tx) error { return tx.Audit(rows...) }); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// The whole trail is written as it is read: its length takes no memory. The binary is built for this test, since the
// race detector takes memory of its own.
func TestExportOfManyRows(t *testing.T) {
	const rows = 100_000
	file := mustTrail(t, rows, store.AuditRow{Action: "user/addsubuser", Target: "bob", After: `{"name":"bob","permissions":"all"}`, Result: store.ResultSuccess})
	binary := mustBuild(t)
	for _, format := range []string{"jsonl", "csv"} {
		export := &process{Cmd: exec.Command(binary, "audit", "export", "--db", file, "--format", format)}
		out, err := export.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := export.Start(); err != nil {
			t.Fatal(err)
		}
		lines, kB := 0, 0
		for scan := bufio.NewScanner(out); scan.Scan(); lines++ {
			if format == "jsonl" && !json.Valid(scan.Bytes()) {
				t.Fatalf("line %d is no JSON: %s", lines+1, scan.Text())
			}
			if lines == rows-1000 { // the process waits for what it writes to be read
				kB = memory(t, export, "VmHWM")
			}
		}
		if err := export.Wait(); err != nil {
			t.Fatal(err)
		}
		if lines != rows && format != "csv" || lines != rows+1 && format == "csv" { // its first line has the names
			t.Errorf("%s: %d lines", format, lines)
		}
		if kB > 64<<10 {
			t.Errorf("%s: the export of %d rows took %d kB", format, rows, kB)
		}
		t.Logf("%s: %d rows with %d kB at the highest", format, rows, kB)
	}
	if out := mustRun(t, "audit", "verify", "--db", file); !strings.Contains(out, fmt.Sprintf("%d rows, whole", rows)) {
		t.Error(out)
	}
}

// A spreadsheet runs what begins like a formula; it shows what has ' before it.
func TestCSVRunsNothing(t *testing.T) {
	file := mustTrail(t, 1, store.AuditRow{Actor: "=1+1", Address: "+1", RequestID: "-1", Action: "@SUM(A1)", Target: "\tx", Code: "plain, with \"quotes\""})
	records, err := csv.NewReader(strings.NewReader(mustRun(t, "audit", "export", "--db", file, "--format", "csv"))).ReadAll()
	if err != nil || len(records) != 2 {
		t.Fatal(records, err)
	}
	want := "'=1+1 '+1 '-1 '@SUM(A1) '\tx plain, with \"quotes\""
	got := strings.Join(append(records[1][4:9], records[1][13]), " ")
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The command names the first bad row, and a script can tell by its exit code.
func TestVerifyNamesTheBadRow(t *testing.T) {
	file := mustTrail(t, 20, store.AuditRow{Target: "bob"})
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, tamper := range []struct{ statement, says string }{
		{"DELETE FROM audit WHERE seq > 17", "alpha: row 18 is bad: it is missing"},
		{"UPDATE audit SET target = 'alice' WHERE seq = 7", "alpha: row 7 is bad: its hash does not fit"},
		{"DELETE FROM audit WHERE seq = 3", "alpha: row 3 is bad: it is missing"},
	} {
		if _, err := db.Exec(tamper.statement); err != nil {
			t.Fatal(err)
		}
		p := mustStart(t, "audit", "verify", "--db", file)
		if code := p.exitCode(t); code != 1 || !strings.Contains(p.out.String(), tamper.says) || strings.Contains(p.out.String(), "OK") {
			t.Errorf("exit code %d, %q; want 1, %q", code, p.out.String(), tamper.says)
		}
	}
}
