package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	drainTime  = 30 * time.Second       // how long requests may take to finish after the server was told to stop
	firstGrace = 5 * time.Second        // how long a new connection may take to send its request, its handshake included
	idleGrace  = 500 * time.Millisecond // how long a kept connection may still bring one: it may be on its way
	lastCall   = 2 * time.Millisecond   // how long nobody must come before a listener closes
	lastCalls  = 200 * time.Millisecond // when it closes whoever comes
)

// drainFlags say how a server that was told to stop goes.
type drainFlags struct {
	DrainDelay time.Duration `name:"drain-delay" default:"0s" placeholder:"TIME" help:"After SIGTERM, go on taking calls for so long while /readyz answers 503, so that a load balancer has sent all others elsewhere before the first could be refused; some of its checks should fit in."`
}

func (f *drainFlags) check() error {
	if f.DrainDelay < 0 || f.DrainDelay > time.Minute {
		return usageError{"--drain-delay: want a time from 0s to 1m"}
	}
	return nil
}

// connections knows what the connections of a server are doing. http.Server.Shutdown alone closes
// one whose request has been read but not begun, and a kept one whose request has just arrived.
type connections struct {
	states   sync.Map // net.Conn → *atomic.Int32, which is an http.ConnState
	draining atomic.Bool
}

// watch makes the server tell its connections' states, and end them once it drains.
func (c *connections) watch(server *http.Server) {
	server.ConnState = c.note
	next := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.draining.Load() {
			w.Header().Set("Connection", "close") // HTTP/2 says GOAWAY instead
		}
		next.ServeHTTP(w, r)
	})
}

func (c *connections) note(conn net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		c.states.Delete(conn)
		return
	}
	known, seen := c.states.Load(conn)
	if !seen {
		known, _ = c.states.LoadOrStore(conn, new(atomic.Int32))
	}
	known.(*atomic.Int32).Store(int32(state))
}

// drain waits until no connection has a request or could still have one on its way.
func (c *connections) drain(ctx context.Context) {
	c.draining.Store(true)
	started := time.Now()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !c.isQuiet(time.Since(started)) {
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

func (c *connections) isQuiet(waited time.Duration) bool {
	quiet := true
	c.states.Range(func(_, known any) bool {
		switch http.ConnState(known.(*atomic.Int32).Load()) {
		case http.StateActive:
			quiet = false
		case http.StateNew:
			quiet = waited >= firstGrace
		case http.StateIdle:
			quiet = waited >= idleGrace
		}
		return quiet
	})
	return quiet
}

// door is a listener that lets in who waits before it closes; closing it at once would reset them.
type door struct {
	*net.TCPListener
	closeBy atomic.Pointer[time.Time] // nil while the door is open
}

// Accept lets somebody in. Once the door is to close it does so when nobody comes any more.
func (d *door) Accept() (net.Conn, error) {
	conn, err := d.TCPListener.Accept()
	closeBy := d.closeBy.Load()
	if err == nil || closeBy == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return conn, err
	}
	now := time.Now()
	if now.Before(*closeBy) && d.SetDeadline(now.Add(lastCall)) == nil {
		if conn, err := d.TCPListener.Accept(); err == nil {
			return conn, nil
		}
	}
	return nil, errors.Join(net.ErrClosed, d.Close())
}

// leave makes Accept let in who waits, then close the door.
func (d *door) leave() error {
	now := time.Now()
	closeBy := now.Add(lastCalls)
	d.closeBy.Store(&closeBy)
	return d.SetDeadline(now)
}
