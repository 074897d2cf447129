package users

import (
	"errors"
	"fmt"

	"panelgate/handlers"
	"panelgate/store"
)

// Upsert is the action under the name that a dialect has for it; twins are what the other dialect calls it.
func Upsert(name string, twins ...string) *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: name, Twins: twins, Mask: mask, Page: "accounts/create", For: handlers.ForAdmin, Target: "id", Writes: true, Subject: handlers.Account, Connect: connect,
		Effects: append(changes(),
			handlers.Effect{Of: "POST /users/{id}"},
			handlers.Effect{Of: "accounts/wwwacct", State: handlers.Absent},
			handlers.Effect{Page: "accounts/manage", State: handlers.Present}),
		Summary: "Creates a user with websites and databases, or changes the one that has the id.",
		Source:  docs + "users/create",
	}, upsert)
}

// changes are the effects of changing a user's fields.
func changes() []handlers.Effect {
	return []handlers.Effect{
		{Of: "accounts/suspendaccount", Field: "suspended", Value: "true"},
		{Of: "accounts/unsuspendaccount", Field: "suspended", Value: "false"},
		{Of: "accounts/changequota", Field: "package", State: handlers.Present},
		{Of: "accounts/changeuseremail", Field: "email", State: handlers.Present},
	}
}

// upsert creates the account that is named, or changes it, and gives it as it now is.
func upsert(r *handlers.Request, in UpsertArgs) (Row, error) {
	change := store.AccountChange{
		Name: in.ID, Email: in.Email.Ptr(), Language: in.Language.Ptr(), Package: in.Package.Ptr(),
		Suspended: in.Suspended.Ptr(), Type: in.Type.Ptr(), By: r.Caller.String(),
	}
	if in.Language.Value == "" { // sent empty is not sent
		change.Language = nil
	}
	if in.Type.Value == "" {
		change.Type = nil
	}
	if in.Parent.Set {
		parent := storedParent(r, in.Parent.Value)
		change.Parent = &parent
	}
	if in.Websites.Set {
		websites, err := storedWebsites(r, in.ID, in.Websites.Value)
		if err != nil {
			return Row{}, err
		}
		change.Websites = &websites
	}
	account, err := r.SaveAccount(r.Caller.Scope, change)
	if err != nil {
		return Row{}, err
	}
	websites, err := r.Websites(account)
	return rowOf(account, websites, r.AdminUser), err
}

// storedParent is the store's name of a parent: the main administrative user is "".
func storedParent(r *handlers.Request, name string) string {
	if store.SameName(name, r.AdminUser) {
		return ""
	}
	return name
}

func storedWebsites(r *handlers.Request, user string, sent []Website) ([]store.Website, error) {
	websites := make([]store.Website, len(sent))
	for i, w := range sent {
		if w.Path == "" && r.PathOnDemand == nil {
			return nil, handlers.Missing(fmt.Sprintf("websites[%d][path]", i))
		}
		parent := w.Parent
		if parent == "" {
			parent = w.Reseller
		}
		if err := checkReseller(r, parent, fmt.Sprintf("websites[%d][parent]", i)); err != nil {
			return nil, err
		}
		websites[i] = w.stored(parent, user)
	}
	return websites, nil
}

// checkReseller refuses a website's owner who could not own an account.
func checkReseller(r *handlers.Request, name, field string) error {
	if storedParent(r, name) == "" {
		return nil
	}
	reseller, err := r.Tx.Account(r.Caller.Scope, name)
	var missing *store.NotFoundError
	if errors.As(err, &missing) || err == nil && reseller.Type != store.TypeReseller {
		return handlers.Invalid(field, "must be the main administrative user or a reseller")
	}
	return err
}

// stored makes the store's website of the one that was sent. Its server is by default the host of
// its path and, where it has none, the user.
func (w *Website) stored(parent, user string) store.Website {
	site := store.Website{
		Path: w.Path, Label: w.Label, Server: w.Server, Parent: parent, Email: w.Email,
		Language: w.Language, VhostIP: w.VhostIP, Suspended: w.Suspended,
	}
	switch {
	case site.Server != "":
	case w.Path == "":
		site.Server = user
	default:
		site.Server = w.location.Server()
	}
	if w.Path != "" && w.location.IsLocal() { // the page wants the owner omitted elsewhere
		uid, gid := int64(w.UID.Value), int64(w.GID.Value)
		site.UID, site.GID = &uid, &gid
	}
	for _, v := range w.Vhosts {
		site.Vhosts = append(site.Vhosts, store.Vhost{Origin: v.Key, Docroot: v.Value})
	}
	for _, d := range w.Databases {
		if d.Type == "" {
			d.Type = "mysql"
		}
		site.Databases = append(site.Databases, store.Database{Type: d.Type, Host: d.Host, Name: d.Name, User: d.User, Pass: d.Pass})
	}
	return site
}
