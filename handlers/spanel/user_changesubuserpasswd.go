package spanel

import (
	"fmt"

	"panelgate/auth"
	"panelgate/handlers"
)

func changeSubuserPassword() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "user/changesubuserpasswd", Page: "user/manage", For: handlers.ForAccount, Target: "username", Writes: true, Subject: handlers.Subuser,
		Summary: "Gives a subuser a new password.",
		Source:  docs + "user-changesubuserpasswd/",
	}, func(r *handlers.Request, in changeSubuserPasswordArgs) (message, error) {
		if err := r.CheckSubusers(in.Username); err != nil {
			return "", err
		}
		name, err := r.SetSubuserPassword(r.Caller.Scope, r.Account, in.Username, in.Password.Hash())
		return message(fmt.Sprintf("The password for user with name %s has been updated successfully.", name)), err
	})
}

type changeSubuserPasswordArgs struct {
	Username string           `url:"username" validate:"required,login" doc:"Login name of the subuser."`
	Password auth.NewPassword `url:"password" validate:"required" secret:"yes" doc:"At least 8 characters, at most 72 bytes."`
}
