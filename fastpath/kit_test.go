package fastpath_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panelgate/fastpath"
)

// site is a server of the bodies that it is sent. What the fast path answers has a word before it.
type site struct {
	listener *fastpath.Listener
	pipes    *pipes
	gate     chan struct{} // what requests with the header Wait wait for
	served   atomic.Bool   // net/http serves a request, or has since the last idle
	idle     chan struct{} // gets one for each answer that net/http gave, once it waits for the next request
}

// word stands before the answers of the fast path.
const word = "fast:"

// newSite starts a server with settings. It learns from every request.
func newSite(t testing.TB, set func(*http.Server)) *site {
	t.Helper()
	s := &site{pipes: newPipes(), gate: make(chan struct{}), idle: make(chan struct{}, 1)}
	s.listener = serve(t, s.pipes, word, func(server *http.Server) {
		server.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateIdle && s.served.Swap(false) {
				s.idle <- struct{}{}
			}
		}
		server.Handler = s.gated(server.Handler)
		if set != nil {
			set(server)
		}
	})
	return s
}

// gated holds up requests with the header Wait, until the gate is opened once for each.
func (s *site) gated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.served.Store(true)
		next.ServeHTTP(w, r)
		if r.Header.Get("Wait") != "" {
			<-s.gate
		}
	})
}

// serve starts a server of bodies on a listener until the test is over.
func serve(t testing.TB, inner net.Listener, fast string, set func(*http.Server)) *fastpath.Listener {
	t.Helper()
	server := &http.Server{Handler: echoing(fast)}
	if set != nil {
		set(server)
	}
	listener, ended := fastpath.Listen(inner, server), make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-ended); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	return listener
}

// echoing answers with the body that it was sent, and has others answered in the same way.
func echoing(fast string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Path", r.URL.Path)
		fastpath.Learn(r, func() fastpath.Answer { return answerOf(fast, r.URL.Path) })
		_, _ = w.Write(body) // the client may be gone
	}
}

// answerOf answers every body but those with the word pass in it.
func answerOf(fast, path string) fastpath.Answer {
	return func(body []byte, send fastpath.Send) (bool, error) {
		if strings.Contains(string(body), "pass") {
			return false, nil
		}
		return true, send([]byte("Content-Type: text/plain\r\nX-Path: "+path+"\r\n"), []byte(fast+string(body)))
	}
}

// pipes is a listener in memory. What is sent in one piece is read in one, and has been read once it is sent.
type pipes struct {
	opened chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func newPipes() *pipes {
	return &pipes{opened: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.opened:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// client is a connection to a site.
type client struct {
	net.Conn
	t       testing.TB
	site    *site
	answers *bufio.Reader
}

func (s *site) connect(t testing.TB) *client {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close() })
	if err := ours.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	s.pipes.opened <- theirs
	return &client{ours, t, s, bufio.NewReader(ours)}
}

// send sends one piece.
func (c *client) send(piece string) {
	c.t.Helper()
	if _, err := io.WriteString(c, piece); err != nil {
		c.t.Fatalf("send %q: %v", piece, err)
	}
}

// want reads one answer.
func (c *client) want(body string) {
	c.t.Helper()
	if got := c.body(); got != body {
		c.t.Fatalf("answered %.99q, want %.99q", got, body)
	}
}

// body gives the body of the next answer. One of net/http is over once it waits for the next request: until then it may
// read a byte ahead, to see whether the client hangs up.
func (c *client) body() string {
	c.t.Helper()
	response, err := http.ReadResponse(c.answers, nil)
	for err == nil && response.StatusCode == http.StatusContinue {
		response, err = http.ReadResponse(c.answers, nil)
	}
	if err != nil {
		c.t.Fatalf("no answer: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		c.t.Fatalf("answered %s %.99q, %v", response.Status, body, err)
	}
	if !strings.HasPrefix(string(body), word) {
		<-c.site.idle
	}
	return string(body)
}

// unlimited lets the client wait for as long as it takes.
func (c *client) unlimited() {
	if err := c.SetDeadline(time.Time{}); err != nil {
		c.t.Fatal(err)
	}
}

// post is a request; fields are more lines of its head.
func post(body string, fields ...string) string {
	text := "POST /a HTTP/1.1\r\nHost: x\r\n"
	for _, field := range fields {
		text += field + "\r\n"
	}
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", text, len(body), body)
}

// learned connects and sends a first request, of which the site learns.
func (s *site) learned(t testing.TB, fields ...string) *client {
	t.Helper()
	c := s.connect(t)
	c.send(post("first", fields...))
	c.want("first")
	return c
}
