package cli_test

import (
	"bytes"
	"encoding/csv"
	"path/filepath"
	"strings"
	"testing"

	"panelgate/store"
)

// mustFail wants a command to fail and to say why.
func mustFail(t *testing.T, says string, args ...string) {
	t.Helper()
	p := mustStart(t, args...)
	if code := p.exitCode(t); code != 1 || !strings.Contains(p.out.String()+p.err.String(), says) {
		t.Errorf("panelgate %s: exit code %d, want 1 and %q:\n%s%s", strings.Join(args, " "), code, says, p.out.String(), p.err.String())
	}
}

// A time that SQLite takes for no number is behind every other, so there is no next page.
func TestExportOfATimeOfAnotherKindEnds(t *testing.T) {
	t.Parallel()
	file := mustTrail(t, 3, store.AuditRow{Target: "bob"})
	statement("UPDATE audit SET time = CAST(time AS BLOB) WHERE seq = 2")(t, file)
	mustFail(t, "row 2 of alpha is not as it was written", "audit", "export", "--db", file)
	mustFail(t, "row 2 is bad: it holds a value of the wrong kind", "audit", "verify", "--db", file)
}

// Looking at the trail writes nothing, not even the changes of tables that an older database lacks.
func TestAuditIsOnlyLookedAt(t *testing.T) {
	t.Parallel()
	file := mustTrail(t, 3, store.AuditRow{Target: "bob"})
	looks := [][]string{{"audit", "list"}, {"audit", "export"}, {"audit", "verify"}}
	before := mustRead(t, file)
	for _, look := range looks {
		mustRun(t, append(look, "--db", file)...)
	}
	if !bytes.Equal(mustRead(t, file), before) {
		t.Error("the file was changed")
	}
	statement("DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")(t, file)
	before = mustRead(t, file)
	for _, look := range looks {
		mustFail(t, "made by an older panelgate: 1 migrations are to be applied", append(look, "--db", file)...)
	}
	if !bytes.Equal(mustRead(t, file), before) || len(mustList(t, filepath.Dir(file))) != 2 {
		t.Errorf("the file was changed, or others were made: %v", mustList(t, filepath.Dir(file)))
	}
}

// A program that does not know what a newer one has made of the tables does not work on them.
func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	file := mustTrail(t, 3, store.AuditRow{Target: "bob"})
	statement("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")(t, file)
	for _, command := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"token", "create", "--kind", "admin"}, {"audit", "verify"}} {
		mustFail(t, "it was made by a newer panelgate (migration 9999): use that one or a later one", append(command, "--db", file)...)
	}
}

// Nothing is left of a trail, though something is there that it would tell of.
func TestVerifyTellsThatThereIsNoTrail(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "panelgate.db")
	mustRun(t, "token", "create", "--db", file, "--kind", "admin")
	statement("DELETE FROM audit", "DELETE FROM audit_chains")(t, file)
	mustFail(t, "there is no audit trail, though there are tokens or accounts", "audit", "verify", "--db", file)
}

// A backup that was changed can be restored, with a warning.
func TestRestoreWarnsOfTampering(t *testing.T) {
	t.Parallel()
	file := mustTrail(t, 3, store.AuditRow{Target: "bob"})
	for _, tamper := range []struct{ says, statement string }{
		{"", "UPDATE audit SET actor = actor"},
		{"alpha: row 2 is bad", "UPDATE audit SET actor = 'nobody' WHERE seq = 2"},
		{"made by an older panelgate: 1 mig", "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)"},
	} {
		says := tamper.says
		statement(tamper.statement)(t, file)
		p := mustStart(t, "restore", "--db", filepath.Join(t.TempDir(), "panelgate.db"), "--keyset", file+".keyset", file)
		if code, said := p.exitCode(t), p.err.String(); code != 0 || !strings.Contains(said, says) || (said == "") != (says == "") {
			t.Errorf("exit code %d, want %q: %s", code, says, said)
		}
	}
}

// Spreadsheets take wide signs for plain ones, and pass over white space.
func TestCSVRunsNothingWide(t *testing.T) {
	t.Parallel()
	file := mustTrail(t, 1, store.AuditRow{Actor: "＝1+1", Address: "＋1", RequestID: "－1", Action: "＠SUM(A1)", Target: "\n=1", Code: "é=1"})
	records, err := csv.NewReader(strings.NewReader(mustRun(t, "audit", "export", "--db", file, "--format", "csv"))).ReadAll()
	if err != nil || len(records) != 2 {
		t.Fatal(records, err)
	}
	if got, want := strings.Join(append(records[1][4:9], records[1][13]), " "), "'＝1+1 '＋1 '－1 '＠SUM(A1) '\n=1 é=1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Of a token that is revoked or rotated the trail tells what changed, and no more.
func TestTokenChangesAreAudited(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "panelgate.db")
	mustRun(t, "token", "create", "--db", file, "--kind", "admin", "--name", "billing")
	mustRun(t, "token", "rotate", "--db", file, "1")
	mustRun(t, "token", "revoke", "--db", file, "1")
	out := mustRun(t, "audit", "export", "--db", file)
	for action, fields := range map[string][2]string{
		"token rotate": {``, `"after":{"expires":"`},
		"token revoke": {`"before":{"state":"good"}`, `"after":{"revoked":"`},
	} {
		for line := range strings.Lines(out) {
			if strings.Contains(line, action) && (!strings.Contains(line, fields[0]) || !strings.Contains(line, fields[1]) || strings.Contains(line, "billing")) {
				t.Errorf("%s: want %q: %s", action, fields, line)
			}
		}
	}
}
