package fastpath_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What comes with the same head and another body, of any length, is answered.
func TestSameHead(t *testing.T) {
	c := newSite(t, nil).learned(t, "User-Agent: test")
	for _, body := range []string{"second", "x", strings.Repeat("long", 900), "first"} {
		c.send(post(body, "User-Agent: test"))
		c.want(word + body)
	}
}

// All else goes to net/http. Where that was a request of the same kind, the next is answered again.
func TestAllElse(t *testing.T) {
	s := newSite(t, nil)
	for name, request := range map[string]string{
		"not from memory":           post("pass"),
		"another path":              strings.Replace(post("x"), "/a", "/b", 1),
		"another header":            post("x", "User-Agent: other"),
		"another case":              strings.Replace(post("x"), "Host", "HOST", 1),
		"another method":            strings.Replace(post("x"), "POST", "PUT", 1),
		"a length with a zero":      strings.Replace(post("x"), "Length: 1", "Length: 01", 1),
		"no body":                   strings.Replace(post("x"), "Length: 1\r\n\r\nx", "Length: 0\r\n\r\n", 1),
		"more than is read at once": post(strings.Repeat("x", 5000)),
	} {
		t.Run(name, func(t *testing.T) {
			c := s.learned(t)
			_, body, _ := strings.Cut(request, "\r\n\r\n")
			c.send(request)
			c.want(body)
			c.send(post("third"))
			if strings.HasPrefix(name, "another") { // that head was learnt in place of the first, or nothing holds behind its method
				c.want("third")
				c.send(post("fourth"))
				c.want(word + "fourth")
				return
			}
			c.want(word + "third")
		})
	}
}

// Heads of which nothing is learnt: the form of their answers may differ, or where they end.
func TestNothingIsLearnt(t *testing.T) {
	s := newSite(t, nil)
	for name, request := range map[string]string{
		"two lengths":    post("12345", "Content-Length: 5"),
		"an expectation": post("12345", "Expect: 100-continue"),
		"an upgrade":     post("12345", "Upgrade: h2c"),
		"another method": strings.Replace(post("12345"), "POST", "PUT", 1),
		"HTTP/1.0":       strings.Replace(post("12345", "Connection: keep-alive"), "HTTP/1.1", "HTTP/1.0", 1),
		"chunks":         "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n",
		"a long head":    post("12345", "X-Long: "+strings.Repeat("x", 2<<10)),
		"a long body":    post(strings.Repeat("x", 4096)),
	} {
		t.Run(name, func(t *testing.T) {
			c := s.connect(t)
			for range 3 {
				c.send(request)
				_, body, _ := strings.Cut(request, "\r\n\r\n")
				if name == "chunks" {
					body = "12345"
				}
				c.want(body)
			}
		})
	}
}

// twisted is a request with letters around its length whose other case is longer, and as many whose other case is shorter.
func twisted(length, other, body string) string {
	return "POST /a HTTP/1.1\r\nHost: x\r\nX-B: ȺȺȺȺȺȺȺȺ\r\nContent-Length: " + length + "\r\nX-A: " + other + "\r\nX-C: İİİİİİİİ\r\n\r\n" + body
}

// Of a head nothing may differ but its length, whatever letters it has.
func TestAnotherNumberInTheHead(t *testing.T) {
	c := newSite(t, nil).connect(t)
	c.send(twisted("5", "5", "54321"))
	c.want("54321")
	c.send(twisted("3", "5", "543"))
	c.want(word + "543")
	c.send(twisted("5", "15", "54321"))
	c.want("54321")
}

// net/http passes over an empty line behind a POST that it has read, and behind nothing else.
func TestEmptyLineBehindAnotherMethod(t *testing.T) {
	c := newSite(t, nil).learned(t)
	c.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
	c.want("")
	c.send(post("second"))
	c.want("second")
	c.send(post("third"))
	c.want(word + "third")
	c.send("\r\n" + post("fourth"))
	c.want("fourth")
}

// A request that comes in pieces is net/http's, wherever it is cut.
func TestPieces(t *testing.T) {
	s := newSite(t, nil)
	whole := post("pieces")
	for cut := 1; cut < len(whole); cut++ {
		c := s.learned(t)
		c.send(whole[:cut])
		c.send(whole[cut:])
		c.want("pieces")
		c.send(post("again"))
		c.want(word + "again")
	}
}

