// Package installatron speaks Installatron Server's dialect: REST below /users with the header
// X-API-KEY. README.md says what it answers.
package installatron

import (
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"panelgate/handlers"
)

// Dialect is Installatron Server's. Make one with [New].
type Dialect struct{ table *handlers.Table }

// New makes the dialect with its table of actions.
func New() *Dialect { return &Dialect{table: table()} }

// Mount adds a route for each action of the table; its name is its method and path.
func (d *Dialect) Mount(e *echo.Echo, g *handlers.Gateway) {
	for _, action := range d.table.Actions() {
		method, path, _ := strings.Cut(action.Name, " ")
		e.Add(method, strings.ReplaceAll(path, "{id}", ":id"), g.Serve(route{d, action.Name}))
	}
}

// Serves reports whether a path belongs to this dialect, for answers to requests that no route takes.
func Serves(path string) bool { return path == "/users" || strings.HasPrefix(path, "/users/") }

// Table lists the dialect's actions.
func (d *Dialect) Table() *handlers.Table { return d.table }

// route is the dialect on the path of one action.
type route struct {
	*Dialect
	action string
}

// Decode reads the key from its header and the fields from the body.
func (rt route) Decode(c echo.Context) (*handlers.Call, error) {
	call := &handlers.Call{Action: rt.action, Secret: c.Request().Header.Get("X-API-KEY")}
	if call.Secret == "" {
		return call, noKey()
	}
	form, err := handlers.ReadForm(c.Response(), c.Request())
	if err != nil {
		return call, err
	}
	form.Delete("token")
	call.Form, call.DryRun = form, form.Text("dryrun")
	return call, nil
}

func noKey() *handlers.Error {
	refused := handlers.Unauthorized()
	refused.Message = "Send the API key in the header X-API-KEY."
	return refused
}

// Answer writes the envelope of a success, members in the order of the page's example. A dry run
// has an error code although it is one; a list has its total_count.
func (d *Dialect) Answer(w io.Writer, _ *handlers.Call, reply handlers.Reply) error {
	code, message := text(""), "The task is complete.\n"
	if reply.DryRun {
		code, message = text("complete_dryrun"), "The dry run is complete. Nothing was changed.\n"
	}
	members := []handlers.Member{{Name: "result", Value: true}, {Name: "status", Value: http.StatusOK},
		{Name: "errcode", Value: code}, {Name: "errfield", Value: nil}, {Name: "message", Value: message},
		{Name: "data", Value: reply.Value}}
	if rows, ok := reply.Value.(*handlers.Rows); ok {
		members = append(members, handlers.Member{Name: "total_count", Value: rows.Total})
	}
	return handlers.WriteObject(w, members...)
}

// text is a string that may be null on the wire: "" is.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
