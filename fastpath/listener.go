// Package fastpath answers requests on a connection that is kept open before net/http reads them, where that can be
// done from answers that are kept.
//
// Who keeps a connection open sends the same head with each request: what differs is the body and its length. Once
// net/http has read a request and its handler said, with [Learn], how others like it can be answered, those that come
// with that very head are answered as their bytes arrive. Nothing is parsed but the number of Content-Length, so there is
// no second reading of HTTP that could differ from net/http's. All else goes to net/http as it came: first requests, other
// heads, requests in pieces or several at once, and those whose answers are not kept. TLS goes past it.
package fastpath

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Answer answers a request by its body, or does nothing: then answered is false, and the request goes to net/http. It
// calls send at most once, and gives its error.
type Answer func(body []byte, send Send) (answered bool, err error)

// Send sends an answer of status 200: header is whole lines, each with its end, without Date and Content-Length. It keeps
// neither.
type Send func(header, body []byte) error

// Listener gives a server connections that are answered on where they can be. Make one with [Listen].
type Listener struct {
	net.Listener
	idle, write time.Duration // the server's limits
	noted       func(net.Conn, http.ConnState)
	ended       atomic.Bool
	buffers     sync.Pool // of *[]byte
	clock       clock
}

// Listen wraps a listener for a server, whose handler and hooks for connections it wraps too: to be called before the
// server serves, and after its other settings were made.
func Listen(inner net.Listener, server *http.Server) *Listener {
	l := &Listener{Listener: inner, idle: cmp.Or(server.IdleTimeout, server.ReadTimeout), write: server.WriteTimeout}
	l.buffers.New = func() any { return new([]byte) }
	known, next := server.ConnContext, server.Handler
	if l.noted = server.ConnState; l.noted == nil {
		l.noted = func(net.Conn, http.ConnState) {}
	}
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if known != nil {
			ctx = known(ctx, c)
		}
		if own, ok := c.(*conn); ok {
			ctx = context.WithValue(ctx, connKey{}, own)
		}
		return ctx
	}
	server.ConnState = func(c net.Conn, state http.ConnState) {
		if own, ok := c.(*conn); ok && state == http.StateIdle {
			own.await()
		}
		l.noted(c, state)
	}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if own := connOf(r); own != nil {
			own.begin(r)
		}
		next.ServeHTTP(w, r)
	})
	return l
}

// End makes everything go to net/http from now on, which tells clients that the server is about to stop.
func (l *Listener) End() { l.ended.Store(true) }

// Accept waits for a connection.
func (l *Listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: inner, listener: l, between: true, taken: unknown}
	c.sending = c.send
	return c, nil
}

// clock gives the time as the header Date has it, formatted once a second.
type clock struct{ last atomic.Pointer[tick] }

type tick struct {
	second int64
	text   []byte
}

func (c *clock) date(now time.Time) []byte {
	last := c.last.Load()
	if last == nil || last.second != now.Unix() {
		last = &tick{now.Unix(), now.UTC().AppendFormat(nil, http.TimeFormat)}
		c.last.Store(last)
	}
	return last.text
}
