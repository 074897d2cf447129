package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"panelgate/gatewaytest/postgres"
)

// patience is how long a test waits for what should happen at once.
const patience = 30 * time.Second

func mustAEAD(t testing.TB) tink.AEAD {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// mustOpen opens a store on a real file; change may adjust the options.
func mustOpen(t testing.TB, change ...func(*Options)) *Store {
	t.Helper()
	opts := Options{DB: NewDB(t), AEAD: mustAEAD(t)}
	for _, c := range change {
		c(&opts)
	}
	s, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// emptyDB names a database without tables.
func emptyDB(t testing.TB) string {
	t.Helper()
	if !postgres.Wanted() {
		return filepath.Join(t.TempDir(), "new.db")
	}
	return postgres.Empty(t)
}

// NewDB names a database that is not there yet, on the engine that the tests run on.
func NewDB(t testing.TB) string {
	t.Helper()
	if !postgres.Wanted() {
		return filepath.Join(t.TempDir(), "test & 100%.db")
	}
	return postgres.New(t, func(url string) error {
		engine := newPostgresServer(Options{DB: url})
		db, err := engine.pool(1, nil)
		if err != nil {
			return err
		}
		return errors.Join(migrate(t.Context(), db, engine.migrations()), db.Close())
	})
}

func mustWrite(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}

func mustReadTx(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Read(t.Context(), fn); err != nil {
		t.Fatalf("read: %v", err)
	}
}

// mustAccount makes an account and gives it.
func mustAccount(t testing.TB, s *Store, change AccountChange) (account Account) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) (err error) {
		account, err = tx.SaveAccount(ScopeAll(), change)
		return err
	})
	return account
}

// setting writes a row that nothing else knows.
func setting(name string) func(*Tx) error {
	return func(tx *Tx) error {
		_, err := tx.exec("INSERT INTO settings (name, value) VALUES (?, ?)", name, []byte(name))
		return err
	}
}

// has reports whether setting has written its row.
func has(t testing.TB, s *Store, name string) (found bool) {
	t.Helper()
	mustReadTx(t, s, func(tx *Tx) error {
		value, err := tx.setting(name)
		found = value != nil
		return err
	})
	return found
}

// eventually waits until ok, looking again and again.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// hold keeps the writer busy until release is called.
func hold(t testing.TB, s *Store) (release func() error) {
	t.Helper()
	held, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once sync.Once // the write may run again
	go func() {
		done <- s.Write(context.Background(), func(*Tx) error {
			once.Do(func() { close(held) })
			<-free
			return nil
		})
	}()
	<-held
	return func() error { close(free); return <-done }
}

// rawDB is a database as another program has it. It takes the SQL of this package.
type rawDB struct {
	*sql.DB
	engine engine
}

func (db rawDB) Exec(query string, args ...any) (sql.Result, error) {
	return db.DB.Exec(db.engine.statement(query), args...)
}

func (db rawDB) QueryRow(query string, args ...any) *sql.Row {
	return db.DB.QueryRow(db.engine.statement(query), args...)
}

// mustRaw opens the database as another program would.
func mustRaw(t testing.TB, s *Store) rawDB {
	t.Helper()
	var db *sql.DB
	var err error
	if server, ok := s.engine.(*postgresServer); ok {
		db, err = server.pool(1, nil)
	} else {
		db, err = openHandle(s.opts.DB, 1, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return rawDB{db, s.engine}
}
