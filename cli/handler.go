package cli

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"panelgate/handlers"
	"panelgate/handlers/installatron"
	"panelgate/handlers/signon"
	"panelgate/handlers/spanel"
)

// NewHandler is everything that the server answers: both dialects, sign-on, the reference and the health checks, and
// what more mounts.
func NewHandler(g *handlers.Gateway, more ...func(*echo.Echo)) http.Handler {
	api, rest := spanel.New(), installatron.New()
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { refuse(err, c, api.Refusal, rest.Refusal) }
	api.Mount(e, g, installatron.Folders()...)
	rest.Mount(e, g)
	signon.New(g).Mount(e)
	mountDocs(e, g)
	e.GET("/healthz", g.Catch(g.Healthz))
	e.GET("/readyz", g.Catch(g.Readyz))
	for _, mount := range more {
		mount(e)
	}
	return endChunked(installatron.Override(e)) // to api.php an override would be a surprise
}

// endChunked makes a request of unknown length the last one of its connection. It may have had a Content-Length too,
// which is not seen here: then a proxy in front may take for a body what would be the next request.
func endChunked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 && r.ProtoMajor == 1 {
			w.Header().Set(echo.HeaderConnection, "close")
		}
		next.ServeHTTP(w, r)
	})
}

// refuse answers what no route took, in the words of the dialect that the path belongs to.
func refuse(err error, c echo.Context, api, rest handlers.Refusal) {
	if c.Response().Committed {
		return
	}
	dialect := api
	if installatron.Serves(c.Request().URL.Path) {
		dialect = rest
	}
	refused := handlers.AsError(err)
	var route *echo.HTTPError
	if errors.As(err, &route) {
		switch route.Code {
		case http.StatusNotFound:
			refused = handlers.NoSuchPath()
		case http.StatusMethodNotAllowed:
			refused = handlers.MethodNotAllowed(c.Response().Header().Get(echo.HeaderAllow))
		}
	}
	// The client may be gone; then there is nobody to tell.
	_ = handlers.Refuse(c, dialect, &handlers.Call{ID: handlers.RequestID(c)}, refused)
}
