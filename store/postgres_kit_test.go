package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"
)

// mustNode opens another node on a store's database.
func mustNode(t testing.TB, s *Store, change ...func(*Options)) *Store {
	t.Helper()
	return mustOpen(t, append([]func(*Options){func(o *Options) { *o = s.opts }}, change...)...)
}

// mustSession is a session as an operator has one, on the database of a store.
func mustSession(t testing.TB, s *Store) *sql.Conn {
	t.Helper()
	session, err := mustRaw(t, s).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func mustRun(t testing.TB, session *sql.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := session.ExecContext(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// ofPostgres is the engine of a store.
func ofPostgres(s *Store) *postgresServer { return s.engine.(*postgresServer) }

// mustBeUnavailable checks an error of a call for which there was no database.
func mustBeUnavailable(t testing.TB, what string, err error) {
	t.Helper()
	if !IsUnavailable(err) || IsUnwritable(err) || errors.Is(err, ErrUncertain) {
		t.Errorf("%s: %v, want that the database cannot be reached", what, err)
	}
}
