package cli

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/semaphore"

	"panelgate/handlers"
)

// catchPanics makes an error of a panic, for answers that no dialect gives. What the panic held
// may be a secret, so only its type and the stack are logged.
func catchPanics(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				v := recover()
				if v == nil {
					return
				}
				if v == http.ErrAbortHandler { // means to break the connection
					panic(v)
				}
				log.Error("panic", "request_id", handlers.RequestID(c), "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
				err = echo.ErrInternalServerError
			}()
			return next(c)
		}
	}
}

const (
	bodyMemory = 256 << 20 // of large bodies that may be in the house at a time
	smallBody  = 64 << 10  // not counted: calls of this size go on whatever large ones do
	unknown    = 8 << 20   // what a body without length is counted as: the most that is read of one
)

// limitBodies bounds the memory that bodies take before it is known who sent them.
func limitBodies() echo.MiddlewareFunc {
	room := semaphore.NewWeighted(bodyMemory)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			size := c.Request().ContentLength
			if size < 0 {
				size = unknown
			}
			if size <= smallBody || size > unknown { // too large a body is refused unread
				return next(c)
			}
			if !room.TryAcquire(size) {
				return handlers.Busy(nil)
			}
			defer room.Release(size)
			return next(c)
		}
	}
}
