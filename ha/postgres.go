package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// part says what of a server is lost at once.
type part string

const (
	thePostgres part = "PostgreSQL"  // postmaster and backends; Patroni is left to notice
	theMachine  part = "the machine" // PostgreSQL, its Patroni and its etcd: nobody is left to say that they are gone
)

// stop stops what is to be lost, all at once: nothing of it answers anybody any more. Its connections stay open, as those of a
// machine without power do.
func (s *databaseServer) stop(what part) {
	if what == theMachine {
		for _, p := range []*process{s.patroni, s.etcd} {
			if p != nil {
				p.signal(syscall.SIGSTOP)
			}
		}
	}
	if family := s.processes(); len(family) > 0 {
		_ = syscall.Kill(family[0], syscall.SIGSTOP) // it starts no more of them
	}
	s.signal(syscall.SIGSTOP)
}

// kill ends what is lost with SIGKILL. It was stopped first, so that nothing answers once something else is dead.
func (s *databaseServer) kill(what part) {
	s.stop(what)
	s.signal(syscall.SIGKILL)
	if what == theMachine {
		for _, p := range []*process{s.patroni, s.etcd} {
			if p != nil {
				p.kill()
			}
		}
		s.patroni, s.etcd = nil, nil
	}
}

// mute makes a primary send nothing to its standby any more: what it commits from now on is lost with it.
func (s *databaseServer) mute() {
	for _, pid := range s.processes() {
		title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && bytes.Contains(title, []byte("walsender")) {
			_ = syscall.Kill(pid, syscall.SIGSTOP) // fails where it has ended
		}
	}
}

// signal reaches the postmaster and its children.
func (s *databaseServer) signal(signal syscall.Signal) {
	for _, pid := range s.processes() {
		_ = syscall.Kill(pid, signal) // fails where it has ended
	}
}

// processes are the postmaster, first, and its children; none when it does not run.
func (s *databaseServer) processes() []int {
	text, err := os.ReadFile(filepath.Join(s.DataDir, "postmaster.pid"))
	if err != nil {
		return nil
	}
	line, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(line)
	if err != nil {
		return nil
	}
	// The file outlives who is killed, and its number may be somebody else's now.
	if dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", postmaster)); err != nil || dir != s.DataDir {
		return nil
	}
	family := []int{postmaster}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// The name of the command, in brackets, may hold anything. The state and the parent are behind it.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err == nil && len(fields) > 1 && fields[1] == line {
			family = append(family, pid)
		}
	}
	return family
}

// sql runs statements on the server as its superuser, each outside a transaction, and gives what they print.
func (s *databaseServer) sql(ctx context.Context, statements string) (string, error) {
	host, port, err := net.SplitHostPort(s.Postgres)
	if err != nil {
		return "", err
	}
	psql := exec.CommandContext(ctx, filepath.Join(s.lab.BinDir, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port, "-U", "postgres", "postgres")
	psql.Env = append(os.Environ(), "PGPASSWORD="+s.lab.Passwords.Superuser)
	psql.Stdin = strings.NewReader(statements)
	out, err := psql.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("psql: %w: %s", err, out)
	}
	return string(out), err
}
