package spanel

import (
	"panelgate/auth"
	"panelgate/handlers"
)

func changeAccountPassword() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/changeuserpassword", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account,
		Summary: "Gives an account a new password and signs it off everywhere.",
		Source:  docs + "accounts-changeuserpassword/",
	}, func(r *handlers.Request, in changeAccountPasswordArgs) (topMessage, error) {
		err := r.SetAccountPassword(r.Caller.Scope, in.Username, in.Password.Hash())
		return topMessage("Password updated successfully"), err
	})
}

type changeAccountPasswordArgs struct {
	Username string           `url:"username" validate:"required,id" doc:"Name of the account."`
	Password auth.NewPassword `url:"password" validate:"required" secret:"yes" doc:"At least 8 characters, at most 72 bytes."`
}
