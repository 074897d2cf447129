// Package derive makes what people and programs read about the API of the tables of actions and the golden exchanges:
// the reference as Markdown and as a page, and the OpenAPI document. There is no other source, so none of them can say
// what the server does not do.
package derive

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"panelgate/handlers"
	"panelgate/handlers/installatron"
	"panelgate/handlers/spanel"
	"panelgate/testdata"
)

// base is where the examples find the server: the address of a development server.
const base = "http://127.0.0.1:8080"

// Reference is everything that is said about the API.
type Reference struct {
	SPanel Dialect
	REST   Dialect
}

// Dialect is what is said about one dialect.
type Dialect struct {
	ID       string // anchor of the page
	Title    string
	Intro    []string // paragraphs
	Common   []Field  // of every call
	Families []Family
}

// Family is a group of actions: user of user/addsubuser, users of POST /users/{id}.
type Family struct {
	Name    string
	Actions []Action
}

// Action is what is said about one action.
type Action struct {
	*handlers.Action
	ID      string // anchor of the page: user-addsubuser, POST-users-id
	Fields  []Field
	Example *Example // nil for one that is known and not served
}

// New reads the tables and the exchanges.
func New() (*Reference, error) {
	api, rest := apiDialect(), restDialect()
	apiErr := api.add(spanel.New().Table(), testdata.Exchanges, "spanel", func(a *handlers.Action) (family, file string) {
		family, _, _ = strings.Cut(a.Name, "/")
		return family, strings.ReplaceAll(a.Name, "/", "_")
	})
	restErr := rest.add(installatron.New().Table(), testdata.Exchanges, "installatron", func(a *handlers.Action) (family, file string) {
		_, path, _ := strings.Cut(a.Name, " /")
		family, _, _ = strings.Cut(path, "/")
		// A file has the name of the vendor's page.
		return family, strings.ReplaceAll(strings.TrimPrefix(a.Source, "https://installatron.com/api/is/"), "/", "_")
	})
	return &Reference{SPanel: api, REST: rest}, errors.Join(apiErr, restErr)
}

// add takes in a table, each action with its family and the first exchange of its file.
func (d *Dialect) add(table *handlers.Table, exchanges fs.FS, dir string, place func(*handlers.Action) (family, file string)) error {
	for _, a := range table.Actions() {
		family, file := place(a)
		action := Action{Action: a, ID: anchor(a.Name), Fields: fieldsOf(a.Params, "")}
		if a.Served() {
			example, err := readExample(exchanges, dir+"/"+file+".txtar")
			if err != nil {
				return fmt.Errorf("the example of %s: %w", a.Name, err)
			}
			action.Example = example
		}
		d.family(family).add(action)
	}
	slices.SortStableFunc(d.Families, func(a, b Family) int { return cmp.Compare(b.served(), a.served()) })
	return nil
}

// family gives the family of that name, a new one at the end where there is none.
func (d *Dialect) family(name string) *Family {
	for i := range d.Families {
		if d.Families[i].Name == name {
			return &d.Families[i]
		}
	}
	d.Families = append(d.Families, Family{Name: name})
	return &d.Families[len(d.Families)-1]
}

func (f *Family) add(a Action) { f.Actions = append(f.Actions, a) }

// served is 1 for a family of which something is served, so that these come first.
func (f *Family) served() int {
	if slices.ContainsFunc(f.Actions, func(a Action) bool { return a.Served() }) {
		return 1
	}
	return 0
}

// readExample gives the first exchange of a golden file. A file that is not there yet gives no example; that it must be
// there is for the golden tests to say.
func readExample(exchanges fs.FS, name string) (*Example, error) {
	text, err := fs.ReadFile(exchanges, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return exampleOf(txtar.Parse(text))
}

// anchor makes a name that stands in a URL as it is.
func anchor(name string) string {
	return strings.NewReplacer(" /", "-", "/", "-", "{", "", "}", "").Replace(name)
}

// Served gives the actions that can be called.
func (d Dialect) Served() (served []Action) {
	for _, family := range d.Families {
		for _, action := range family.Actions {
			if action.Served() {
				served = append(served, action)
			}
		}
	}
	return served
}

// Permission says what a caller must hold, in words.
func (a Action) Permission() string {
	switch a.For {
	case handlers.ForAnyone:
		return "any token"
	case handlers.ForAccount:
		return a.Page + " of the account in accountuser; an admin token needs accounts/manage"
	}
	text := "an admin token with " + a.Page
	for _, effect := range a.Effects {
		if effect.Page != "" {
			text += "; with " + effect.Page + " too where " + effect.When()
		}
	}
	return text
}

// DeniedWith lists, in words, the other actions of which a token's denying pattern denies this one too.
func (a Action) DeniedWith() (others []string) {
	for _, effect := range a.Effects {
		if effect.Of == "" {
			continue
		}
		text := "`" + effect.Of + "`"
		if when := effect.When(); when != "" {
			text += " where " + when
		}
		others = append(others, text)
	}
	return others
}

// Method and Path are those of a REST action's name.
func (a Action) Method() string { method, _, _ := strings.Cut(a.Name, " "); return method }

// Path is the path of a REST action's name, {id} in it as it is.
func (a Action) Path() string { _, path, _ := strings.Cut(a.Name, " "); return path }

// inQuery reports whether a REST action takes its fields in the URL, as methods without a body do.
func (a Action) inQuery() bool {
	return a.Method() == http.MethodGet || a.Method() == http.MethodDelete
}
