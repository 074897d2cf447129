package cli_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A request that was under way when the server was told to stop gets its whole answer, while
// nobody new is let in; then the server leaves with exit code 0.
func TestDrainFinishesWhatWasAccepted(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	body := "action=users/upsert&id=late&token=" + server.AdminToken
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.HTTP, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /spanel/api.php HTTP/1.1\r\nHost: panel\r\nExpect: 100-continue\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", len(body))
	answers := bufio.NewReader(conn)
	line, err := answers.ReadString('\n') // the server waits for the body
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("%q, %v", line, err)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the listeners to close", func() bool {
		_, plainErr := probe.Get(server.HTTP + "/healthz")
		_, tlsErr := probe.Get(server.TLS + "/healthz")
		return errors.Is(plainErr, syscall.ECONNREFUSED) && errors.Is(tlsErr, syscall.ECONNREFUSED)
	})
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	if _, err := answers.ReadString('\n'); err != nil { // the end of the 100
		t.Fatal(err)
	}
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(answer), `"id":"late"`) {
		t.Errorf("%s: %s, %v", res.Status, answer, err)
	}
	if code := server.exitCode(t); code != 0 {
		t.Errorf("exit code %d: %s", code, server.err.String())
	}
}

// With --drain-delay a stopping server first says so to who looks at /readyz, and goes on taking calls for that long.
func TestDrainDelay(t *testing.T) {
	t.Parallel()
	const delay = time.Second
	server := mustServe(t, "--drain-delay", delay.String())
	begun := time.Now()
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "/readyz to say 503", func() bool { return !isReady(server.HTTP) })
	caller := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	became, calls := answered, 0
	for ; became == answered; calls++ {
		became = post(caller, server.HTTP, fmt.Sprintf("action=users/upsert&id=late%d&token=%s", calls, server.AdminToken))
	}
	took := time.Since(begun)
	t.Logf("%d calls on new connections were answered in the %v after SIGTERM, then one was not (%d)", calls-1, took, became)
	if took < delay || calls < 2 || became != notConnected && became != resetNew {
		t.Errorf("want calls to be answered for %v, and then no connection", delay)
	}
	if code := server.exitCode(t); code != 0 {
		t.Errorf("exit code %d: %s", code, server.err.String())
	}
}

// fate is what became of a call.
type fate int

const (
	answered fate = iota
	notConnected
	closedIdle // on a kept connection, before any of the answer: the server had closed it
	resetNew   // on a new connection, before any of the answer
	cut
)

// Under load, a stopping server cuts no answer short and resets no connection that it took.
func TestDrainUnderLoad(t *testing.T) {
	for _, mode := range []string{"new connections", "kept connections", "the fast path", "HTTP/2"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			server := mustServe(t)
			base := server.HTTP
			if mode == "HTTP/2" {
				base = server.TLS
			}
			if became := post(http.DefaultClient, server.HTTP, "action=users/upsert&id=read&token="+server.AdminToken); became != answered {
				t.Fatalf("no account: %d", became)
			}
			hot := make(chan struct{}, clients)
			fates := make(chan fate, clients)
			var done atomic.Int64
			for worker := range clients {
				go func() {
					caller := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: mode == "new connections",
						ForceAttemptHTTP2: mode == "HTTP/2", TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
					defer caller.CloseIdleConnections()
					for n := 0; ; n++ {
						form := fmt.Sprintf("action=users/upsert&id=user_%d_%d&token=%s", worker, n, server.AdminToken)
						if mode == "the fast path" {
							form = "action=user/listuserpermissions&accountuser=read&token=" + server.AdminToken
						}
						became := post(caller, base, form)
						if became != answered {
							fates <- became
							return
						}
						done.Add(1)
						if n == 0 {
							hot <- struct{}{}
						}
					}
				}()
			}
			for range clients {
				<-hot
			}
			if err := server.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			ends := make(map[fate]int)
			for range clients {
				ends[<-fates]++
			}
			if code := server.exitCode(t); code != 0 {
				t.Errorf("exit code %d: %s", code, server.err.String())
			}
			t.Logf("%d clients: %d calls answered, then %d refused, %d found a kept connection closed, %d reset, %d cut",
				clients, done.Load(), ends[notConnected], ends[closedIdle], ends[resetNew], ends[cut])
			// The kernel resets who comes to its queue in the very moment in which it closes; nobody has let them in.
			if ends[cut]+ends[closedIdle] > 0 || ends[resetNew] > 2 {
				t.Error("only refused connections are right")
			}
		})
	}
}

// post makes a call and says what became of it.
func post(caller *http.Client, base, form string) fate {
	res, err := caller.Post(base+"/spanel/api.php", "application/x-www-form-urlencoded", strings.NewReader(form))
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return notConnected
	case err != nil && caller.Transport.(*http.Transport).DisableKeepAlives:
		return resetNew
	case err != nil:
		return closedIdle
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !strings.HasSuffix(string(body), "}}") {
		return cut
	}
	return answered
}
