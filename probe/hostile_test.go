package probe_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"panelgate/probe"
)

func epsv(port int) string { return fmt.Sprintf("229 Entering (|||%d|)", port) }

func pasv(host string, port int) string {
	return fmt.Sprintf("227 Entering (%s,%d,%d)", host, port>>8, port&255)
}

// scripted is an FTP server that gives one answer to each command, and closes a listing.
func scripted(answers map[string]string) func(net.Conn) {
	usual := map[string]string{
		"USER": "331 go on", "PASS": "230 in", "FEAT": "500 no", "TYPE": "200 ok", "PWD": `257 "/"`,
		"CWD": "250 ok", "LIST": "150 here it comes\r\n226 done", "QUIT": "221 bye",
	}
	return func(c net.Conn) {
		defer c.Close()
		fmt.Fprint(c, "220 scripted\r\n")
		for lines := bufio.NewScanner(c); lines.Scan(); {
			verb, _, _ := strings.Cut(lines.Text(), " ")
			answer, ok := answers[verb]
			if !ok {
				answer, ok = usual[verb]
			}
			if !ok {
				answer = "502 no"
			}
			fmt.Fprint(c, answer+"\r\n")
		}
	}
}

var schemes = []string{"ssh", "sftp", "ftp", "ftps", "mysql"}

// everywhere probes a port with every protocol.
func everywhere(t *testing.T, p *probe.Prober, port int) []probe.Finding {
	t.Helper()
	const password = "hunter2-never-shown"
	var dirs []probe.Directory
	for _, scheme := range schemes[:4] {
		dirs = append(dirs, probe.Directory{Field: scheme, Scheme: scheme, Host: "127.0.0.1", Port: port, User: "u", Password: password})
	}
	return run(t, p, dirs, []probe.Database{{Field: "mysql", Host: fmt.Sprintf("127.0.0.1:%d", port), User: "u", Password: password}})
}

// Each protocol meets a host that is not what it should be, and says so in time.
func TestOtherProtocols(t *testing.T) {
	t.Parallel()
	quiet := "no answer within 1.5s"
	for name, c := range map[string]struct {
		serve func(net.Conn)
		wants [5]string // in the order of schemes
	}{
		"silent": {func(net.Conn) {}, [5]string{quiet, quiet, quiet, quiet, quiet}},
		"closes": {func(c net.Conn) { c.Close() }, [5]string{
			"the host closed", "the host closed", "the host closed", "the host closed", "the host closed"}},
		"ssh": {says("SSH-2.0-x\r\n"), [5]string{
			quiet, quiet, quiet, quiet, "the host does not speak MySQL"}}, // SSH- may begin a long FTP answer
		"ftp": {scripted(nil), [5]string{
			quiet, quiet, "the server opens no data connection", "the server does not offer TLS", "the host does not speak MySQL"}},
		"http": {says("HTTP/1.1 400 Bad Request\r\n\r\n"), [5]string{
			quiet, quiet, "the host does not speak FTP", "the host does not speak FTP", "the host does not speak MySQL"}},
		"cut MySQL greeting": {says("\x0a\x00\x00\x00\x0a8.0.1\x00\x01\x02\x03"), [5]string{
			quiet, quiet, "the host does not speak FTP", "the host does not speak FTP", "the host does not speak MySQL"}},
		"MySQL error": {says("\x17\x00\x00\x00\xff\x6a\x04Host is not allowed."), [5]string{
			quiet, quiet, quiet, quiet, "the server takes no logins from this address"}},
		"babbling": {babble, [5]string{
			"the host does not speak SSH", "the host does not speak SSH", "the host sends more than",
			"the host sends more than", "the host does not speak MySQL"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := probe.New(probe.Config{Each: 1500 * time.Millisecond})
			found := everywhere(t, p, listen(t, c.serve))
			if len(found) != len(schemes) {
				t.Fatalf("findings %+v", found)
			}
			for i, f := range found {
				if f.OK || !strings.HasPrefix(f.Field, schemes[i]) || !strings.HasPrefix(f.Message, c.wants[i]) {
					t.Errorf("%s: %+v, want %s", schemes[i], f, c.wants[i])
				}
			}
		})
	}
}

