package handlers

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/phpform"
	"panelgate/store"
)

// authenticate finds the caller. With an error other than that the token is nobody's, the caller is
// known all the same.
func (g *Gateway) authenticate(ctx context.Context, call *Call) (*auth.Caller, error) {
	if call.Secret == "" {
		return &auth.Caller{}, Missing("token")
	}
	caller, err := g.callers.Authenticate(ctx, call.Secret, call.Address)
	call.Strict = call.Strict || caller.Strict
	if err == nil {
		call.known = true
		g.store.NoteUse(caller.TokenID, call.Address)
	}
	return caller, err
}

// actForAccount is the page of the admin tree that lets admins and resellers act within an account.
const actForAccount = "accounts/manage"

// permit is deny unless granted: the token's patterns allow the action, the caller holds its page,
// and a token that acts within one account names no other.
func permit(caller *auth.Caller, action *Action, call *Call) error {
	if err := checkPatterns(caller, action); err != nil {
		return err
	}
	if !caller.IsOperating() && call.Account != "" && !store.SameName(call.Account, caller.Account) {
		return Forbidden("accountuser", "accountuser: this token does not belong to that account").
			Because("the token acts for one account", "the name of that account, or an admin token")
	}
	if action.For == ForAccount && call.Account == "" {
		return Missing("accountuser")
	}
	return checkPage(caller, action)
}

// checkPage looks at what of an action's needs does not depend on the fields that were sent.
func checkPage(caller *auth.Caller, action *Action) error {
	if action.For == ForAdmin && !caller.IsOperating() {
		return Forbidden(action.Page, action.Name+" needs an admin token.").
			Because("a token of the kind "+caller.Kind+" acts within one account", "an admin token, or one of the account's reseller")
	}
	page := action.pageFor(caller)
	category, name, _ := strings.Cut(page, "/")
	if page != "" && !caller.Grant.Allow(category, name) {
		return lacking(action, page)
	}
	if action.SSO && !caller.SSO {
		return Forbidden("sso", "The SSO option of this token is switched off, so it cannot make sign-on links.").
			Because("the token's switch sso is off", "a token made with --sso")
	}
	return nil
}

// lacking refuses an action for want of a page.
func lacking(action *Action, page string) *Error {
	return Forbidden(page, action.Name+" needs the permission "+page+".").
		Because("the token does not hold the page of the action", "the permission "+page)
}

// pageFor is the page that a caller must hold to call the action, "" for none.
func (a *Action) pageFor(caller *auth.Caller) string {
	switch {
	case a.For == ForAccount && caller.IsOperating():
		return actForAccount
	case a.For == ForAnyone && !caller.IsOperating():
		return ""
	}
	return a.Page
}

func checkPatterns(caller *auth.Caller, action *Action) error {
	names := append([]string{action.Name}, action.Twins...)
	if pattern := caller.Actions.Denying(append(names, action.certain()...)...); pattern != "" {
		return denied(action, pattern, Effect{})
	}
	if caller.Actions.Judge(names...).Allowed {
		return nil
	}
	return Forbidden("action", action.Name+" is not among the actions that this token may call.").
		Because("none of the token's patterns allows the action", "a token with the pattern "+action.Name)
}

// denied refuses an action by a pattern, be it for the action's name or for an effect of the call.
func denied(action *Action, pattern string, effect Effect) *Error {
	subject, text := "action", action.Name+" is not among the actions that this token may call."
	if effect.Of != "" {
		text = "This call of " + action.Name + " does what " + effect.Of + " does, which is not among the actions that this token may call."
	}
	if effect.Field != "" {
		subject = effect.Field
	}
	return Forbidden(subject, text).
		Because("the token's pattern "+pattern+" denies the action", "a token without that pattern")
}

// discreet leaves out of an error what its caller may not list: the names of the packages that there are.
func discreet(caller *auth.Caller, err error) error {
	var missing *store.NotFoundError
	if !errors.As(err, &missing) || missing.Noun != store.NounPackage || caller.IsOperating() && caller.Grant.Allow("accounts", "packages") {
		return err
	}
	return &store.NotFoundError{Noun: missing.Noun, Names: missing.Names}
}

