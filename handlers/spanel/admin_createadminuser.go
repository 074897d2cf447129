package spanel

import (
	"fmt"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/permissions"
)

func createAdmin() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "admin/createadminuser", Page: "admin/manageadmins", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Admin, Creates: true,
		Summary: "Creates an admin user.",
		Source:  docs + "admin-createadminuser/",
	}, func(r *handlers.Request, in createAdminArgs) (message, error) {
		err := r.CreateAdmin(r.Caller.Scope, in.Username, in.Password.Hash(), in.Permissions)
		return message(fmt.Sprintf("The admin account with username %s has been created successfully", in.Username)), err
	})
}

type createAdminArgs struct {
	Username    string            `url:"username" validate:"required,admin" doc:"Name: an e-mail address, or 1 to 30 letters, digits or underscores."`
	Password    auth.NewPassword  `url:"password" validate:"required" secret:"yes" doc:"At least 8 characters, at most 72 bytes."`
	Permissions permissions.Grant `url:"permissions" tree:"admin" validate:"required" doc:"all, none, or category → all or pages of the admin catalogue."`
}
