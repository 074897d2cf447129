package spanel

import (
	"fmt"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/permissions"
)

func addSubuser() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "user/addsubuser", Page: "user/manage", For: handlers.ForAccount, Target: "username", Writes: true, Subject: handlers.Subuser, Creates: true,
		Summary: "Creates a subuser of an account.",
		Source:  docs + "user-addsubuser/",
	}, func(r *handlers.Request, in addSubuserArgs) (message, error) {
		err := r.CreateSubuser(r.Caller.Scope, r.Account, in.Username, in.Password.Hash(), in.Permissions)
		// The vendor's spelling; clients may look for it.
		return message(fmt.Sprintf("The new user %s created successfuly", in.Username)), err
	})
}

type addSubuserArgs struct {
	Username    string            `url:"username" validate:"required,login" doc:"Login name of the subuser: 1 to 30 letters, digits or underscores."`
	Password    auth.NewPassword  `url:"password" validate:"required" secret:"yes" doc:"At least 8 characters, at most 72 bytes."`
	Permissions permissions.Grant `url:"permissions" validate:"required" doc:"all, none, or category → all or pages."`
}