// Of several requests at once, none is answered before its turn, and none twice or never.
func TestSeveralAtOnce(t *testing.T) {
	s := newSite(t, nil)
	all := post("one") + post("two") + post("three")
	for cut := 1; cut <= len(all); cut++ {
		c := s.learned(t)
		go func() {
			_, _ = io.WriteString(c, all[:cut]) // what is not read is missing in the answers
			_, _ = io.WriteString(c, all[cut:])
		}()
		for _, body := range []string{"one", "two", "three"} {
			if got := c.body(); strings.TrimPrefix(got, word) != body {
				t.Fatalf("cut at %d: answered %q, want %q", cut, got, body)
			}
		}
	}
}

// While it answers a request, net/http reads a byte ahead to see whether the client hangs up. Who sends the next request
// that early is served, and is answered by the fast path once they do not.
func TestByteReadAhead(t *testing.T) {
	s := newSite(t, nil)
	c := s.connect(t)
	next := post("early", "Wait: yes")
	c.send(next)
	for range 3 {
		c.send(next[:1])
		s.gate <- struct{}{}
		c.want("early")
		c.send(next[1:])
	}
	s.gate <- struct{}{}
	c.want("early")
	for _, body := range []string{"in time", "again"} {
		c.send(post(body, "Wait: yes"))
		c.want(word + body)
	}
}

// What looks like a request within a body is none.
func TestRequestWithinABody(t *testing.T) {
	s := newSite(t, nil)
	c := s.learned(t)
	hidden := post("hidden")
	outer := "POST /a HTTP/1.1\r\nHost: x\r\nX: y\r\n" + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(hidden))
	c.send(outer)
	c.send(hidden)
	c.want(hidden)
	c.send("\r\n" + post("after a line")) // as old clients send after a body
	if got := c.body(); !strings.HasSuffix(got, "after a line") {
		t.Errorf("answered %q", got)
	}
}

func TestEnd(t *testing.T) {
	s := newSite(t, nil)
	c := s.learned(t)
	s.listener.End()
	c.send(post("second"))
	c.want("second")
}

// The server's limits of time hold for the fast path too, to the second.
func TestLimitsOfTime(t *testing.T) {
	const idle = time.Minute
	for name, c := range map[string]struct {
		every time.Duration
		open  bool
	}{
		"requests in time": {idle - 2*time.Second, true},
		"a late request":   {idle + time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, func(server *http.Server) { server.IdleTimeout, server.WriteTimeout = idle, idle/2 })
				client := s.learned(t)
				client.unlimited()
				client.send(post("next")) // whose limits those of the fast path are
				client.want(word + "next")
				for range 5 {
					time.Sleep(c.every)
					synctest.Wait()
					if _, err := io.WriteString(client, post("next")); (err == nil) != c.open {
						t.Fatalf("sent after %v: %v", c.every, err)
					}
					if c.open {
						client.want(word + "next")
					}
				}
			})
		})
	}
}

// A server that drains has to wait for an answer that is being read.
func TestConnectionIsActiveUntilTheAnswerIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var states []http.ConnState
		s := newSite(t, func(server *http.Server) {
			noted := server.ConnState
			server.ConnState = func(c net.Conn, state http.ConnState) {
				states = append(states, state)
				noted(c, state)
			}
		})
		client := s.learned(t)
		synctest.Wait()
		states = nil
		client.send(post("next"))
		synctest.Wait()
		if want := []http.ConnState{http.StateActive}; !slices.Equal(states, want) {
			t.Errorf("before it is read: %v, want %v", states, want)
		}
		client.want(word + "next")
		synctest.Wait()
		if want := []http.ConnState{http.StateActive, http.StateIdle}; !slices.Equal(states, want) {
			t.Errorf("then: %v, want %v", states, want)
		}
	})
}

// Who does not read what they are answered is cut off.
func TestClientThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, func(server *http.Server) { server.WriteTimeout = time.Minute })
		client := s.learned(t)
		client.unlimited()
		time.Sleep(time.Hour)
		client.send(post("next")) // its answer waits
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if _, err := io.WriteString(client, post("next")); err == nil {
			t.Error("the connection is still open")
		}
	})
}
