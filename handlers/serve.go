package handlers

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"panelgate/auth"
	"panelgate/store"
)

// Dialect is how one panel speaks: step 1 and step 7.
type Dialect interface {
	// Name is what metrics call the dialect.
	Name() string
	// Table lists the dialect's actions.
	Table() *Table
	// Decode makes a call of a request. With an error, the call holds what was understood.
	Decode(echo.Context, *Call) error
	// Answer writes the body of a successful answer; its status is 200.
	Answer(w io.Writer, call *Call, reply Reply) error
	// Refusal gives the status and the body of an error.
	Refusal(call *Call, err *Error) (status int, body []byte)
}

// callTime bounds a call, from when its body was read. The shortest patience among known clients
// is 15 s.
const callTime = 12 * time.Second

// Serve is the way of every call of a dialect, from the request to the answer.
func (g *Gateway) Serve(d Dialect) echo.HandlerFunc {
	meters := g.metrics.meters(d)
	return g.Catch(func(c echo.Context) error {
		started, ctx := time.Now(), c.Request().Context()
		out := g.answering.Get().(*answer)
		out.c = c
		defer g.done(out)
		call, err := g.take(ctx, d, c, out, started)
		if err == nil {
			meters.count(call.Action, nil, time.Since(started))
			g.logCall(ctx, d, call, nil, started)
			g.learn(d, meters, c, call)
			return out.finish()
		}
		refused := AsError(err)
		meters.count(call.Action, refused, time.Since(started))
		g.logCall(ctx, d, call, refused, started)
		if out.spilled {
			// Half of an answer has left: break the connection rather than let it pass for a whole one.
			panic(http.ErrAbortHandler)
		}
		return Refuse(c, d.Refusal, call, refused)
	})
}

// take goes through the seven steps. It never panics: a panic is an internal error like any other.
func (g *Gateway) take(ctx context.Context, d Dialect, c echo.Context, out *answer, started time.Time) (call *Call, err error) {
	call = &Call{ID: RequestID(c), Address: g.Address(c.Request()), request: c.Request(), scratch: out.scratch, started: started}
	defer func() {
		if v := recover(); v != nil {
			err = &store.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	if err := g.enter(call.Address); err != nil {
		return call, err
	}
	call.body.count(&g.bodies, c.Request())
	defer call.body.release()
	if err = call.decode(d, c); err != nil {
		return call, err
	}
	call.patience.begin(ctx, time.Now().Add(callTime))
	defer call.patience.end()
	reply, err := g.Do(&call.patience, d.Table(), call)
	if err != nil {
		return call, err
	}
	return call, sendReply(c, out, call, reply)
}

// decode is step 1.
func (c *Call) decode(d Dialect, from echo.Context) (err error) {
	if err = d.Decode(from, c); err == nil {
		err = c.checkMisplaced()
	}
	if err == nil {
		c.Key, err = readKey(from.Request(), c.Form)
	}
	c.dialect = d
	return err
}

// sendReply writes the answer of a success, as it was kept where it was.
func sendReply(c echo.Context, out *answer, call *Call, reply Reply) error {
	if reply.Replayed {
		c.Response().Header().Set("X-Replayed", "true")
	}
	if reply.body == nil {
		return call.answer(out, reply)
	}
	out.whole = reply.body
	return nil
}

// Refusal words an error as a dialect does: it gives the HTTP status and the body.
type Refusal func(*Call, *Error) (status int, body []byte)

// Refuse answers with an error in a dialect's words.
func Refuse(c echo.Context, refusal Refusal, call *Call, refused *Error) error {
	status, body := refusal(call, refused)
	if refused.Allow != "" {
		c.Response().Header().Set(echo.HeaderAllow, refused.Allow)
	}
	if refused.Retry > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(refused.Retry.Seconds()))))
	}
	return write(c, status, body)
}

// requestIDHeader is echo's, in the form that headers are kept in.
const requestIDHeader = "X-Request-Id"

// RequestID gives the request its name, once: in the header of the answer, in errors and in the log.
func RequestID(c echo.Context) string {
	header := c.Response().Header()
	if id := header[requestIDHeader]; len(id) > 0 {
		return id[0]
	}
	id := newRequestID()
	header[requestIDHeader] = []string{id}
	return id
}

func newRequestID() string {
	var bits [8]byte
	var digits [2 * len(bits)]byte
	binary.BigEndian.PutUint64(bits[:], rand.Uint64())
	hex.Encode(digits[:], bits[:])
	return string(digits[:])
}

// logCall writes a line for each change, each refusal and, at debug level, each read. It names
// fields but never values, except names that are in the table.
func (g *Gateway) logCall(ctx context.Context, d Dialect, call *Call, refused *Error, started time.Time) {
	action, known := d.Table().byName[call.Action]
	level, result := outcome(refused, known && action.Writes)
	if !g.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("request_id", call.ID), slog.String("result", result),
		slog.Float64("took_ms", float64(time.Since(started).Microseconds())/1000)}
	if call.token != 0 {
		attrs = append(attrs, slog.String("caller", auth.Caller{TokenID: call.token}.String()))
	}
	if known {
		attrs = append(attrs, slog.String("action", call.Action))
	}
	g.log.LogAttrs(ctx, level, "call", append(attrs, describe(refused)...)...)
}

// outcome words how a call ended, and says who should see it.
func outcome(refused *Error, writes bool) (slog.Level, string) {
	switch {
	case refused == nil && writes:
		return slog.LevelInfo, "success"
	case refused == nil:
		return slog.LevelDebug, "success"
	case refused.Code == CodeRateLimited:
		return slog.LevelDebug, "refused" // there may be very many
	case refused.Code == CodeGone:
		return slog.LevelDebug, "client gone"
	case refused.Code == CodeInternal:
		return slog.LevelError, "failed"
	}
	return slog.LevelInfo, "refused"
}

// describe gives what the log may know of an error. A panic's value may hold anything, secrets
// too, so only its type and the stack are written.
func describe(refused *Error) []slog.Attr {
	if refused == nil {
		return nil
	}
	attrs := []slog.Attr{slog.String("code", refused.Code.String()), slog.String("subject", refused.Subject)}
	var panicked *store.PanicError
	switch {
	case errors.As(refused.Err, &panicked):
		attrs = append(attrs, slog.String("panic", fmt.Sprintf("%T", panicked.Value)), slog.String("stack", string(panicked.Stack)))
	case refused.Code == CodeInternal || refused.Code == CodeBusy:
		attrs = append(attrs, slog.Any("error", refused.Err))
	}
	return attrs
}
