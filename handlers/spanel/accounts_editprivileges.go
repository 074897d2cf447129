package spanel

import (
	"panelgate/handlers"
	"panelgate/permissions"
	"panelgate/phpform"
)

func editPrivileges() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/editprivileges", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account,
		Summary: "Replaces what an account may do.",
		Source:  docs + "accounts-editprivileges/",
	}, func(r *handlers.Request, in editPrivilegesArgs) (message, error) {
		grant := permissions.All() // the page: omitted means full permissions
		if in.Permissions.Set {
			grant = in.Permissions.Value
		}
		err := r.SetAccountPermissions(r.Caller.Scope, in.Username, grant)
		return "Successfully updated account Features Access.", err
	})
}

type editPrivilegesArgs struct {
	Username    string                              `url:"username" validate:"required,id" doc:"Name of the account."`
	Permissions phpform.Optional[permissions.Grant] `url:"permissions" doc:"all, none, or category → all or pages; all when left out, as the page says."`
}
