package spanel

import "panelgate/handlers"

func unsuspendAccounts() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/unsuspendaccount", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account,
		Summary: "Ends the suspension of one account or several: of all or, when one is not there, of none.",
		Source:  docs + "accounts-unsuspendaccount/",
	}, func(r *handlers.Request, in unsuspendAccountsArgs) (topMessage, error) {
		err := r.UnsuspendAccounts(r.Caller.Scope, in.Usernames)
		return topMessage("Unsuspend successful"), err
	})
}

type unsuspendAccountsArgs struct {
	Usernames []string `url:"username" validate:"required,id" doc:"Name of the account, or an array of names."`
}
