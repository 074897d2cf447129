package cli_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// faultsInFull reports whether the tests of faults run in their full form: make faults.
func faultsInFull() bool { return os.Getenv("PANELGATE_FAULTS") == "full" }

// rounds is how often a test does what it does: few times, or as many as the full form wants.
func rounds(few, many int) int {
	if faultsInFull() {
		return many
	}
	return few
}

// crowd is how many clients a test brings: few, or as many as the issue names in the full form. Both processes must
// have files for them.
func crowd(t *testing.T, few, many int) int {
	t.Helper()
	if !faultsInFull() {
		return few
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if room := int(files.Cur) - 1000; room < many {
		t.Logf("this machine has files for %d clients, not %d", room, many)
		return room
	}
	return many
}

// mustBuild builds panelgate without the race detector, which takes memory and time of its own.
func mustBuild(t *testing.T) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "panelgate")
	if out, err := exec.Command("go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// mustServePlain starts a server of its own binary on plain HTTP.
func mustServePlain(t *testing.T, flags ...string) *served {
	t.Helper()
	s := &served{DB: filepath.Join(t.TempDir(), "panelgate.db")}
	s.process = mustStartBinary(t, mustBuild(t), append([]string{"serve", "--db", s.DB, "--listen", "127.0.0.1:0", "--rate-token=0", "--rate-address=0"}, flags...)...)
	s.HTTP = s.find(t, `(http://[0-9.:]+)/`)
	s.AdminToken = s.find(t, `(pg_[0-9a-f]{64})\n`)
	mustBeReady(t, s.HTTP)
	return s
}

// callTimes makes calls one after the other, each a write on a new connection, and gives how long they took.
func (s *served) callTimes(t *testing.T, calls int, name string) (median, longest time.Duration) {
	t.Helper()
	var took []time.Duration
	for i := range calls {
		begun := time.Now()
		form := url.Values{"action": {"users/upsert"}, "token": {s.AdminToken}, "id": {fmt.Sprintf("%s%d", name, i)}}
		res, err := probe.PostForm(s.HTTP+"/spanel/api.php", form)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !strings.Contains(string(body), `"success"`) {
			t.Fatalf("%s: %s, %v", res.Status, body, err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)-1]
}

const (
	maxPerConnection = 40  // kB that a connection which does nothing may take
	maxCall          = 2e9 // ns that a call may take beside a crowd
)

// wantUnharmed measures what others notice of a crowd of connections.
func (s *served) wantUnharmed(t *testing.T, what string, connections, before int) {
	t.Helper()
	median, longest := s.callTimes(t, 100, "beside")
	grown := memory(t, s.process, "VmRSS") - before
	t.Logf("beside %d %s: 100 calls on new connections, median %v, longest %v; %d kB for each connection", connections, what, median, longest, grown/connections)
	if longest > maxCall {
		t.Errorf("a call took %v, more than %v", longest, time.Duration(maxCall))
	}
	if limit := connections*maxPerConnection + 20<<10; grown > limit {
		t.Errorf("the process grew by %d kB, more than %d", grown, limit)
	}
}

// Clients that send a byte now and then keep nobody else waiting, take little memory, and are cut off.
func TestFaultsSlowClients(t *testing.T) {
	t.Parallel()
	server := mustServePlain(t)
	before := memory(t, server.process, "VmRSS")
	begun := time.Now()
	slow := &slowClients{heads: []string{"POST /spanel/api.php HTTP/1.1\r\nHost: pa"}}
	if faultsInFull() { // a body has longer than headers
		slow.heads = append(slow.heads, rawCall("action=", "Content-Length: 1000000"))
	}
	n := crowd(t, 500, 10_000)
	slow.mustConnect(t, server.HTTP, n)
	t.Logf("%d slow clients connected within %v", n, time.Since(begun))
	ended := slow.send(time.Second)
	server.wantUnharmed(t, "slow clients", n, before)
	if left := slow.left.Load(); left == 0 {
		t.Error("they were cut off before anything was measured")
	}
	<-ended
	limit := 40 * time.Second // 30 s for a body, 10 s for headers
	t.Logf("%d slow clients cut off, the last after %v", n, time.Since(begun))
	if took := time.Since(begun); took > limit {
		t.Errorf("the last one was cut off after %v, more than %v", took, limit)
	}
	server.callTimes(t, 10, "after")
}

// slowClients send what they have to say a byte at a time.
type slowClients struct {
	heads []string // what they begin with, in turns
	conns []net.Conn
	left  atomic.Int64
}

func (s *slowClients) mustConnect(t *testing.T, base string, n int) {
	t.Helper()
	for i := range n {
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := io.WriteString(conn, s.heads[i%len(s.heads)]); err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
		s.conns = append(s.conns, conn)
	}
	s.left.Store(int64(n))
}

// send sends a byte of each client from time to time, until the server has closed all of them.
func (s *slowClients) send(every time.Duration) (ended chan struct{}) {
	ended = make(chan struct{})
	var all sync.WaitGroup
	for _, conn := range s.conns {
		all.Go(func() { // until it is closed, or reset
			_, _ = io.Copy(io.Discard, conn)
			s.left.Add(-1)
		})
	}
	go func() {
		all.Wait()
		close(ended)
	}()
	go func() {
		again := time.NewTicker(every)
		defer again.Stop()
		for {
			select {
			case <-ended:
				return
			case <-again.C:
			}
			for _, conn := range s.conns {
				_, _ = conn.Write([]byte("a")) // it may be closed
			}
		}
	}()
	return ended
}

// Connections that have brought a call, or none yet, and stay open.
func TestFaultsIdleConnections(t *testing.T) {
	t.Parallel()
	server := mustServePlain(t)
	before := memory(t, server.process, "VmRSS")
	n := crowd(t, 500, 5000)
	for i := range n {
		conn := mustDial(t, server.HTTP)
		if i%2 == 0 {
			continue
		}
		if _, err := io.WriteString(conn, rawCall("action=toolbox/echo&token="+server.AdminToken)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", res, err)
		}
	}
	server.wantUnharmed(t, "idle connections", n, before)
	begun := time.Now()
	server.stop(t)
	t.Logf("the server left %v after SIGTERM", time.Since(begun))
}

// When all connections are taken the next one waits, and a server that is full can still leave.
func TestFaultsTooManyConnections(t *testing.T) {
	t.Parallel()
	server := mustServe(t, "--max-connections=5")
	var conns []*net.TCPConn
	for range 6 {
		conn := mustDial(t, server.HTTP)
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: panel\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		if len(conns) <= 5 {
			if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := conns[5].SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conns[5])
	if _, err := answers.Peek(1); err == nil || !err.(net.Error).Timeout() {
		t.Errorf("one more than all was answered, or sent away: %v", err)
	}
	conns[0].Close()
	if err := conns[5].SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if res, err := http.ReadResponse(answers, nil); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("when there is room: %v, %v", res, err)
	}
	server.stop(t)
}
