// Package handlers takes a call of any dialect through the same steps to the same actions.
//
// A dialect (a folder below this one) knows how one panel speaks: it turns a request into a
// [Call] and a reply or an [Error] into an answer. A [Table] lists a dialect's actions. The
// [Gateway] does what lies between: authenticate, dispatch, permit, validate, run.
package handlers

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/phpform"
	"panelgate/probe"
)

// Audience says who an action is for, and so which tree of the catalogue its page is in.
type Audience int

const (
	// ForAccount actions act on the account named in accountuser; their page is in the user tree.
	ForAccount Audience = iota + 1
	// ForAdmin actions are the operator's; their page is in the admin tree.
	ForAdmin
	// ForAnyone actions need a valid token. Where they have a page, it is in the admin tree and
	// asked of admin tokens; client tokens need none.
	ForAnyone
)

// Action is one verb of a dialect. [Define] completes it with typed arguments and a function;
// [Known] leaves it without, for a verb that is documented by the vendor but not served here.
type Action struct {
	Name    string // as the dialect's clients say it: "user/addsubuser", "POST /users"
	Page    string // category/page that a caller must hold; "" only ForAnyone
	For     Audience
	Target  string   // the parameter that names what is acted on; errors about it point there
	Writes  bool     // runs in a write transaction and knows dryrun
	Subject Subject  // of a write: the kind of thing that Target names, for the audit trail
	Creates bool     // sent again with the same fields within ten minutes, it is given the same success
	Deletes bool     // the subject, and all that belongs to it
	SSO     bool     // makes sign-on links: the token needs its SSO switch
	Twins   []string // what patterns of actions may call it besides Name: its names in the other dialect
	Effects []Effect // what it does that other actions are known for
	Summary string   // one sentence for the reference
	Source  string   // the vendor's page, or "" for an action of our own
	Params  []Param
	// Connect tests what the reply connects to, for dryrun=all. It runs after the transaction.
	Connect func(ctx context.Context, r *Request, reply any) []probe.Finding
	// After completes the reply with what takes too long for a transaction.
	After func(ctx context.Context, r *Request, args, reply any) (any, error)
	// Mask hides the credentials of websites in a reply, or in one of its rows, from tokens that may not see them.
	Mask func(reply any) any
	// Keeps says of a read whether its answer to args depends on nothing else but the caller and what is stored about
	// the account that accountuser names. Then it is kept, until that changes: see answers. nil: it never does.
	Keeps   func(args any) bool
	Partial bool // of a known action: the vendor's page was not seen whole, so Params may lack some

	decode func(*phpform.Array) (args any, unknown []string, err error)
	grants []grantField // arguments of type Grant
	seals  [][]int      // arguments of type NewPassword
	run    func(*Request, any) (any, error)
}

// grantField is an argument that gives somebody permissions.
type grantField struct {
	name  string
	index []int
	admin bool // over the admin catalogue: the tag tree:"admin"
}

// Served reports whether the action can be called, rather than only be known.
func (a *Action) Served() bool { return a.run != nil }

// Define completes an action whose arguments are the fields of A and whose reply is R. The tags
// of A are read once: url names the field, doc describes it, validate and enum check it, secret
// masks it. A field that cannot be described panics, and so does every test.
func Define[A, R any](action Action, fn func(*Request, A) (R, error)) *Action {
	action.Params = paramsOf(action.Name, reflect.TypeFor[A]())
	action.decode = func(form *phpform.Array) (any, []string, error) {
		args := new(A)
		unknown, err := decodeArgs(action.Params, form, args)
		return args, unknown, err
	}
	action.seals = fieldsOf[auth.NewPassword](reflect.TypeFor[A]())
	action.grants = append(grantFields[permissions.Grant](reflect.TypeFor[A]()),
		grantFields[phpform.Optional[permissions.Grant]](reflect.TypeFor[A]())...)
	action.run = func(r *Request, args any) (any, error) { return fn(r, *args.(*A)) }
	return &action
}

