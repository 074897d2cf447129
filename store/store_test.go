package store

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"panelgate/gatewaytest/postgres"
)

func TestPragmasOnEveryConnection(t *testing.T) {
	postgres.SQLiteOnly(t, "pragmas")
	s := mustOpen(t, func(o *Options) { o.Readers = 3 })
	if len(s.conns) != 4 {
		t.Fatalf("%d connections, want 3 readers and a writer", len(s.conns))
	}
	readOnly := 0
	for i, c := range s.conns {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
		} {
			if pragma == "busy_timeout" && c.impatient {
				want = "100" // the writer's, which tries again: see begin
			}
			var got string
			if err := c.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("connection %d: %s is %s, %v; want %s", i, pragma, got, err, want)
			}
		}
		var queryOnly int
		if err := c.QueryRowContext(t.Context(), "PRAGMA query_only").Scan(&queryOnly); err != nil {
			t.Error(err)
		}
		readOnly += queryOnly
	}
	if readOnly != 3 {
		t.Errorf("%d connections cannot write, want the 3 readers", readOnly)
	}
	err := s.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.exec("INSERT INTO subusers (id, account_id, permissions) VALUES (77, 78, '{}')")
		return err
	})
	if err == nil {
		t.Error("a subuser without login and account was stored")
	}
}

func TestMigrationsRunOnce(t *testing.T) {
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme"})
	versions := func(s *Store) (n int64) {
		mustReadTx(t, s, func(tx *Tx) (err error) {
			n, err = one(collect(tx, scanCount,
				"SELECT COUNT(*) FROM goose_db_version"))
			return err
		})
		return n
	}
	before := versions(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, func(o *Options) { *o = s.opts })
	if after := versions(again); after != before {
		t.Errorf("%d migrations were recorded, then %d", before, after)
	}
	mustReadTx(t, again, func(tx *Tx) error { _, err := tx.Account(ScopeAll(), "acme"); return err })
}

// Programs that open a new database together each find it complete.
func TestOpenedTogether(t *testing.T) {
	opts := Options{DB: emptyDB(t), AEAD: mustAEAD(t)}
	const together = 4
	errs := make(chan error, together)
	for range together {
		go func() {
			s, err := Open(t.Context(), opts)
			if err == nil {
				err = errors.Join(s.Ping(t.Context()), s.Close())
			}
			errs <- err
		}()
	}
	for range together {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestCloseLeavesOneFile(t *testing.T) {
	postgres.SQLiteOnly(t, "files")
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme"})
	for _, name := range []string{s.opts.DB, s.opts.DB + "-wal", s.opts.DB + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", name, info.Mode(), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{s.opts.DB + "-wal", s.opts.DB + "-shm"} {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
}

func TestWrongKeysetIsRefused(t *testing.T) {
	s := mustOpen(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wrong := s.opts
	wrong.AEAD = mustAEAD(t)
	if _, err := Open(t.Context(), wrong); !errors.Is(err, ErrWrongKeyset) {
		t.Errorf("another keyset: %v", err)
	}
	if _, err := os.Stat(s.opts.DB + "-wal"); !errors.Is(err, fs.ErrNotExist) { // which only a file can have
		t.Errorf("the refused database was left open: %v", err)
	}
	mustOpen(t, func(o *Options) { *o = s.opts })
}

func TestSealedValuesOpenInTheirRowOnly(t *testing.T) {
	s := mustOpen(t)
	sites := func(secret string) *[]Website {
		list := make([]Website, 2)
		for i := range list {
			list[i] = Website{Path: "sftp://u:" + secret + "@host" + string('a'+rune(i)),
				Databases: []Database{{Type: "mysql", Host: "h", Name: "n", User: "u", Pass: secret}}}
		}
		return &list
	}
	mine := mustAccount(t, s, AccountChange{Name: "mine", Websites: sites("mine-secret")})
	theirs := mustAccount(t, s, AccountChange{Name: "theirs", Websites: sites("their-secret")})
	raw := mustRaw(t, s)
	for name, swap := range map[string]string{
		"path of another account": `UPDATE websites SET path = (SELECT path FROM websites WHERE account_id = ?2 AND position = 0)
			WHERE account_id = ?1 AND position = 0`,
		"path of another website": `UPDATE websites SET path = (SELECT path FROM websites WHERE account_id = ?1 AND position = 1 AND ?2 > 0)
			WHERE account_id = ?1 AND position = 0`,
		"password of another account": `UPDATE website_databases SET pass = (SELECT pass FROM website_databases WHERE account_id = ?2 AND website = 0)
			WHERE account_id = ?1 AND website = 0`,
		"path as password": `UPDATE website_databases SET pass = (SELECT path FROM websites WHERE account_id = ?1 AND position = 0 AND ?2 > 0)
			WHERE account_id = ?1 AND website = 0`,
		"password as path": `UPDATE websites SET path = (SELECT pass FROM website_databases WHERE account_id = ?1 AND website = 0 AND ?2 > 0)
			WHERE account_id = ?1 AND position = 0`,
		"a byte less": `UPDATE websites SET path = substr(path, 2) WHERE account_id = ?1 AND ?2 > 0`,
		"plain text":  `UPDATE websites SET path = 'sftp://u:p@h' WHERE account_id = ?1 AND ?2 > 0`,
	} {
		mustAccount(t, s, AccountChange{Name: "mine", Websites: sites("mine-secret")})
		if _, err := raw.Exec(swap, mine.ID, theirs.ID); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			read, err := tx.Websites(mine)
			if err == nil {
				t.Errorf("%s was read as %+v", name, read)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	mustReadTx(t, s, func(tx *Tx) error { _, err := tx.Websites(theirs); return err })
}
