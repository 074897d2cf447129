package spanel

import (
	"fmt"

	"panelgate/handlers"
)

func changeAdminName() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "admin/changeadminusername", Page: "admin/manageadmins", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Admin,
		Summary: "Gives an admin user another name.",
		Source:  docs + "admin-changeadminusername/",
	}, func(r *handlers.Request, in changeAdminNameArgs) (message, error) {
		if err := r.CheckAdmins(in.Username); err != nil {
			return "", err
		}
		admin, err := r.RenameAdmin(in.Username, in.NewName)
		r.Named(in.NewName)
		return message(fmt.Sprintf("The login email for account %s has been changed to %s successfully.", admin.Name, in.NewName)), err
	})
}

type changeAdminNameArgs struct {
	Username string `url:"username" validate:"required,admin" doc:"Name of the admin user."`
	NewName  string `url:"newusername" validate:"required,admin" doc:"New name: an e-mail address, or 1 to 30 letters, digits or underscores."`
}
