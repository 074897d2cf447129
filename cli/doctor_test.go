package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mustCertificate writes a self-signed certificate for localhost and its key.
func mustCertificate(t *testing.T, certFile, keyFile string, from, until time.Time) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"},
		NotBefore: from, NotAfter: until, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}, certFile: {Type: "CERTIFICATE", Bytes: der}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// What a script cannot make happen: rows, pages and certificates that are wrong.
func TestDoctor(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	now := time.Now()
	tests := map[string]struct {
		harm  func(t *testing.T, file string) (flags []string)
		state string
		want  []string
	}{
		"clock set back": {statement("UPDATE logins SET updated_at = updated_at + 86400000"), "problem",
			[]string{"a row was written at", "set the clock"}},
		"newer program": {statement("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"), "problem",
			[]string{"a newer panelgate has changed the tables (migrations [9999])", "use that version"}},
		"older program": {statement("DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)"), "warning",
			[]string{"the tables are those of an older panelgate: 1 migrations are to be applied", "make a backup", "not checked", "then run doctor again"}},
		"audit row ahead": {statement("UPDATE audit SET time = time + 86400000 WHERE seq = 1"), "problem", []string{"a row was written at", "set the clock"}},
		"no audit trail": {statement("DELETE FROM audit", "DELETE FROM audit_chains"), "warning",
			[]string{"there is no audit trail, though there are tokens or accounts"}},
		"audit trail changed": {statement("UPDATE audit SET actor = 'nobody' WHERE seq = 1"), "problem",
			[]string{"is not as it was written, from row 1 on", "panelgate audit verify"}},
		"orphans": {statement("PRAGMA foreign_keys = 0", "DELETE FROM logins"), "problem",
			[]string{"rows that belong to nothing in", "restore the newest backup"}},
		"corrupt page": {corruptPage, "problem", []string{"damaged", "restore the newest backup"}},
		"expired":      {certificate(now.Add(-2*day), now.Add(-day)), "problem", []string{"has expired", "renew it"}},
		"expires soon": {certificate(now.Add(-2*day), now.Add(7*day)), "warning", []string{"expires soon", "renew it"}},
		"not yet good": {certificate(now.Add(day), now.Add(90*day)), "problem", []string{"is not good yet", "set the clock"}},
		"lost key":     {lostKey, "problem", []string{"key 00000000", "put the right one back"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "panelgate.db")
			mustFillUsers(t, file, clients)
			flags := tt.harm(t, file)
			p := mustStart(t, append([]string{"doctor", "--db", file}, flags...)...)
			if code, want := p.exitCode(t), map[string]int{"problem": 1, "warning": 0}[tt.state]; code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
			for _, want := range append(tt.want, tt.state+" ") {
				if !strings.Contains(p.out.String(), want) {
					t.Errorf("doctor says nothing of %q:\n%s%s", want, p.out.String(), p.err.String())
				}
			}
		})
	}
}

func statement(statements ...string) func(*testing.T, string) []string {
	return func(t *testing.T, file string) []string {
		t.Helper()
		db, err := sql.Open("sqlite", "file:"+file)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		for _, statement := range statements {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		return nil
	}
}

func corruptPage(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for page := int64(2); page < 12; page++ {
		if _, err := f.WriteAt([]byte(strings.Repeat("damage", 200)), page*4096); err != nil {
			t.Fatal(err)
		}
	}
	return nil
}

func certificate(from, until time.Time) func(*testing.T, string) []string {
	return func(t *testing.T, file string) []string {
		t.Helper()
		mustCertificate(t, file+".cert", file+".key", from, until)
		return []string{"--tls-cert", file + ".cert", "--tls-key", file + ".key"}
	}
}

// lostKey makes a value that a key sealed which the keyset does not have.
func lostKey(t *testing.T, file string) []string {
	t.Helper()
	return statement("UPDATE websites SET path = x'0100000000' || substr(path, 6) WHERE account_id = 1 AND position = 0")(t, file)
}
