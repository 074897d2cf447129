package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// child is the process that a server has hash its passwords. (Which children a process has is told in its own folder by few
// kernels; every process tells its parent.)
func (s *served) child(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("not run: a process's children are found through Linux's /proc")
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Fatalf("%d processes, %v", len(stats), err)
	}
	var children []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil { // it has ended
			continue
		}
		id, rest, _ := strings.Cut(string(stat), " (")
		if fields := strings.Fields(rest[strings.LastIndex(rest, ")")+1:]); fields[1] == strconv.Itoa(s.Process.Pid) {
			child, err := strconv.Atoi(id)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			children = append(children, child)
		}
	}
	if len(children) != 1 {
		t.Fatalf("the server has the children %v, want one", children)
	}
	return children[0]
}

// mustAddUser makes an account, with a password to be hashed; where the machine is too busy it does as it is told, and
// comes again.
func (s *served) mustAddUser(t *testing.T, name string) {
	t.Helper()
	eventually(t, "room to hash a password", func() bool {
		res, err := http.PostForm(s.HTTP+"/spanel/api.php", url.Values{"action": {"accounts/wwwacct"}, "token": {s.AdminToken},
			"username": {name}, "domain": {name + ".example"}, "password": {"KExk80Ml5aG6M"}})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" {
			return false
		}
		if err != nil || res.StatusCode != http.StatusOK || strings.Contains(string(body), `"error"`) {
			t.Fatalf("%s %s, %v: %s", res.Status, body, err, s.err.String())
		}
		return true
	})
}

func TestBcryptCost(t *testing.T) {
	t.Parallel()
	for flags, prefix := range map[string]string{"": "$2a$10$", "--bcrypt-cost=11": "$2a$11$"} {
		server := mustServe(t, strings.Fields(flags)...)
		server.mustAddUser(t, "costly")
		if hash := passwordHash(t, server.DB, "costly"); !strings.HasPrefix(hash, prefix) {
			t.Errorf("%q: %q, want %s", flags, hash, prefix)
		}
	}
}

// The process that hashes outlives signals that are for the server, is replaced when it dies, and ends with the server.
func TestHashProcessAndItsServer(t *testing.T) {
	t.Parallel()
	for _, last := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		server := mustServe(t)
		server.mustAddUser(t, "zero") // by now the process listens to signals
		first := server.child(t)
		if err := syscall.Kill(first, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		server.mustAddUser(t, "one")
		if now := server.child(t); now != first {
			t.Errorf("SIGTERM ended the process that hashes: %d is %d now", first, now)
		}
		if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		server.mustAddUser(t, "two")
		second := server.child(t)
		if err := server.Process.Signal(last); err != nil {
			t.Fatal(err)
		}
		server.exitCode(t)
		eventually(t, "the end of the process that hashes", func() bool { return hasEnded(second) })
	}
}

// hasEnded reports whether a process has, be it that nobody has waited for it yet.
func hasEnded(id int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
