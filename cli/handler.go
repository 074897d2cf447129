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

// NewHandler is everything that the server answers: both dialects, sign-on, the reference and the health checks.
func NewHandler(g *handlers.Gateway) http.Handler {
	api, rest := spanel.New(), installatron.New()
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { refuse(err, c, api.Refusal, rest.Refusal) }
	e.Use(catchPanics(g.Options().Log), limitBodies())
	e.Pre(installatron.Override) // to api.php it would be a surprise
	api.Mount(e, g, installatron.Folders()...)
	rest.Mount(e, g)
	signon.New(g).Mount(e)
	mountDocs(e)
	e.GET("/healthz", g.Healthz)
	e.GET("/readyz", g.Readyz)
	return e
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
