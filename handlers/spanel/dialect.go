// Package spanel speaks SPanel's dialect: POST /{folder}/api.php with a form of token,
// accountuser, action and the action's fields. README.md says what it answers.
package spanel

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"panelgate/handlers"
	"panelgate/phpform"
)

// Dialect is SPanel's. Make one with [New].
type Dialect struct{ table *handlers.Table }

// New makes the dialect with its table of actions.
func New() *Dialect { return &Dialect{table: table()} }

// Mount adds the dialect's one path. The folder is the operator's brand, so any will do.
func (d *Dialect) Mount(e *echo.Echo, g *handlers.Gateway) {
	e.Any("/:folder/api.php", g.Serve(d))
}

// Table lists the dialect's actions.
func (d *Dialect) Table() *handlers.Table { return d.table }

// Decode reads the form. The token is taken out of it, so that no later step can show it.
func (d *Dialect) Decode(c echo.Context) (*handlers.Call, error) {
	r := c.Request()
	call := &handlers.Call{Strict: r.Header.Get("X-Strict-Status") == "1"}
	if r.Method != http.MethodPost {
		return call, handlers.MethodNotAllowed(http.MethodPost)
	}
	form, err := handlers.ReadForm(c.Response(), r)
	if err != nil {
		return call, err
	}
	call.Form = form
	for _, field := range []struct {
		name string
		to   *string
	}{{"action", &call.Action}, {"token", &call.Secret}, {"accountuser", &call.Account}, {"dryrun", &call.DryRun}} {
		if *field.to, err = single(form, field.name); err != nil {
			return call, err
		}
	}
	form.Delete("token")
	return call, nil
}

// single reads a field that names one thing; an array in its place is a client's mistake.
func single(form *phpform.Array, name string) (string, error) {
	value, _ := form.Get(name)
	if value.IsArray() {
		return "", handlers.Invalid(name, "must be a single value, not an array")
	}
	return value.Text(), nil
}