func babble(c net.Conn) {
	for {
		if _, err := io.WriteString(c, strings.Repeat("x", 4096)); err != nil {
			return
		}
	}
}

// The FTP client takes some answers apart without looking at their length.
func TestPanicIsAFinding(t *testing.T) {
	t.Parallel()
	port := listen(t, scripted(map[string]string{"PASV": "227 )("}))
	expect(t, run(t, probe.New(probe.Config{}), []probe.Directory{{Field: "path", Scheme: "ftp", Host: "127.0.0.1", Port: port}}, nil),
		want{"path", probe.FilesystemHost, "the host sent an answer that makes no sense, during listing the directory"})
}

func TestEndlessListing(t *testing.T) {
	t.Parallel()
	port := listen(t, scripted(map[string]string{"EPSV": epsv(listen(t, babbleLines))}))
	expect(t, run(t, probe.New(probe.Config{}), []probe.Directory{{Field: "path", Scheme: "ftp", Host: "127.0.0.1", Port: port}}, nil))
}

func babbleLines(c net.Conn) {
	for {
		if _, err := io.WriteString(c, "drwxr-xr-x 1 a b 0 Jan 1 00:00 d\r\n"); err != nil {
			return
		}
	}
}

// The server counts a connection out before it lets the probe know, so the count cannot be too high
// by chance.
func TestInFlight(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	port := listen(t, func(c net.Conn) {
		for n, m := now.Add(1), most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		io.Copy(io.Discard, c)
		now.Add(-1)
		c.Close()
	})
	p := probe.New(probe.Config{InFlight: 3})
	dirs := make([]probe.Directory, 12)
	for i := range dirs {
		dirs[i] = probe.Directory{Field: fmt.Sprint(i), Scheme: "ftp", Host: "127.0.0.1", Port: port}
	}
	for i, f := range run(t, p, dirs, nil) {
		if f.Field != fmt.Sprint(i) {
			t.Errorf("finding %d is %+v: not in the order of the input", i, f)
		}
	}
	if most.Load() != 3 {
		t.Errorf("%d connections at a time, want 3", most.Load())
	}
}

func TestWholeTime(t *testing.T) {
	t.Parallel()
	port := listen(t, func(net.Conn) {})
	p := probe.New(probe.Config{InFlight: 1, Each: 2 * time.Second, Whole: 3 * time.Second})
	var dirs []probe.Directory
	for range 3 {
		dirs = append(dirs, probe.Directory{Field: "path", Scheme: "ftp", Host: "127.0.0.1", Port: port})
	}
	messages := map[string]bool{}
	for _, f := range run(t, p, dirs, nil) { // that it returns is the point: the server never answers
		messages[f.Message] = true
	}
	for _, m := range []string{
		"no answer within 2s, during the FTP greeting",
		"not finished within the 3s for all checks, during the FTP greeting",
		"not checked: the 3s for all checks were over before its turn",
	} {
		if !messages[m] {
			t.Errorf("no %q in %v", m, messages)
		}
	}
}

// No connection outlives its check, whatever the client of the protocol does about it.
func TestConnectionsEnd(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{}, len(schemes))
	port := listen(t, func(c net.Conn) {
		io.Copy(io.Discard, c)
		ended <- struct{}{}
	})
	everywhere(t, probe.New(probe.Config{Each: time.Second}), port)
	for i := range schemes {
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Fatalf("%d connections are still open", len(schemes)-i)
		}
	}
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	port := listen(t, func(net.Conn) { cancel(errors.New("the client has gone")) })
	found := probe.New(probe.Config{}).Run(ctx, []probe.Directory{{Field: "path", Scheme: "ftp", Host: "127.0.0.1", Port: port}}, nil)
	expect(t, found, want{"path", probe.FilesystemHost, "not finished: the request was given up"})
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	for _, f := range everywhere(t, probe.New(probe.Config{}), freePort(t)) {
		if f.Message != "the host refused the connection, during connecting" {
			t.Errorf("%+v", f)
		}
	}
}
