package handlers

import (
	"context"
	"strings"

	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/phpform"
	"panelgate/store"
)

func (g *Gateway) authenticate(ctx context.Context, call *Call) (auth.Caller, error) {
	if call.Secret == "" {
		return auth.Caller{}, Missing("token")
	}
	return auth.Authenticate(ctx, g.store, call.Secret)
}

// actForAccount is the page of the admin tree that lets an admin act within an account.
const actForAccount = "accounts/manage"

// permit is deny unless granted: the caller must hold the action's page, and a client token may
// name no account but its own.
func permit(caller auth.Caller, action *Action, call *Call) error {
	if !caller.IsAdmin() && call.Account != "" && !store.SameName(call.Account, caller.Account) {
		return Forbidden("accountuser", "accountuser: this token does not belong to that account")
	}
	page := action.Page
	switch action.For {
	case ForAnyone:
		if page == "" || !caller.IsAdmin() {
			return nil
		}
	case ForAccount:
		if call.Account == "" {
			return Missing("accountuser")
		}
		if caller.IsAdmin() {
			page = actForAccount
		}
	case ForAdmin:
		if !caller.IsAdmin() {
			return Forbidden(page, action.Name+" needs an admin token.")
		}
	}
	category, name, _ := strings.Cut(page, "/")
	if !caller.Grant.Allow(category, name) {
		return Forbidden(page, action.Name+" needs the permission "+page+".")
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
	tree, held := r.Catalogue.User, r.Caller.Grant
	switch {
	case field.admin:
		tree = r.Catalogue.Admin
	case r.Caller.IsAdmin():
		held = permissions.All()
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
	return Forbidden(lacking[0], field.name+": the token does not hold "+strings.Join(lacking, ", ")+" itself, so it cannot grant it.")
}
