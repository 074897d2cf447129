package spanel

import (
	"fmt"

	"panelgate/auth"
	"panelgate/handlers"
)

func changeAdminPassword() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "admin/changeadminpassword", Page: "admin/manageadmins", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Admin,
		Summary: "Gives an admin user a new password and signs it off everywhere.",
		Source:  docs + "admin-changeadminpassword/",
	}, func(r *handlers.Request, in changeAdminPasswordArgs) (message, error) {
		if err := r.CheckAdmins(in.Username); err != nil {
			return "", err
		}
		admin, err := r.SetAdminPassword(in.Username, in.Password.Hash())
		return message(fmt.Sprintf("The password for admin with login %s has been updated successfully.", admin.Name)), err
	})
}

type changeAdminPasswordArgs struct {
	Username string           `url:"username" validate:"required,admin" doc:"Name of the admin user."`
	Password auth.NewPassword `url:"password" validate:"required" secret:"yes" doc:"At least 8 characters, at most 72 bytes."`
}
