package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"panelgate/gatewaytest/postgres"
)

// Tokens of the first version keep working, and no ID is given twice.
func TestMigrationKeepsTokens(t *testing.T) {
	postgres.SQLiteOnly(t, "PostgreSQL has the tables as of migration 7 at once")
	opts := Options{DB: filepath.Join(t.TempDir(), "old.db"), AEAD: mustAEAD(t)}
	mustMigrateTo(t, opts.DB, 2, `
		INSERT INTO logins (id, kind, name, key, created_at, updated_at) VALUES (1, 'account', 'Acme', 'acme', 0, 0);
		INSERT INTO accounts (id, type, email, language, package, suspended, permissions) VALUES (1, 'user', '', 'en', '', FALSE, '"all"');
		INSERT INTO tokens (id, hash, kind, account_id, name, sso, probe, created_at, revoked_at) VALUES
			(1, x'01', 'admin', NULL, 'first', TRUE, FALSE, 5, 6), (2, x'02', 'client', 1, 'second', FALSE, TRUE, 7, NULL), (9, x'09', 'admin', NULL, '', FALSE, FALSE, 8, NULL);
		DELETE FROM tokens WHERE id = 9;`)
	s, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var tokens []Token
	mustReadTx(t, s, func(tx *Tx) (err error) {
		tokens, err = tx.Tokens()
		return err
	})
	if len(tokens) != 2 || tokens[0].Name != "first" || !tokens[0].SSO || tokens[0].Revoked.IsZero() || !tokens[0].Held.IsAll() ||
		tokens[1].Account != "Acme" || !tokens[1].Probe || tokens[1].Masked || len(tokens[1].Actions) != 0 || tokens[1].Uses != nil {
		t.Errorf("the tokens are %+v", tokens)
	}
	mustWrite(t, s, func(tx *Tx) error {
		if id, err := tx.CreateToken(NewToken{Kind: KindAdmin}); err != nil || id != 10 {
			t.Errorf("the next token is %d, %v, want 10", id, err)
		}
		return nil
	})
}

// What tokens share with those that they were rotated from, and when they were used, is kept.
func TestMigrationKeepsRotatedTokens(t *testing.T) {
	postgres.SQLiteOnly(t, "PostgreSQL has the tables as of migration 7 at once")
	opts := Options{DB: filepath.Join(t.TempDir(), "old.db"), AEAD: mustAEAD(t)}
	mustMigrateTo(t, opts.DB, 5, `
		INSERT INTO tokens (id, hash, kind, name, sso, probe, strict, masked, actions, addresses, uses_left, uses_of, created_at) VALUES
			(3, x'03', 'admin', '', FALSE, FALSE, FALSE, FALSE, '', '', 7, NULL, 5), (4, x'04', 'admin', '', FALSE, FALSE, FALSE, FALSE, '', '', NULL, 3, 6);
		INSERT INTO token_last_uses (token_id, used_at, address) VALUES (4, 8, '192.0.2.1');`)
	s, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mustWrite(t, s, func(tx *Tx) error {
		token, err := tx.Token(4)
		if err != nil || token.Root != 3 || token.Uses == nil || *token.Uses != 7 || token.LastUse.At.UnixMilli() != 8 {
			t.Errorf("%+v, %v", token, err)
		}
		return tx.SpendUse(4)
	})
}

// mustMigrateTo makes a database as it was at a version, and runs statements on it.
func mustMigrateTo(t *testing.T, path string, version int64, statements string) {
	t.Helper()
	db, err := openHandle(path, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	provider, err := (&sqliteFile{}).migrations().provider(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), statements); err != nil {
		t.Fatal(err)
	}
}

// What every call reads is found by indexes: with a million tokens or accounts it takes as long.
func TestTokensAreFoundByIndex(t *testing.T) {
	postgres.SQLiteOnly(t, "EXPLAIN QUERY PLAN")
	rows, err := mustRaw(t, mustOpen(t)).Query("EXPLAIN QUERY PLAN "+selectTokens+" WHERE t.hash = ?", "")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		if scan, isScan := strings.CutPrefix(step, "SCAN "); isScan && scan != "c" && scan != "chain" && scan != "CONSTANT ROW" {
			t.Errorf("a whole table is read: %s", step)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
