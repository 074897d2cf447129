package handlers

import (
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"panelgate/store"
)

// Catch makes of a panic an internal error like any other, where no call is served: pages, health
// checks, the reference. Half of an answer breaks the connection.
func (g *Gateway) Catch(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			err = &store.PanicError{Value: v, Stack: debug.Stack()}
			g.log.LogAttrs(c.Request().Context(), slog.LevelError, "panic",
				append([]slog.Attr{slog.String("request_id", RequestID(c))}, describe(AsError(err))...)...)
			if c.Response().Committed {
				panic(http.ErrAbortHandler)
			}
		}()
		return next(c)
	}
}
