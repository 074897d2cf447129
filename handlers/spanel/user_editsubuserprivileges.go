package spanel

import (
	"fmt"

	"panelgate/handlers"
	"panelgate/permissions"
)

func editSubuserPrivileges() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "user/editsubuserprivileges", Page: "user/manage", For: handlers.ForAccount, Target: "username", Writes: true, Subject: handlers.Subuser,
		Summary: "Replaces what a subuser may do.",
		Source:  docs + "user-editsubuserprivileges/",
	}, func(r *handlers.Request, in editSubuserPrivilegesArgs) (message, error) {
		if err := r.CheckSubusers(in.Username); err != nil {
			return "", err
		}
		name, err := r.SetSubuserPermissions(r.Caller.Scope, r.Account, in.Username, in.Permissions)
		return message(fmt.Sprintf("The access permissions for user %s have been updated successfully.", name)), err
	})
}

type editSubuserPrivilegesArgs struct {
	Username    string            `url:"username" validate:"required,login" doc:"Login name of the subuser."`
	Permissions permissions.Grant `url:"permissions" validate:"required" doc:"all, none, or category → all or pages; replaces what was granted before."`
}