// Known makes the entry of an action that the vendor documents and this server does not serve.
func Known(name, page string, audience Audience, source string, params ...Param) *Action {
	return &Action{Name: name, Page: page, For: audience, Source: source, Params: params,
		Summary: "Known, not served."}
}

// fieldsOf gives the indexes of the fields of struct type t that are of type F.
func fieldsOf[F any](t reflect.Type) (indexes [][]int) {
	for _, field := range reflect.VisibleFields(t) {
		if field.Type == reflect.TypeFor[F]() {
			indexes = append(indexes, field.Index)
		}
	}
	return indexes
}

func grantFields[F any](t reflect.Type) (grants []grantField) {
	for _, index := range fieldsOf[F](t) {
		field := t.FieldByIndex(index)
		grants = append(grants, grantField{wireName(field), index, field.Tag.Get("tree") == "admin"})
	}
	return grants
}

// Table is a dialect's actions by name.
type Table struct {
	sorted []*Action
	byName map[string]*Action
	masked map[string]bool
}

// NewTable makes a table. It panics when the list is unsorted, repeats a name or holds an entry
// without summary or page, so that no server and no test starts with such a table.
func NewTable(actions ...*Action) *Table {
	t := &Table{sorted: actions, byName: make(map[string]*Action, len(actions))}
	for i, a := range actions {
		if err := a.check(); err != nil {
			panic(fmt.Sprintf("action %q: %v", a.Name, err))
		}
		if i > 0 && actions[i-1].Name >= a.Name {
			panic(fmt.Sprintf("action %q: keep the table sorted and without duplicates", a.Name))
		}
		t.byName[a.Name] = a
	}
	t.masked = secretNames(actions)
	return t
}

// With gives a table that has more actions too, each in its place.
func (t *Table) With(more ...*Action) *Table {
	all := slices.Concat(t.sorted, more)
	slices.SortStableFunc(all, func(a, b *Action) int { return strings.Compare(a.Name, b.Name) })
	return NewTable(all...)
}

func (a *Action) check() error {
	for _, effect := range a.Effects {
		if err := a.checkEffect(effect); err != nil {
			return err
		}
	}
	switch {
	case a.Summary == "":
		return fmt.Errorf("has no summary")
	case a.Writes && a.Subject == Nothing && !a.SSO:
		return fmt.Errorf("writes, so it must say of what kind its target is: the audit trail shows what changed")
	case a.Keeps != nil && (a.Writes || a.After != nil):
		return fmt.Errorf("keeps its answers, so it must be a read, and its answer whole within the transaction")
	case a.Writes && a.After != nil:
		return fmt.Errorf("writes, so its answer must be whole within the transaction: leave out After")
	case a.For == ForAnyone:
		return nil
	case a.For != ForAccount && a.For != ForAdmin || a.Page == "":
		return fmt.Errorf("must name a page and whom it is for")
	}
	return nil
}

// Actions gives the table's actions, sorted by name.
func (t *Table) Actions() []*Action { return t.sorted }

// find gives the action of that name, if it is served.
func (t *Table) find(name string) (*Action, error) {
	if name == "" {
		return nil, Missing("action")
	}
	action, ok := t.byName[name]
	if !ok {
		return nil, t.unknown(name)
	}
	if !action.Served() {
		return nil, action.notServed()
	}
	return action, nil
}

func (t *Table) unknown(name string) error {
	reason := "there is no such action"
	if near := permissions.Nearest(name, t.names()); near != "" {
		reason += "; did you mean " + near + "?"
	}
	return &Error{Code: CodeUnknownAction, Subject: "action", Message: reason}
}

func (t *Table) names() []string {
	names := make([]string, len(t.sorted))
	for i, a := range t.sorted {
		names[i] = a.Name
	}
	return names
}
