package postgres

import (
	"context"
	"database/sql"
	"os"
	"strconv"
	"sync"
	"testing"
)

// Wanted reports whether the tests are to run on PostgreSQL rather than on SQLite.
func Wanted() bool { return os.Getenv("PANELGATE_TEST_ENGINE") == "postgres" }

// SQLiteOnly skips a test, aloud, that is about what SQLite alone has.
func SQLiteOnly(t testing.TB, why string) {
	t.Helper()
	if Wanted() {
		t.Skipf("of SQLite only: %s", why)
	}
}

// Only skips a test, aloud, that is about what PostgreSQL alone has.
func Only(t testing.TB, why string) {
	t.Helper()
	if !Wanted() {
		t.Skipf("of PostgreSQL only (PANELGATE_TEST_ENGINE=postgres): %s", why)
	}
}

// shared is the server of all tests of a package.
type shared struct {
	once sync.Once
	err  error
	*Server
	admin *sql.DB

	template sync.Once
	last     int
	mu       sync.Mutex // one database is made at a time: nobody may be connected to the template
}

var tests shared

// New gives the URL of a new database on the server that all tests of the package share. fill makes the tables, once: the
// databases are copies of what it made. The database is dropped when the test ends.
func New(t testing.TB, fill func(url string) error) string {
	t.Helper()
	s := &tests
	s.start()
	s.template.Do(func() {
		if s.err == nil {
			s.err = s.fill(fill)
		}
	})
	return s.copy(t, "filled")
}

// Empty is New without tables.
func Empty(t testing.TB) string {
	t.Helper()
	tests.start()
	return tests.copy(t, "template0")
}

func (s *shared) start() {
	s.once.Do(func() {
		if s.Server, s.err = Start(context.Background()); s.err == nil {
			s.admin, s.err = sql.Open("pgx", s.URL("postgres"))
		}
	})
}

func (s *shared) copy(t testing.TB, template string) string {
	t.Helper()
	if s.err != nil {
		t.Fatal(s.err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	name := "test" + strconv.Itoa(s.last)
	if _, err := s.admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := s.admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return s.URL(name)
}

func (s *shared) fill(fill func(url string) error) error {
	if _, err := s.admin.Exec("CREATE DATABASE filled"); err != nil {
		return err
	}
	return fill(s.URL("filled"))
}

// MustStart is Start for a test that stops its server, or damages it. The server ends with the test.
func MustStart(t testing.TB) *Server {
	t.Helper()
	s, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stop the server: %v", err)
		}
	})
	return s
}
