package spanel

import "panelgate/handlers"

func suspendAccounts() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/suspendaccount", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account,
		Summary: "Suspends one account or several: all of them or, when one is not there, none.",
		Source:  docs + "accounts-suspendaccount/",
	}, func(r *handlers.Request, in suspendAccountsArgs) (topMessage, error) {
		err := r.SuspendAccounts(r.Caller.Scope, in.Usernames, r.Caller.String(), in.Reason)
		return topMessage{Msg: "Suspend successful"}, err
	})
}

type suspendAccountsArgs struct {
	Usernames []string `url:"username" validate:"required,id" doc:"Name of the account, or an array of names."`
	Reason    string   `url:"reason" validate:"line" doc:"Why; shown in lists of accounts."`
}
