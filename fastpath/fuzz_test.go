package fastpath_test

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

var dates = regexp.MustCompile(`Date: [^\r]+`)

// Whatever is sent after a request of which something was learnt, and in whatever pieces, is answered as net/http alone
// would answer it, to the byte.
func FuzzSameAsWithout(f *testing.F) {
	for _, sent := range []string{
		post("again"), post("pass"), post("again", "User-Agent: x"), post("one") + post("two"), "\r\n" + post("a"),
		strings.Replace(post("a"), "1", "01", 1), strings.Replace(post("a"), "1", "1 ", 1), strings.Replace(post("abc"), "3", "2", 1),
		"POST /a HTTP/1.1\r\n" + post("a"), "GET / HTTP/1.1\nHost: x\n\n" + post("a"), post("a", "Connection: close"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"POST /a HTTP/1.1\nHost: x\nContent-Length: 44\n\nPOST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na" + post("b"),
	} {
		f.Add(sent, uint16(0), uint16(0))
		f.Add(post("x")+sent, uint16(len(post("x"))), uint16(20))
		f.Add(sent+post("x"), uint16(len(sent)/2), uint16(len(sent)))
	}
	// What net/http still holds of the next request looks as if that were to begin with what is sent last.
	line := "POST /b HTTP/1.1\r\n"
	for _, sent := range []string{
		post("one") + line,
		"POST /a HTTP/1.1\nHost: x\nContent-Length: 18\n\n" + strings.Repeat("x", len(line)) + "\r\n\r\n" + line,
		"\r\n\r\n" + post("one") + line,
	} {
		f.Add(sent+post("two"), uint16(len(sent)), uint16(len(sent)))
	}
	f.Add(twisted("5", "5", "54321")+twisted("5", "33", "54321GET /b HTTP/1.1\r\nHost: x\r\n\r\n"), uint16(len(twisted("5", "5", "54321"))), uint16(0))
	other := "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"
	f.Add(other+post("again")+"\r\n"+post("again"), uint16(len(other)), uint16(len(other+post("again"))))
	with, without := newHalves(f), newHalves(f)
	without.listener.End()
	f.Fuzz(func(t *testing.T, sent string, first, second uint16) {
		a, b := min(int(first), len(sent)), min(int(second), len(sent))
		pieces := []string{sent[:min(a, b)], sent[min(a, b):max(a, b)], sent[max(a, b):]}
		if got, want := with.exchange(t, pieces), without.exchange(t, pieces); got != want {
			t.Errorf("%q in pieces at %d and %d:\ngot  %q\nwant %q", sent, a, b, got, want)
		}
	})
}

// halves is a site whose connections can be closed in one direction.
type halves struct{ *site }

func newHalves(t testing.TB) halves {
	s := &site{pipes: newPipes(), idle: make(chan struct{}, 1)}
	s.listener = serve(t, s.pipes, "", func(server *http.Server) {
		server.ErrorLog = log.New(io.Discard, "", 0)
		server.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateIdle {
				select {
				case s.idle <- struct{}{}:
				default: // only the first one is awaited
				}
			}
		}
	})
	return halves{s}
}

// half is a connection that reads from one pipe and writes to another.
type half struct {
	net.Conn          // to read from
	out      net.Conn // to write to
}

func (h half) Write(p []byte) (int, error)        { return h.out.Write(p) }
func (h half) Close() error                       { return errors.Join(h.Conn.Close(), h.out.Close()) }
func (h half) SetWriteDeadline(t time.Time) error { return h.out.SetWriteDeadline(t) }
func (h half) SetDeadline(t time.Time) error {
	return errors.Join(h.SetReadDeadline(t), h.SetWriteDeadline(t))
}

// exchange sends a request, of which something is learnt, then pieces and the end, and gives what was answered to these.
func (s halves) exchange(t *testing.T, pieces []string) string {
	t.Helper()
	toServer, fromClient := net.Pipe()
	toClient, fromServer := net.Pipe()
	defer toClient.Close()
	select {
	case <-s.idle: // of an exchange before
	default:
	}
	s.pipes.opened <- half{fromClient, fromServer}
	if err := toClient.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	c := &client{Conn: half{toClient, toServer}, t: t, site: s.site, answers: bufio.NewReader(toClient)}
	c.send(post("first"))
	c.want("first")
	go func() {
		for _, piece := range pieces {
			if piece == "" {
				continue
			}
			if _, err := io.WriteString(toServer, piece); err != nil {
				break // the server has closed the connection, as it answers
			}
		}
		toServer.Close()
	}()
	answers, err := io.ReadAll(c.answers)
	if err != nil {
		t.Fatal(err)
	}
	return dates.ReplaceAllString(string(answers), "Date: now")
}
