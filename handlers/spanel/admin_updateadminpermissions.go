package spanel

import (
	"fmt"

	"panelgate/handlers"
	"panelgate/permissions"
)

func updateAdminPermissions() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "admin/updateadminpermissions", Page: "admin/manageadmins", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Admin,
		Summary: "Replaces what an admin user may do; the last one with all permissions keeps them.",
		Source:  docs + "admin-updateadminpermissions/",
	}, func(r *handlers.Request, in updateAdminPermissionsArgs) (message, error) {
		if err := r.CheckAdmins(in.Username); err != nil {
			return "", err
		}
		admin, err := r.SetAdminPermissions(r.Caller.Scope, in.Username, in.Permissions)
		// The page's answer is not known; this is worded like its siblings.
		return message(fmt.Sprintf("The permissions for admin with login %s have been updated successfully.", admin.Name)), err
	})
}

type updateAdminPermissionsArgs struct {
	Username    string            `url:"username" validate:"required,admin" doc:"Name of the admin user."`
	Permissions permissions.Grant `url:"permissions" tree:"admin" validate:"required" doc:"all, none, or category → all or pages of the admin catalogue."`
}
