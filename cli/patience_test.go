package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/store"
)

// pipes is a listener whose connections are pipes: they hold nothing, and keep to the clock of a bubble.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.accept:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dial connects; the server sees the other end.
func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.accept <- server
	return client
}

// withServer runs a test with a server as serve makes it, in a bubble where waiting takes no time.
func withServer(t *testing.T, test func(t *testing.T, server *pipes)) {
	path := filepath.Join(t.TempDir(), "panelgate.db")
	if err := auth.CreateKeyset(path + ".keyset"); err != nil {
		t.Fatal(err)
	}
	keys, err := auth.OpenKeyset(path + ".keyset")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), store.Options{DB: path, AEAD: keys})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Write(t.Context(), FillDev); err != nil {
			t.Fatal(err)
		}
		log := slog.New(slog.DiscardHandler)
		at := &pipes{accept: make(chan net.Conn), closed: make(chan struct{})}
		server := newServer(NewHandler(handlers.NewGateway(handlers.Options{Store: db, Log: log})), log)
		ended := make(chan error)
		go func() { ended <- server.Serve(at) }()
		test(t, at)
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

func call(action string, fields url.Values) string {
	fields.Set("token", DevAdminToken)
	fields.Set("action", action)
	body := fields.Encode()
	return fmt.Sprintf("POST /spanel/api.php HTTP/1.1\r\nHost: panel\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// drip sends text a byte every interval, and gives after how long the server closed.
func drip(conn net.Conn, text string, every time.Duration) (answer string, took time.Duration) {
	begun := time.Now()
	go func() {
		for i := range len(text) {
			if _, err := conn.Write([]byte{text[i]}); err != nil {
				return
			}
			time.Sleep(every)
		}
	}()
	read, _ := io.ReadAll(conn) // a pipe that was closed
	return string(read), time.Since(begun)
}

func TestSlowClientsAreCutOff(t *testing.T) {
	withServer(t, func(t *testing.T, server *pipes) {
		whole := call("users/upsert", url.Values{"id": {"slow"}})
		head, _, _ := strings.Cut(whole, "\r\n\r\n")
		for _, c := range []struct {
			name, at, slowly string
			after            time.Duration
			says             string
		}{
			{"says nothing", "", "", 10 * time.Second, ""},
			{"headers a byte a second", "", whole, 10 * time.Second, "400 Bad Request"},
			{"a body a byte a second", head + "\r\n\r\n", strings.Repeat("a", 1000), 30 * time.Second, "unreadable_body"},
			{"a body that stops", whole[:len(whole)-5], "", 30 * time.Second, "unreadable_body"},
			{"a call, then nothing", whole, "", 2 * time.Minute, `"id":"slow"`},
		} {
			conn := server.dial()
			if _, err := io.WriteString(conn, c.at); err != nil {
				t.Fatal(err)
			}
			answer, took := drip(conn, c.slowly, time.Second)
			// net/http waits half a second before it closes a connection that more could come on.
			if took < c.after || took > c.after+time.Second || !strings.Contains(answer, c.says) || c.says == "" && answer != "" {
				t.Errorf("%s: closed after %v, want %v, with %q in the answer: %s", c.name, took, c.after, c.says, answer)
			}
			conn.Close()
		}
	})
}

// A client that takes nothing of its answer is given up, whether the answer is short or long.
func TestUnreadAnswersAreGivenUp(t *testing.T) {
	withServer(t, func(t *testing.T, server *pipes) {
		mustFillAccounts(t, server, 1000)
		for name, c := range map[string]struct {
			action string
			after  time.Duration
		}{
			"short": {"toolbox/echo", 45 * time.Second},
			"long":  {"accounts/listaccounts", 30 * time.Second}, // for each piece
		} {
			conn := server.dial()
			if _, err := io.WriteString(conn, call(c.action, url.Values{})); err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			time.Sleep(c.after - time.Second)
			first := make([]byte, 1)
			if _, err := io.ReadFull(conn, first); err != nil {
				t.Errorf("%s: given up after less than %v: %v", name, c.after-time.Second, err)
			}
			time.Sleep(c.after + time.Second)
			if rest, _ := io.ReadAll(conn); len(rest) > 64<<10 || strings.HasSuffix(string(rest), "}") {
				t.Errorf("%s: %d bytes came after %v", name, len(rest), time.Since(begun))
			}
			conn.Close()
		}
	})
}

// A long answer may take as long as its client takes to read it, as long as it reads.
func TestSlowReadersGetAll(t *testing.T) {
	withServer(t, func(t *testing.T, server *pipes) {
		mustFillAccounts(t, server, 1200)
		conn := server.dial()
		defer conn.Close()
		if _, err := io.WriteString(conn, call("accounts/listaccounts", url.Values{})); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		res, err := http.ReadResponse(bufio.NewReaderSize(slowReader{conn}, 4<<10), nil)
		if err != nil {
			t.Fatal(err)
		}
		read, err := io.ReadAll(res.Body)
		if err != nil || !strings.Contains(string(read), "account1199") || time.Since(begun) < 5*time.Minute {
			t.Errorf("%d bytes in %v: %v", len(read), time.Since(begun), err)
		}
		t.Logf("%d bytes read in %v", len(read), time.Since(begun))
	})
}

// slowReader reads 4 kB at a time, and rests after each.
type slowReader struct{ net.Conn }

func (s slowReader) Read(p []byte) (int, error) {
	time.Sleep(5 * time.Second)
	return s.Conn.Read(p)
}

// mustFillAccounts makes accounts through the API.
func mustFillAccounts(t *testing.T, server *pipes, n int) {
	t.Helper()
	conn := server.dial()
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for i := range n {
		if _, err := io.WriteString(conn, call("users/upsert", url.Values{"id": {fmt.Sprintf("account%d", i)}})); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatal(err)
		}
	}
}
