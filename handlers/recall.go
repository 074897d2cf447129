package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"panelgate/fastpath"
)

// recaller answers calls that differ from one that was served in nothing but their bodies, where all that they need is in
// memory or in the file behind it. It takes them through the same steps, and counts them as it would be counted.
type recaller struct {
	gateway *Gateway
	dialect Dialect
	meters  *meters
	context echo.Context
	request http.Request
	body    bytes.Reader
	address netip.Addr
	header  []byte // of each answer, up to the name of the request
}

// learn makes the calls on the connection of a call that differ from it only in their bodies be recalled.
func (g *Gateway) learn(d Dialect, meters *meters, c echo.Context, call *Call) {
	if g.answers.kept == nil || call.entry.action == nil || call.entry.action.Keeps == nil {
		return
	}
	fastpath.Learn(c.Request(), func() fastpath.Answer { return g.newRecaller(d, meters, c).answer })
}

func (g *Gateway) newRecaller(d Dialect, meters *meters, c echo.Context) *recaller {
	r := &recaller{gateway: g, dialect: d, meters: meters, address: g.Address(c.Request()), header: recalledHeader()}
	first := c.Request() // what it has of its connection is left to it
	r.request = http.Request{Method: first.Method, URL: first.URL, Proto: first.Proto, ProtoMajor: first.ProtoMajor, ProtoMinor: first.ProtoMinor,
		Header: first.Header, Host: first.Host, RemoteAddr: first.RemoteAddr, RequestURI: first.RequestURI, Body: r}
	r.context = c.Echo().NewContext(&r.request, nil)
	r.context.SetPath(c.Path())
	r.context.SetParamNames(c.ParamNames()...)
	r.context.SetParamValues(c.ParamValues()...)
	return r
}

// Read reads the body of the call.
func (r *recaller) Read(p []byte) (int, error) { return r.body.Read(p) }

// Close does nothing: the body is memory.
func (r *recaller) Close() error { return nil }

// answer is a [fastpath.Answer].
func (r *recaller) answer(body []byte, send fastpath.Send) (answered bool, err error) {
	started, g := time.Now(), r.gateway
	out := g.answering.Get().(*answer)
	defer g.done(out)
	call := &Call{ID: newRequestID(), Address: r.address, request: &r.request, scratch: out.scratch, started: started, recalled: true}
	kept, err := r.recall(call, body)
	if err != nil {
		return false, nil // to be told by what serves it in full
	}
	r.meters.count(call.Action, nil, time.Since(started))
	g.logCall(context.Background(), r.dialect, call, nil, started)
	header := append(append(append(out.header[:0], r.header...), call.ID...), "\r\n"...)
	out.header = header
	return true, send(header, kept)
}

// errNotKept means that no answer is kept for a call, or that it cannot be told here. Nobody is told: it is served in full.
var errNotKept = errors.New("not kept")

// recall goes through the steps. Until it is clear that there is an answer, it counts nothing and changes nothing.
func (r *recaller) recall(call *Call, body []byte) (kept []byte, err error) {
	defer func() {
		if recover() != nil { // as it will again
			err = errNotKept
		}
	}()
	g := r.gateway
	if err := g.limiter.Room(call.Address); err != nil {
		return nil, err
	}
	r.body.Reset(body)
	r.request.ContentLength = int64(len(body))
	if err := call.decode(r.dialect, r.context); err != nil {
		return nil, err
	}
	if err := g.limiter.Try(call.Address, call.Secret); err != nil {
		return nil, err
	}
	table := r.dialect.Table()
	e := call.begin(table)
	if e.caller, err = g.callers.Recall(call.Secret, call.Address); err != nil {
		return nil, err
	}
	reply, err := g.admitted(context.Background(), table, e)
	if err != nil {
		return nil, err
	}
	return reply.body, g.countRecalled(call, e.caller)
}
