package handlers

import (
	"errors"
	"fmt"
	"slices"
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

// seen is what was looked at: its row, and the fields that the trail shows of it, nil where there is none.
type seen struct {
	fields
	id int64
}

// look gives what has the name.
func (a *Action) look(r *Request, name string) (seen, error) {
	f := fields{}
	var id int64
	var err error
	switch a.Subject {
	case Account:
		id, err = a.lookAccount(r, name, &f)
	case Subuser:
		id, err = lookSubuser(r, name, &f)
	case Package:
		id, err = lookPackage(r, name, &f)
	case Admin:
		id, err = lookAdmin(r, name, &f)
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
	return seen{f.sorted(), id}, err
}

// setDependents tells what goes with a login, and whose permissions come from another when it is gone.
func (f *fields) setDependents(r *Request, login int64) error {
	tokens, err := r.TokensOf(login)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		f.add(fmt.Sprintf("tokens[%d]", t.ID), t.Name)
	}
	heirs, err := r.Heirs(login)
	for _, name := range heirs {
		f.add("giver_of["+name+"]", true)
	}
	return err
}

func (a *Action) lookAccount(r *Request, name string, f *fields) (int64, error) {
	account, err := r.Tx.Account(r.Caller.Scope, name)
	if err != nil {
		return 0, err
	}
	*f = slices.Grow(*f, usualFields)
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

func (f *fields) setWebsites(r *Request, account store.Account) error {
	websites, err := r.Websites(account)
	for i, w := range websites {
		f.setWebsite("websites["+strconv.Itoa(i)+"]", w)
	}
	return err
}

func (f *fields) setWebsite(site string, w store.Website) {
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
		f.add(site+"[vhosts]["+v.Origin+"]", v.Docroot)
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

func (f *fields) setSubusers(r *Request, account store.Account) error {
	subusers, err := r.Subusers(r.Caller.Scope, account.Name)
	for _, s := range subusers {
		f.add("subusers["+s.Name+"]", true)
	}
	return err
}

func lookSubuser(r *Request, name string, f *fields) (int64, error) {
	subuser, err := r.Tx.Subuser(r.Caller.Scope, r.Account, name)
	if err != nil {
		return 0, err
	}
	f.add("name", subuser.Name)
	return subuser.ID, f.setGrant(subuser.Permissions)
}

func lookPackage(r *Request, name string, f *fields) (int64, error) {
	pkg, err := r.Tx.Package(name)
	if err != nil {
		return 0, err
	}
	f.add("name", pkg.Name)
	f.setLimits(pkg.Limits)
	return pkg.ID, f.setGrant(pkg.Permissions)
}

func lookAdmin(r *Request, name string, f *fields) (int64, error) {
	admin, err := r.Tx.Admin(name)
	if err != nil {
		return 0, err
	}
	f.add("name", admin.Name)
	return admin.ID, f.setGrant(admin.Permissions)
}

// changed leaves of two states what differs, and writes both as JSON with secrets masked.
func (e *entry) changed(before, after fields) (was, is string, err error) {
	if was, err = e.maskAll(before.without(after)).text(); err != nil {
		return "", "", err
	}
	is, err = e.maskAll(after.without(before)).text()
	return was, is, err
}

// maskAll hides what has the name of a secret, whatever it is.
func (e *entry) maskAll(all fields) fields {
	for i, one := range all {
		leaf := strings.TrimSuffix(one.name[strings.LastIndexByte(one.name, '[')+1:], "]")
		if e.masked[leaf] {
			all[i].value = hidden("")
		}
	}
	return all
}
