// Package installatron speaks Installatron Server's dialect: REST below /users with the header
// X-API-KEY. README.md says what it answers.
package installatron

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"panelgate/handlers"
	"panelgate/handlers/signon"
	"panelgate/phpform"
)

// Dialect is Installatron Server's. Make one with [New].
type Dialect struct{ table *handlers.Table }

// New makes the dialect with its table of actions.
func New() *Dialect { return &Dialect{table: table()} }

// Mount adds a route for each action of the table; its name is its method and path. HEAD goes
// with GET, and OPTIONS tells the methods of a path.
func (d *Dialect) Mount(e *echo.Echo, g *handlers.Gateway) {
	allow := make(map[string][]string)
	for _, action := range d.table.Actions() {
		method, path, _ := strings.Cut(action.Name, " ")
		path = strings.NewReplacer("{", ":", "}", "").Replace(path)
		serve := g.Serve(route{d, action.Name})
		e.Add(method, path, serve)
		allow[path] = append(allow[path], method)
		if method == http.MethodGet {
			e.HEAD(path, serve)
			allow[path] = append(allow[path], http.MethodHead)
		}
	}
	e.POST("/users/:id/guixfer", g.Serve(route{d, "POST /users/{id}/login"})) // its former name
	for path, methods := range allow {
		e.OPTIONS(path, tellMethods(strings.Join(append(methods, http.MethodOptions), ", ")))
	}
}

func tellMethods(allow string) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderAllow, allow)
		return c.NoContent(http.StatusNoContent)
	}
}

// Serves reports whether a path belongs to this dialect, for answers to requests that no route takes.
func Serves(path string) bool {
	root, below, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return root == "users" || slices.Contains(Folders(), root) && below != "api.php"
}

// Folders names the first parts of this dialect's paths below which api.php is SPanel's all the same: its operator may
// have chosen one of them as the brand, and nothing is served there. Below /users it would be the user api.php.
func Folders() []string { return []string{"backups", "browser", "installs", "set", "tasks", "version"} }

// Override makes of a POST the request that X-HTTP-Method-Override says it is; the vendor's clients tunnel GET and
// DELETE so. It goes before routing. Echo's own refuses to make a GET, and would run the POST in its place.
func Override(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if method := r.Header[overrideHeader]; len(method) > 0 && r.Method == http.MethodPost && Serves(r.URL.Path) {
			r.Method = strings.ToUpper(method[0])
		}
		next.ServeHTTP(w, r)
	})
}

// overrideHeader is echo's, in the form that headers are kept in.
const overrideHeader = "X-Http-Method-Override"

// Name is what metrics call the dialect.
func (d *Dialect) Name() string { return "installatron" }

// Table lists the dialect's actions.
func (d *Dialect) Table() *handlers.Table { return d.table }

// route is the dialect on the path of one action.
type route struct {
	*Dialect
	action string
}

// Decode reads the key from its header and the fields from the URL's query, the body and, before
// all, the path.
func (rt route) Decode(c echo.Context, call *handlers.Call) error {
	// The paths of this dialect have no folder to make links in, so that of the sign-on pages serves.
	call.Action, call.Secret, call.Folder = rt.action, c.Request().Header.Get("X-API-KEY"), "auth"
	if err := handlers.CheckQuery(rt.table, c.Request().URL.RawQuery); err != nil {
		return err
	}
	if call.Secret == "" {
		return noKey()
	}
	form, err := handlers.ReadForm(c.Response(), c.Request())
	if err != nil {
		return err
	}
	if err := addFromURL(form, c); err != nil {
		return err
	}
	form.Delete("token")
	call.Form = form
	call.DryRun, err = handlers.Single(form, "dryrun")
	return err
}

// addFromURL completes a body with the query, where the body does not have a field, and with the
// path, which wins over both.
func addFromURL(form *phpform.Array, c echo.Context) error {
	query, err := phpform.Parse(c.Request().URL.RawQuery, phpform.DefaultLimits())
	if err != nil {
		return err
	}
	for key, value := range query.All() {
		if _, sent := form.Get(key.String()); !sent {
			form.Set(key, value)
		}
	}
	for _, name := range c.ParamNames() {
		value := c.Param(name)
		if c.Request().URL.RawPath != "" { // then the router matched the path as it was sent
			if value, err = url.PathUnescape(value); err != nil {
				return handlers.Invalid(name, "must be percent-encoded as URLs are")
			}
		}
		form.Set(phpform.StringKey(name), phpform.Text(value))
	}
	return nil
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
	if session, ok := reply.Value.(signon.Session); ok {
		members = append(members, handlers.Member{Name: "session_id", Value: session.Token})
	}
	if rows := handlers.FindingRows(reply.Findings); rows != nil {
		members = append(members, handlers.Member{Name: "findings", Value: rows})
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
