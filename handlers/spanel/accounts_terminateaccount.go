package spanel

import "panelgate/handlers"

func terminateAccounts() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/terminateaccount", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account, Deletes: true,
		Effects: []handlers.Effect{{Of: "users/delete"}, {Of: "DELETE /users/{id}"}},
		Summary: "Deletes one account or several with all that belongs to them: all or, when one cannot be deleted, none.",
		Source:  docs + "accounts-terminateaccount/",
	}, func(r *handlers.Request, in terminateAccountsArgs) (topMessage, error) {
		err := r.DeleteAccounts(r.Caller.Scope, in.Usernames)
		return topMessage("The selected accounts have been terminated"), err
	})
}

type terminateAccountsArgs struct {
	Usernames []string `url:"username" validate:"required,id" doc:"Name of the account, or an array of names."`
}
