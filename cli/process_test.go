package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"panelgate/cli"
)

// patience is how long a test waits for what should happen at once; a loaded machine may need it.
const patience = 30 * time.Second

// TestMain puts panelgate itself on the PATH of the tests: each run of it is a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"panelgate": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // as main does
		code := cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}})
}

const (
	// raceOptions spare the processes of a test run with -race the second that each would wait at its end.
	raceOptions = "GORACE=atexit_sleep_ms=0"

	// hashingOptions give hashing its share of a machine that other tests keep busy.
	hashingOptions = "PANELGATE_BCRYPT_NICE=0"
)

// process is a running panelgate. It ends with its test.
type process struct {
	*exec.Cmd
	out, err output
	ended    chan struct{} // closed when the process has ended and been waited for
}

// output collects what a process writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// mustStart starts panelgate in an environment without PANELGATE_ variables.
func mustStart(t *testing.T, args ...string) *process {
	t.Helper()
	return mustStartBinary(t, "panelgate", args...)
}

// mustStartBinary is mustStart for a binary of its own.
func mustStartBinary(t *testing.T, binary string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(binary, args...), ended: make(chan struct{})}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PANELGATE_") {
			p.Env = append(p.Env, variable)
		}
	}
	p.Env = append(p.Env, raceOptions, hashingOptions)
	p.Stdout, p.Stderr = &p.out, &p.err
	if err := p.Start(); err != nil {
		t.Fatalf("start panelgate: %v", err)
	}
	go func() {
		defer close(p.ended)
		_ = p.Wait() // the state that it leaves behind says the same
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill() // most have ended by now
		<-p.ended
		if strings.Contains(p.err.String(), "DATA RACE") {
			t.Errorf("a race in the process:\n%s", p.err.String())
		}
	})
	return p
}

// mustRun runs panelgate to its end and gives what it printed.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	p := mustStart(t, args...)
	if code := p.exitCode(t); code != 0 {
		t.Fatalf("panelgate %s: exit code %d: %s", strings.Join(args, " "), code, p.err.String())
	}
	return p.out.String()
}

// exitCode waits for the process to end; -1 stands for a signal.
func (p *process) exitCode(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("panelgate did not end; it wrote:\n%s%s", p.out.String(), p.err.String())
	}
	return p.ProcessState.ExitCode()
}

// find waits until the process has printed what matches, and gives the first group.
func (p *process) find(t *testing.T, pattern string) string {
	t.Helper()
	var found []string
	eventually(t, "panelgate printing "+pattern, func() bool {
		found = regexp.MustCompile(pattern).FindStringSubmatch(p.out.String())
		select {
		case <-p.ended:
			if found == nil {
				t.Fatalf("panelgate ended: %s", p.err.String())
			}
		default:
		}
		return found != nil
	})
	return found[1]
}

// eventually waits until ok, looking again and again.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// served is a panelgate serve that answers on HTTP and HTTPS.
type served struct {
	*process
	DB, Cert   string
	HTTP, TLS  string // base URLs
	AdminToken string // made at the first start
	flags      []string
	binary     string // "" is the one of the tests
}

// mustServe starts a server on a new database and free ports. It limits no calls, unless flags say so.
func mustServe(t *testing.T, flags ...string) *served {
	t.Helper()
	return mustServeIn(t, t.TempDir(), "", flags...)
}

// mustServeIn is mustServe with the database in a directory, and with a binary of its own if that is not "".
func mustServeIn(t *testing.T, dir, binary string, flags ...string) *served {
	t.Helper()
	s := &served{DB: filepath.Join(dir, "panelgate.db"), binary: binary, flags: append([]string{"--rate-token=0", "--rate-address=0"}, flags...)}
	s.start(t, "127.0.0.1:0", "127.0.0.1:0")
	s.AdminToken = s.find(t, `(pg_[0-9a-f]{64})\n`)
	return s
}

// start starts the process, again after it has ended, and waits until it is ready.
func (s *served) start(t *testing.T, plain, tls string) {
	t.Helper()
	s.process = mustStartBinary(t, cmp.Or(s.binary, "panelgate"), append([]string{"serve", "--db", s.DB, "--listen", plain, "--listen-tls", tls, "--tls-self-signed"}, s.flags...)...)
	s.HTTP = s.find(t, `(http://[0-9.:]+)/`)
	s.TLS = s.find(t, `(https://[0-9.:]+)/`)
	s.Cert = s.find(t, `self-signed certificate +(.+)\n`)
	mustBeReady(t, s.HTTP)
}

// restart starts the server on the ports that it had.
func (s *served) restart(t *testing.T) {
	t.Helper()
	s.start(t, strings.TrimPrefix(s.HTTP, "http://"), strings.TrimPrefix(s.TLS, "https://"))
}

// stop ends the server as an operator would. It must leave with exit code 0.
func (s *served) stop(t *testing.T) {
	t.Helper()
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("SIGTERM: %v", err)
	}
	if code := s.exitCode(t); code != 0 {
		t.Fatalf("exit code %d after SIGTERM: %s", code, s.err.String())
	}
}

// probe has no connections of the tests to share, and trusts any certificate.
var probe = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
	DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
}}

// isReady reports whether the server at base says that it can serve calls.
func isReady(base string) bool {
	res, err := probe.Get(base + "/readyz")
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close()) == nil && res.StatusCode == http.StatusOK
}

func mustBeReady(t *testing.T, base string) {
	t.Helper()
	eventually(t, base+"/readyz", func() bool { return isReady(base) })
}
