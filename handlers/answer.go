package handlers

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
)

// spillAt is how much of an answer is held back. Until then an error can still be told in place
// of the answer, and the answer has a length.
const spillAt = 256 << 10

// answer is what a dialect writes a successful answer to. A short one is sent whole by finish; a
// long one begins to leave once it is too long to hold.
type answer struct {
	c       echo.Context
	held    bytes.Buffer
	whole   []byte // an answer that was kept, in place of what would be held
	spilled bool
	scratch []byte // see Call
	header  []byte // of a call that is recalled
}

// mostHeld is how much memory of an answer is kept for the next one.
const mostHeld = 64 << 10

// done makes what a call was answered with ready for another.
func (g *Gateway) done(a *answer) {
	if a.held.Cap() > mostHeld {
		return
	}
	a.c, a.whole, a.spilled = nil, nil, false
	a.held.Reset()
	g.answering.Put(a)
}

// writeTime is how long a client may take to read one piece of a long answer.
const writeTime = 30 * time.Second

// Write holds an answer back until it is too long to be held.
func (a *answer) Write(p []byte) (int, error) {
	if a.spilled {
		return len(p), a.sendPieces(p)
	}
	n, _ := a.held.Write(p) // never fails
	if a.held.Len() < spillAt {
		return n, nil
	}
	a.spilled = true
	setHeader(a.c.Response().Header())
	a.c.Response().WriteHeader(http.StatusOK)
	err := a.sendPieces(a.held.Bytes())
	a.held.Reset()
	return n, err
}

// pieceSize is little enough for the slowest line within writeTime.
const pieceSize = 16 << 10

func (a *answer) sendPieces(p []byte) error {
	for piece := range slices.Chunk(p, pieceSize) {
		if _, err := a.send(piece); err != nil {
			return err
		}
	}
	return nil
}

// send writes a piece of a long answer, which has a time limit of its own in place of the server's
// for whole answers.
func (a *answer) send(p []byte) (int, error) {
	deadline := http.NewResponseController(a.c.Response())
	if err := deadline.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, gone(err)
	}
	n, err := a.c.Response().Write(p)
	if err != nil {
		err = gone(err)
	}
	return n, err
}

// gone says that a client no longer takes its answer. That is nobody's fault here.
func gone(err error) error {
	return &Error{Code: CodeGone, Message: "the client is gone", Err: err}
}

// finish sends what is held.
func (a *answer) finish() error {
	if a.spilled {
		return nil
	}
	if a.whole != nil {
		return write(a.c, http.StatusOK, a.whole)
	}
	return write(a.c, http.StatusOK, a.held.Bytes())
}

// setHeader sets what all answers have.
func setHeader(header http.Header) {
	values := [...]string{"application/json; charset=utf-8", "no-store"} // answers hold credentials
	header[echo.HeaderContentType], header[echo.HeaderCacheControl] = values[:1:1], values[1:2:2]
}

// recalledHeader is the header of an answer as it is sent, up to the name of the request.
func recalledHeader() []byte {
	header := make(http.Header)
	setHeader(header)
	var lines bytes.Buffer
	_ = header.Write(&lines) // never fails
	return append(lines.Bytes(), requestIDHeader+": "...)
}

// shortBody is how long an answer may be for net/http to find out its length by itself.
const shortBody = 1 << 10

func write(c echo.Context, status int, body []byte) error {
	setHeader(c.Response().Header())
	if len(body) > shortBody {
		c.Response().Header()[echo.HeaderContentLength] = []string{strconv.Itoa(len(body))}
	}
	c.Response().WriteHeader(status)
	_, err := c.Response().Write(body)
	return err
}
