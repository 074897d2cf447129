package gatewaytest

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"panelgate/gatewaytest/postgres"
	"panelgate/permissions"
	"panelgate/store"
)

// newDB names a new database, on the engine that the tests run on.
func newDB(t testing.TB, dir string) string {
	t.Helper()
	if !postgres.Wanted() {
		return filepath.Join(dir, "panelgate.db")
	}
	return postgres.New(t, func(url string) error { return makeTables(t, url) })
}

// makeTables makes the tables of a database of any keyset.
func makeTables(t testing.TB, url string) error {
	s := openStore(t, filepath.Join(t.TempDir(), "keyset"), store.Options{DB: url})
	err := s.Close()
	db, openErr := sql.Open("pgx", url)
	if err := errors.Join(err, openErr); err != nil {
		return err
	}
	_, err = db.ExecContext(t.Context(), "DELETE FROM settings")
	return errors.Join(err, db.Close())
}

// OpenRaw opens a database beside the server, as another program would. Close it.
func OpenRaw(db string) (*sql.DB, error) {
	if store.OnServer(db) {
		return sql.Open("pgx", db)
	}
	return sql.Open("sqlite", "file:"+db+"?_pragma=busy_timeout(5000)")
}

// database is OpenRaw of the server's own, for what no call of the API shows.
func (s *Server) database() *sql.DB {
	s.t.Helper()
	if s.db != nil {
		return s.db
	}
	db, err := OpenRaw(s.DB)
	s.must("open the database", err)
	s.t.Cleanup(func() { s.must("close the database", db.Close()) })
	s.db = db
	return db
}

// tables names those of the database but for the audit trail and when tokens were used, which refusals are written
// into too.
func (s *Server) tables() []string {
	s.t.Helper()
	all := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if store.OnServer(s.DB) {
		all = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	return s.mustRows("SELECT name FROM (" + all + ") AS tables WHERE name NOT IN ('audit', 'audit_chains', 'token_last_uses') ORDER BY name")
}

// MustCountChanges makes the database count its changes, but for the audit trail and when tokens were used, and gives
// what reads the count for a test. A change that is undone does not count.
func (s *Server) MustCountChanges() (changes func(testing.TB) int64) {
	s.t.Helper()
	counted := s.tables()
	s.MustExec("CREATE TABLE test_changes (n INTEGER NOT NULL)")
	s.MustExec("INSERT INTO test_changes VALUES (0)")
	for _, table := range counted {
		for _, change := range []string{"INSERT", "UPDATE", "DELETE"} {
			s.mustCount(table, change)
		}
	}
	db := s.database()
	return func(t testing.TB) (n int64) {
		t.Helper()
		if err := db.QueryRow("SELECT n FROM test_changes").Scan(&n); err != nil {
			t.Fatalf("count changes: %v", err)
		}
		return n
	}
}

// mustCount makes the database count one kind of change of a table.
func (s *Server) mustCount(table, change string) {
	s.t.Helper()
	const count = "BEGIN UPDATE test_changes SET n = n + 1; "
	name, body := fmt.Sprintf("test_%s_%s", table, change), count+"END"
	if store.OnServer(s.DB) {
		s.MustExec("CREATE FUNCTION " + name + "() RETURNS trigger LANGUAGE plpgsql AS $$ " + count + "RETURN NULL; END $$")
		body = "FOR EACH ROW EXECUTE FUNCTION " + name + "()"
	}
	s.MustExec(fmt.Sprintf("CREATE TRIGGER %s AFTER %s ON %s %s", name, change, table, body))
}

// MustDump is all that is stored but for the audit trail and when tokens were used: a line for each row, so that two
// dumps differ where anything does.
func (s *Server) MustDump() string {
	s.t.Helper()
	var dump strings.Builder
	for _, table := range s.tables() {
		for _, row := range s.mustRows("SELECT * FROM " + table) {
			fmt.Fprintln(&dump, table, row)
		}
	}
	return dump.String()
}

// MustAudit gives what the audit trail holds, oldest first, and checks that its chain is whole.
func (s *Server) MustAudit(filter store.AuditFilter) (rows []store.AuditRow) {
	s.t.Helper()
	s.must("read the audit trail", s.Store.Read(s.t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.AuditRowsAfter(filter, store.AuditRow{}, 100_000)
		return err
	}))
	chains, err := s.Store.VerifyAudit(s.t.Context())
	s.must("verify the audit trail", err)
	for _, chain := range chains {
		if chain.Bad != 0 {
			s.t.Errorf("the audit trail is not whole: row %d: %s", chain.Bad, chain.Reason)
		}
	}
	return rows
}

// mustRows gives the rows of a query, the columns of each in one text.
func (s *Server) mustRows(query string, args ...any) []string {
	s.t.Helper()
	rows, err := s.database().QueryContext(s.t.Context(), s.sql(query), args...)
	s.must(query, err)
	defer rows.Close()
	columns, err := rows.Columns()
	s.must(query, err)
	var all []string
	for rows.Next() {
		values, pointers := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		s.must(query, rows.Scan(pointers...))
		for i, value := range values {
			if blob, ok := value.([]byte); ok {
				values[i] = strconv.Quote(string(blob)) // text in it can be found
			}
		}
		all = append(all, strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
	}
	s.must(query, rows.Err())
	return all
}

// MustPasswordHash is the stored hash of the password of an account or subuser.
func (s *Server) MustPasswordHash(login string) string {
	s.t.Helper()
	hashes := s.mustRows("SELECT password_hash FROM logins WHERE key = ?", strings.ToLower(login))
	if len(hashes) != 1 {
		s.t.Fatalf("%d logins are named %s, want 1", len(hashes), login)
	}
	return hashes[0]
}

// MustRestrict leaves an account no more than grant. Do it before the account's first call.
func (s *Server) MustRestrict(account string, grant permissions.Grant) {
	s.t.Helper()
	stored, err := json.Marshal(grant)
	s.must("encode the grant", err)
	s.MustExec("UPDATE accounts SET permissions = ? WHERE id = (SELECT id FROM logins WHERE key = ?)", string(stored), strings.ToLower(account))
}

// MustExec changes the server's database by an SQL statement of the test's own: what no call can
// store, such as disk space that is used, days of the past or rows that are damaged.
func (s *Server) MustExec(statement string, args ...any) {
	s.t.Helper()
	_, err := s.database().ExecContext(s.t.Context(), s.sql(statement), args...)
	s.must(statement, err)
	s.Store.Outdate() // which the server does within a quarter of a second
}

// MustHoldWrites keeps the server from writing, as another program does that writes, until release is called.
func (s *Server) MustHoldWrites() (release func()) {
	s.t.Helper()
	held, err := s.database().Conn(s.t.Context())
	s.must("take a connection", err)
	mustRun := func(statement string) {
		_, err := held.ExecContext(s.t.Context(), statement)
		s.must(statement, err)
	}
	if store.OnServer(s.DB) {
		mustRun("SELECT pg_advisory_lock(7366514, 0)") // lockWrite of the store
		return func() { mustRun("SELECT pg_advisory_unlock_all()"); s.must("give the connection back", held.Close()) }
	}
	mustRun("BEGIN IMMEDIATE")
	return func() { mustRun("ROLLBACK"); s.must("give the connection back", held.Close()) }
}

// sql writes a statement with the placeholders of the engine.
func (s *Server) sql(statement string) string {
	if !store.OnServer(s.DB) {
		return statement
	}
	parts := strings.Split(statement, "?")
	for i := range parts[1:] {
		parts[i] += "$" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, "")
}
