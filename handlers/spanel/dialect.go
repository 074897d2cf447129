// Package spanel speaks SPanel's dialect: POST /{folder}/api.php with a form of token,
// accountuser, action and the action's fields. README.md says what it answers.
package spanel

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"panelgate/handlers"
)

// Dialect is SPanel's. Make one with [New].
type Dialect struct{ table *handlers.Table }

// New makes the dialect with its table of actions.
func New() *Dialect { return &Dialect{table: table()} }

// Mount adds the dialect's one path. The folder is the operator's brand, so any will do; those that are shared with
// paths of others, which would come before, are given.
func (d *Dialect) Mount(e *echo.Echo, g *handlers.Gateway, shared ...string) {
	for _, folder := range append([]string{":folder"}, shared...) {
		e.Any("/"+folder+"/api.php", g.Serve(d))
	}
}

// Name is what metrics call the dialect.
func (d *Dialect) Name() string { return "spanel" }

// Table lists the dialect's actions.
func (d *Dialect) Table() *handlers.Table { return d.table }

// Decode reads the form. The token is taken out of it, so that no later step can show it.
func (d *Dialect) Decode(c echo.Context, call *handlers.Call) error {
	r := c.Request()
	call.Strict = r.Header.Get("X-Strict-Status") == "1"
	call.Folder, _, _ = strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if r.Method != http.MethodPost {
		return handlers.MethodNotAllowed(http.MethodPost)
	}
	if err := handlers.CheckQuery(d.table, r.URL.RawQuery); err != nil {
		return err
	}
	form, err := handlers.ReadForm(c.Response(), r)
	if err != nil {
		return err
	}
	call.Form = form
	for _, field := range []struct {
		name string
		to   *string
	}{{"action", &call.Action}, {"token", &call.Secret}, {"accountuser", &call.Account}, {"dryrun", &call.DryRun}} {
		if *field.to, err = handlers.Single(form, field.name); err != nil {
			return err
		}
	}
	form.Delete("token")
	return nil
}
