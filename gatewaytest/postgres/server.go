// Package postgres starts a real PostgreSQL server for the tests of one package, and gives each test a database of its
// own there.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
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

// Server is a server with data of its own, which a test may stop and damage.
type Server struct {
	Dir  string // its data
	Port int

	account *syscall.SysProcAttr // the user that it runs as
	bin     string
	end     *os.File // the server's supervisor ends with it
	ended   chan error
}

// patience is how long a server has for what takes it moments.
const patience = 60 * time.Second

// programs finds where the newest server is installed.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errors.Join(errors.New("PostgreSQL is not installed under /usr/lib/postgresql: make deps installs it as root"), err)
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

func version(program string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(program)))) // others are older than any
	return n
}

// unprivileged is whom the server runs as: PostgreSQL refuses to run as root.
func unprivileged() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return attr, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, uidErr := strconv.ParseUint(who.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(who.Gid, 10, 32)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, errors.Join(uidErr, gidErr)
}

// Start makes a server and waits until it answers. It ends with the process that called, and its data with it.
func Start(ctx context.Context) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "panelgate-postgres-")
	if err != nil {
		return nil, err
	}
	if account.Credential != nil {
		if err := os.Chown(dir, int(account.Credential.Uid), int(account.Credential.Gid)); err != nil {
			return nil, err
		}
	}
	s := &Server{Dir: dir, account: account, bin: bin}
	if s.Port, err = freePort(); err != nil {
		return nil, err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres",
		"--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
	initdb.Dir, initdb.SysProcAttr = dir, account
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	return s, s.start(ctx)
}

// supervise runs a server until nobody holds the other end of its input any more, however they ended.
const supervise = `"$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off \
	-c max_connections=300 -c shared_buffers=64MB -c max_wal_size=256MB -c deadlock_timeout=100ms -c log_min_messages=fatal &
pid=$!; echo $pid >"$2/pid"; read -r _; kill -QUIT $pid; wait $pid; rm -rf "$2"`

func (s *Server) start(ctx context.Context) error {
	log, err := os.Create(filepath.Join(s.Dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	input, end, err := os.Pipe()
	if err != nil {
		return err
	}
	defer input.Close()
	run := exec.Command("/bin/sh", "-c", supervise, "sh", s.bin, s.Dir, strconv.Itoa(s.Port))
	run.Dir, run.Stdin, run.Stdout, run.Stderr, run.SysProcAttr = "/", input, log, log, s.account
	if err := run.Start(); err != nil {
		return errors.Join(err, end.Close())
	}
	s.end, s.ended = end, make(chan error, 1)
	go func() { s.ended <- run.Wait() }()
	return s.await(ctx)
}

// await waits until the server takes connections.
func (s *Server) await(ctx context.Context) error {
	db, err := sql.Open("pgx", s.URL("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	for until := time.Now().Add(patience); ; <-time.After(10 * time.Millisecond) {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		if time.Now().After(until) {
			log, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
			return fmt.Errorf("PostgreSQL does not answer: %w: %s", err, log)
		}
	}
}

// Stop ends the server, as a crash of its machine would, and removes its data.
func (s *Server) Stop() error {
	err := s.end.Close()
	<-s.ended
	return err
}

// URL is where a database of the server is.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.Port, database)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
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

// File gives what stands for a URL in the name of a file.
func File(url string) string {
	name, _, _ := strings.Cut(filepath.Base(url), "?")
	return name
}
