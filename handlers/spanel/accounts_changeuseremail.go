package spanel

import "panelgate/handlers"

func changeEmail() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/changeuseremail", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account,
		Summary: "Gives an account another contact address.",
		Source:  docs + "accounts-changeuseremail/",
	}, func(r *handlers.Request, in changeEmailArgs) (topMessage, error) {
		err := r.SetAccountEmail(r.Caller.Scope, in.Username, in.Email)
		return topMessage("The contact mail has been updated successfully"), err
	})
}

type changeEmailArgs struct {
	Username string `url:"username" validate:"required,id" doc:"Name of the account."`
	Email    string `url:"email" validate:"required,email" doc:"New contact address."`
}
