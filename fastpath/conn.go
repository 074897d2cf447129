package fastpath

import (
	"bytes"
	"net"
	"net/http"
	"strconv"
	"time"
)

// conn is a connection whose requests may be answered before net/http sees them. One goroutine uses it at a time, but
// that net/http reads a byte beside the handler, to see whether the client hangs up: that is over before it goes on.
type conn struct {
	net.Conn
	listener *Listener
	sending  Send // send, made once

	// Where requests begin is known by counting: what net/http was given for a request must be what it says that the
	// request took. Otherwise it may hold a part of the next one, and the connection is its own from then on.
	between bool   // net/http waits for the next request, and holds nothing of it
	given   int64  // bytes that net/http was given since then; the handler's goroutine leaves it alone, and ahead
	taken   int64  // bytes of the request that it serves, head and body; unknown where they cannot be told
	head    []byte // of that request, as far as it was given: whole, with its empty line, or of no use once heading is false
	heading bool   // more of the head is to come
	ahead   []byte // what net/http read of the next request meanwhile

	known   pattern   // of the requests that answer answers
	answer  Answer    // nil: nothing was learnt
	limited time.Time // when the limits of time were set
}

// unknown is for taken.
const unknown = -1

// Read gives net/http what arrives. While it waits for the next request, those that can be answered are.
func (c *conn) Read(p []byte) (int, error) {
	if !c.between {
		n, err := c.Conn.Read(p)
		if len(p) == 1 { // beside the handler
			c.given += int64(n)
			c.ahead = append(c.ahead, p[:n]...)
		} else {
			c.give(p[:n])
		}
		return n, err
	}
	for {
		n, err := c.Conn.Read(p)
		if err == nil {
			answered, err := c.tryAnswer(p[:n])
			if err != nil {
				return 0, err
			}
			if answered {
				continue
			}
		}
		if n > 0 {
			c.start(p[:n])
		}
		return n, err
	}
}

// tryAnswer answers what arrived, if that is one request of the kind that was learnt.
func (c *conn) tryAnswer(arrived []byte) (answered bool, err error) {
	if c.answer == nil || c.listener.ended.Load() {
		return false, nil
	}
	body, matches := c.known.body(arrived)
	if !matches {
		return false, nil
	}
	return c.answer(body, c.sending)
}

// send writes an answer in one piece. The connection is active until the client has taken it: a server that drains waits for
// that.
func (c *conn) send(header, body []byte) error {
	c.listener.noted(c, http.StateActive)
	defer c.listener.noted(c, http.StateIdle)
	now := time.Now()
	if err := c.limit(now); err != nil {
		return err
	}
	buffer := c.listener.buffers.Get().(*[]byte)
	defer c.listener.buffers.Put(buffer)
	b := append((*buffer)[:0], "HTTP/1.1 200 OK\r\n"...)
	b = append(b, header...)
	b = append(b, "Date: "...)
	b = append(b, c.listener.clock.date(now)...)
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, headEnd...)
	b = append(b, body...)
	*buffer = b
	_, err := c.Conn.Write(b)
	return err
}

// limitsFor is how long limits of time stay as they were set: so much shorter they may be, and they must be longer.
const limitsFor = time.Second

// limit sets the limits of time that net/http would set for each request: for the client to read the answer, and to send
// the next request.
func (c *conn) limit(now time.Time) error {
	if now.Sub(c.limited) < limitsFor {
		return nil
	}
	c.limited = now
	if c.listener.idle > 0 {
		if err := c.SetReadDeadline(now.Add(c.listener.idle)); err != nil {
			return err
		}
	}
	if c.listener.write > 0 {
		return c.SetWriteDeadline(now.Add(c.listener.write))
	}
	return nil
}

// longestHead is how long a head may be that is remembered. A connection with a longer one is net/http's own. It must be
// less than net/http's buffer of 4 KiB: of a head that fills it to the last byte, net/http reads that one alone, as it
// otherwise does beside the handler.
const longestHead = 2 << 10

// start notes what a request begins with that net/http is given.
func (c *conn) start(arrived []byte) {
	c.between, c.given, c.taken = false, 0, unknown
	c.head, c.heading = c.head[:0], true
	c.give(arrived)
}

// give notes what net/http is given.
func (c *conn) give(arrived []byte) {
	c.given += int64(len(arrived))
	if !c.heading {
		return
	}
	c.head = append(c.head, arrived[:min(len(arrived), longestHead+1-len(c.head))]...)
	whole := headOf(c.head)
	if len(whole) > 0 || len(c.head) > longestHead {
		c.head, c.heading = whole, false
	}
}

// begin notes how much the request takes that net/http has read the head of. One that it answers itself stays unknown.
// After anything but a POST it has to see the next one: only behind a POST of its own does it pass over an empty line.
func (c *conn) begin(r *http.Request) {
	if r.Method != http.MethodPost {
		c.answer = nil
	}
	if !c.heading && len(c.head) > 0 && r.ContentLength >= 0 && len(r.TransferEncoding) == 0 {
		c.taken = int64(len(c.head)) + r.ContentLength
	}
}

// await notes that net/http waits for the next request.
func (c *conn) await() {
	c.limited = time.Time{}
	known, left := c.taken != unknown, c.given-c.taken
	switch {
	case known && left == 0:
		c.between, c.taken = true, unknown
	case known && left == int64(len(c.ahead)):
		c.start(c.ahead)
	default: // whatever is given from now on
		c.head, c.heading, c.taken = c.head[:0], false, unknown
	}
	c.ahead = c.ahead[:0]
}

type connKey struct{}

// connOf gives the connection that a request came on, nil where it is none of a [Listener].
func connOf(r *http.Request) *conn {
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}

// Learn makes requests be answered that come on the connection of r with the same head. To be called by the handler of r
// where the answer depends on that head and the body alone; it is made only if it is of use.
func Learn(r *http.Request, answer func() Answer) {
	c := connOf(r)
	if c == nil || c.taken == unknown || !isPlain(r) {
		return
	}
	if c.answer != nil && c.known.isOf(c.head, r.ContentLength) {
		return
	}
	if known, ok := patternOf(c.head, r.ContentLength); ok {
		c.known, c.answer = known, answer()
	}
}

// isPlain reports whether the answer to a request may have the form that send gives it, and the connection stays open.
func isPlain(r *http.Request) bool {
	_, expects := r.Header["Expect"]
	_, upgrades := r.Header["Upgrade"]
	return r.Proto == "HTTP/1.1" && r.Method == http.MethodPost && !r.Close && !expects && !upgrades
}

// headOf gives the head that a request begins with, up to and with its empty line, if that is there and beyond doubt.
func headOf(request []byte) []byte {
	end := bytes.Index(request, []byte(headEnd))
	if end < 0 {
		return nil
	}
	head := request[:end+len(headEnd)]
	if bytes.Count(head, []byte("\n")) != bytes.Count(head, []byte("\r\n")) { // net/http takes a line feed for the end of a line
		return nil
	}
	return head
}