// Callable is an action that a caller may call.
type Callable struct {
	*Action
	Needs   string // the page that the caller holds, "" where none is asked for
	Account string // the account that it acts on: the caller's, or * for any that it may see; "" for none
}

// Callables lists the served actions of the dialect that the caller may call, by name.
func (r *Request) Callables() []Callable {
	var list []Callable
	for _, action := range r.table.sorted {
		if !action.Served() || checkPatterns(r.Caller, action) != nil || checkPage(r.Caller, action) != nil {
			continue
		}
		callable := Callable{Action: action, Needs: action.pageFor(r.Caller)}
		if action.For == ForAccount {
			callable.Account = r.Caller.Account
			if r.Caller.IsOperating() {
				callable.Account = "*"
			}
		}
		list = append(list, callable)
	}
	return list
}

// checkGrants is checkGrant for all arguments that give somebody permissions.
func (r *Request) checkGrants(action *Action, args any) error {
	fields := reflect.ValueOf(args).Elem()
	for _, grant := range action.grants {
		if err := r.checkGrant(grant, fields.FieldByIndex(grant.index).Addr().Interface()); err != nil {
			return err
		}
	}
	return nil
}

// checkGrant puts a grant in its normal form. Nobody gives what they do not hold: an admin holds
// all of the user catalogue.
func (r *Request) checkGrant(field grantField, argument any) error {
	grant, sent := argument.(*permissions.Grant)
	if optional, ok := argument.(*phpform.Optional[permissions.Grant]); ok {
		grant, sent = &optional.Value, optional.Set
	}
	if !sent {
		return nil
	}
	tree, held := r.Catalogue.User, r.Caller.Gives
	if field.admin {
		tree, held = r.Catalogue.Admin, r.Caller.Grant
	}
	checked, err := tree.Check(*grant)
	if err != nil {
		return Invalid(field.name, err.Error())
	}
	*grant = checked
	if checked.Within(held, tree) {
		return nil
	}
	lacking := checked.Missing(held, tree)
	return Forbidden(lacking[0], field.name+": the token does not hold "+strings.Join(lacking, ", ")+" itself, so it cannot grant it.").
		Because("nobody gives what they do not hold", "the permission "+strings.Join(lacking, ", "))
}

// CheckAdmins refuses to let an admin act on admins who were given more: taking over a login is worth
// what the login was given, though it may be narrowed now by who gave it. Those who have theirs from the caller never
// hold more than the caller does. Names that are not there are for the action to tell.
func (r *Request) CheckAdmins(names ...string) error {
	return r.checkBelow(names, r.Caller.Grant, r.Catalogue.Admin, func(name string) (int64, permissions.Grant, error) {
		admin, err := r.Admin(name)
		return admin.ID, admin.Permissions, err
	})
}

// CheckSubusers is CheckAdmins for subusers of the account.
func (r *Request) CheckSubusers(names ...string) error {
	return r.checkBelow(names, r.Caller.Gives, r.Catalogue.User, func(name string) (int64, permissions.Grant, error) {
		subuser, err := r.Subuser(r.Caller.Scope, r.Account, name)
		return subuser.ID, subuser.Permissions, err
	})
}

func (r *Request) checkBelow(names []string, own permissions.Grant, tree *permissions.Tree, find func(string) (int64, permissions.Grant, error)) error {
	if own.IsAll() {
		return nil
	}
	for _, name := range names {
		id, given, err := find(name)
		var missing *store.NotFoundError
		if errors.As(err, &missing) {
			continue
		}
		if err != nil {
			return err
		}
		lacking := given.Missing(own, tree)
		if len(lacking) == 0 {
			continue
		}
		if below, err := r.HasFrom(id, r.Caller.LoginID); err != nil || below {
			if err != nil {
				return err
			}
			continue
		}
		return Forbidden("username", "username: "+name+" was given more than this token holds.").
			Because("nobody acts on a login that was given more", "the permission "+strings.Join(lacking, ", "))
	}
	return nil
}
