package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"panelgate/store"
)

// Subject is the kind of thing that an action's target names: what the audit trail shows of it
// before and after a change.
type Subject int

// The subjects. Of an account the trail shows its websites where the call sent some, and all that goes with it where it
// is deleted.
const (
	Nothing Subject = iota
	Account
	Subuser
	Package
	Admin
)

// fields are what the trail shows of something, by name; websites[0][label] is a name. What is empty is left out.
type fields map[string]any

// hidden is a value that is compared but never shown.
type hidden string

// MarshalJSON shows that there is a value.
func (hidden) MarshalJSON() ([]byte, error) { return []byte(`"********"`), nil }

func (f fields) set(name string, value any) {
	switch value {
	case "", false, nil, hidden(""):
	default:
		f[name] = value
	}
}

func (f fields) setGrant(grant json.Marshaler) error {
	text, err := grant.MarshalJSON()
	f["permissions"] = json.RawMessage(text)
	return err
}

func (f fields) setLimits(l store.Limits) {
	f.setLimit("quota", l.Quota)
	f.setLimit("inodes", l.Inodes)
	f.setLimit("domains", l.Domains)
	f.setLimit("emails", l.Emails)
	f.setLimit("databases", l.Databases)
}

func (f fields) setLimit(name string, limit store.Limit) {
	f[name] = "unlimited"
	if limit != nil {
		f[name] = *limit
	}
}

// seen is what was looked at: its row, and the fields that the trail shows of it, nil where there is none.
type seen struct {
	fields
	id int64
}

// look gives what has the name.
func (a *Action) look(r *Request, name string) (seen, error) {
	f := make(fields)
	var id int64
	var err error
	switch a.Subject {
	case Account:
		id, err = a.lookAccount(r, name, f)
	case Subuser:
		id, err = lookSubuser(r, name, f)
	case Package:
		id, err = lookPackage(r, name, f)
	case Admin:
		id, err = lookAdmin(r, name, f)
	}
	if err == nil && id != 0 && len(a.seals) > 0 {
		var hash string
		hash, err = r.PasswordHash(id)
		f.set("password", hidden(hash))
	}
	if err == nil && id != 0 && a.Deletes {
		err = f.setDependents(r, id)
	}
	var missing *store.NotFoundError
	if errors.As(err, &missing) {
		return seen{}, nil
	}
	return seen{f, id}, err
}

// setDependents tells what goes with a login, and whose permissions come from another when it is gone.
func (f fields) setDependents(r *Request, login int64) error {
	tokens, err := r.TokensOf(login)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		f[fmt.Sprintf("tokens[%d]", t.ID)] = t.Name
	}
	heirs, err := r.Heirs(login)
	for _, name := range heirs {
		f["giver_of["+name+"]"] = true
	}
	return err
}

func (a *Action) lookAccount(r *Request, name string, f fields) (int64, error) {
	account, err := r.Tx.Account(r.Caller.Scope, name)
	if err != nil {
		return 0, err
	}
	f.setLimits(account.Limits)
	f.set("name", account.Name)
	f.set("parent", account.Parent)
	f.set("type", account.Type)
	f.set("email", account.Email)
	f.set("language", account.Language)
	f.set("package", account.Package)
	f.set("domain", account.Domain)
	f.set("ssh", account.SSH)
	f.set("suspended", account.Suspension.Suspended)
	f.set("suspend_reason", account.Suspension.Reason)
	if err := f.setGrant(account.Permissions); err != nil {
		return 0, err
	}
	if _, sent := r.call.Form.Get("websites"); sent || a.Deletes {
		err = f.setWebsites(r, account)
	}
	if a.Deletes && err == nil {
		err = f.setSubusers(r, account)
	}
	return account.ID, err
}

func (f fields) setWebsites(r *Request, account store.Account) error {
	websites, err := r.Websites(account)
	for i, w := range websites {
		f.setWebsite("websites["+strconv.Itoa(i)+"]", w)
	}
	return err
}

func (f fields) setWebsite(site string, w store.Website) {
	f.set(site+"[path]", hidden(w.Path))
	f.set(site+"[label]", w.Label)
	f.set(site+"[server]", w.Server)
	f.set(site+"[parent]", w.Parent)
	f.set(site+"[email]", w.Email)
	f.set(site+"[language]", w.Language)
	f.set(site+"[vhost_ip]", w.VhostIP)
	f.set(site+"[suspended]", w.Suspended)
	f.set(site+"[uid]", number(w.UID))
	f.set(site+"[gid]", number(w.GID))
	for _, v := range w.Vhosts {
		f[site+"[vhosts]["+v.Origin+"]"] = v.Docroot
	}
	for i, d := range w.Databases {
		database := site + "[databases][" + strconv.Itoa(i) + "]"
		f.set(database+"[type]", d.Type)
		f.set(database+"[host]", d.Host)
		f.set(database+"[name]", d.Name)
		f.set(database+"[user]", d.User)
		f.set(database+"[pass]", hidden(d.Pass))
	}
}

func number(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

func (f fields) setSubusers(r *Request, account store.Account) error {
	subusers, err := r.Subusers(r.Caller.Scope, account.Name)
	for _, s := range subusers {
		f["subusers["+s.Name+"]"] = true
	}
	return err
}

func lookSubuser(r *Request, name string, f fields) (int64, error) {
	subuser, err := r.Tx.Subuser(r.Caller.Scope, r.Account, name)
	if err != nil {
		return 0, err
	}
	f["name"] = subuser.Name
	return subuser.ID, f.setGrant(subuser.Permissions)
}

func lookPackage(r *Request, name string, f fields) (int64, error) {
	pkg, err := r.Tx.Package(name)
	if err != nil {
		return 0, err
	}
	f["name"] = pkg.Name
	f.setLimits(pkg.Limits)
	return pkg.ID, f.setGrant(pkg.Permissions)
}

func lookAdmin(r *Request, name string, f fields) (int64, error) {
	admin, err := r.Tx.Admin(name)
	if err != nil {
		return 0, err
	}
	f["name"] = admin.Name
	return admin.ID, f.setGrant(admin.Permissions)
}

// changed leaves of two states what differs, and writes both as JSON with secrets masked.
func (e *entry) changed(before, after fields) (was, is string, err error) {
	old, now := make(fields), make(fields)
	for name, value := range before {
		if other, there := after[name]; !there || !reflect.DeepEqual(value, other) {
			old[name] = e.mask(name, value)
		}
	}
	for name, value := range after {
		if other, there := before[name]; !there || !reflect.DeepEqual(value, other) {
			now[name] = e.mask(name, value)
		}
	}
	if was, err = old.text(); err != nil {
		return "", "", err
	}
	is, err = now.text()
	return was, is, err
}

// mask hides what has the name of a secret, whatever it is.
func (e *entry) mask(name string, value any) any {
	leaf := strings.TrimSuffix(name[strings.LastIndexByte(name, '[')+1:], "]")
	if e.masked[leaf] {
		return hidden("")
	}
	return value
}

func (f fields) text() (string, error) {
	if len(f) == 0 {
		return "", nil
	}
	text, err := EncodeJSON(f)
	return string(text), err
}
