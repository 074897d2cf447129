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
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

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

// supervise runs a server as it is told, until nobody holds the other end of its input any more, however they ended.
const supervise = `trap "" HUP # which the system sends with SIGCONT, where a test ends that has frozen the server
run() {
	"$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off \
		-c max_connections=300 -c shared_buffers=64MB -c max_wal_size=256MB -c deadlock_timeout=100ms -c log_min_messages=fatal &
	pid=$!
	echo $pid >"$2/pid"
}
run "$@"
while read -r command; do
	case $command in
	halt) kill -QUIT $pid; wait $pid; rm "$2/pid" ;;
	run) run "$@" ;;
	esac
done
kill -CONT $pid; kill -QUIT $pid; wait $pid; rm -rf "$2"`

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
	for until := time.Now().Add(patience); ; {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		if waitErr := wait(ctx, until); waitErr != nil {
			log, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
			return fmt.Errorf("PostgreSQL does not answer: %w: %w: %s", waitErr, err, log)
		}
	}
}

// Stop ends the server and removes its data.
func (s *Server) Stop() error {
	err := s.end.Close()
	return errors.Join(err, <-s.ended)
}

// Halt ends the server as a crash of its machine would; Run starts it again on the same data.
func (s *Server) Halt(ctx context.Context) error {
	if _, err := fmt.Fprintln(s.end, "halt"); err != nil {
		return err
	}
	for until := time.Now().Add(patience); ; {
		if _, err := os.Stat(filepath.Join(s.Dir, "pid")); errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err := wait(ctx, until); err != nil {
			return err
		}
	}
}

// Run starts a server that was halted, and waits until it answers.
func (s *Server) Run(ctx context.Context) error {
	if _, err := fmt.Fprintln(s.end, "run"); err != nil {
		return err
	}
	return s.await(ctx)
}

// Freeze stops all processes of the server where they stand, as a machine that hangs: connections stay, and nobody
// answers. Thaw lets them go on.
func (s *Server) Freeze() error { return s.signal(syscall.SIGSTOP) }

// Thaw is the opposite of Freeze.
func (s *Server) Thaw() error { return s.signal(syscall.SIGCONT) }

func (s *Server) signal(what syscall.Signal) error {
	text, err := os.ReadFile(filepath.Join(s.Dir, "pid"))
	if err != nil {
		return err
	}
	main := strings.TrimSpace(string(text))
	children, err := os.ReadFile(filepath.Join("/proc", main, "task", main, "children"))
	for _, pid := range append(strings.Fields(string(children)), main) {
		number, numberErr := strconv.Atoi(pid)
		if err = errors.Join(err, numberErr); err == nil {
			if err := syscall.Kill(number, what); err != nil && !errors.Is(err, syscall.ESRCH) { // a child that has ended
				return err
			}
		}
	}
	return err
}

// wait waits a moment, as long as there is time.
func wait(ctx context.Context, until time.Time) error {
	if time.Now().After(until) {
		return errors.New("the server takes too long")
	}
	select {
	case <-time.After(10 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
