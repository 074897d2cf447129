package probe_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// lack skips the test on a laptop, aloud, and fails it where everything is meant to be installed.
func lack(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// need finds a server's binary, which may be outside a user's PATH.
func need(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	lack(t, name+" is not installed")
	return ""
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		lack(t, "a login of the system's can be made by root only")
	}
}

// openDir is a temporary directory that other users may enter, unlike t.TempDir.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	must(t, os.Chmod(dir, 0o755))
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	must(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

func random() string {
	var b [5]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// serve starts a server in the foreground, waits until it accepts connections at the address, and
// ends it with the test.
func serve(t *testing.T, host string, port int, name string, args ...string) {
	t.Helper()
	log := new(strings.Builder)
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, cmd.Start())
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		if t.Failed() {
			t.Logf("%s: %s", name, log)
		}
	})
	address := net.JoinHostPort(host, strconv.Itoa(port))
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", name, log)
		default:
		}
		if time.Since(start) > 30*time.Second {
			t.Fatalf("%s does not listen: %s", name, log)
		}
	}
}

// account is a login of the system's with a home that other logins may not read in part.
type account struct {
	name, password, home string
}

var accounts sync.Mutex // useradd and userdel fail while another runs

// newAccount makes a login whose home holds public_html, a file, a directory of root's that it may
// not read, and a directory with a name that is hard to quote.
func newAccount(t *testing.T) account {
	t.Helper()
	needRoot(t)
	a := account{"pg" + random(), "correct-horse-" + random(), openDir(t)}
	run := func(input, name string, args ...string) {
		accounts.Lock()
		defer accounts.Unlock()
		cmd := exec.Command(need(t, name), args...)
		cmd.Stdin = strings.NewReader(input)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	run("", "useradd", "--no-create-home", "--home-dir", a.home, "--shell", "/bin/sh", a.name)
	t.Cleanup(func() { run("", "userdel", a.name) })
	run(a.name+":"+a.password, "chpasswd")
	for _, dir := range []string{"public_html", hardName} {
		must(t, os.Mkdir(filepath.Join(a.home, dir), 0o755))
	}
	must(t, os.Mkdir(filepath.Join(a.home, "closed"), 0o700))
	write(t, filepath.Join(a.home, "file"), "")
	return a
}

const hardName = `it's "$(id)" & äöü`

func (a account) at(name string) string { return fmt.Sprintf("%s/%s", a.home, name) }
