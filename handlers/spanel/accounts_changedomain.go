package spanel

import "panelgate/handlers"

func changeDomain() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/changedomain", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account,
		Summary: "Gives an account another main domain.",
		Source:  docs + "accounts-changedomain/",
	}, func(r *handlers.Request, in changeDomainArgs) (topMessage, error) {
		err := r.SetAccountDomain(r.Caller.Scope, in.Username, in.Domain)
		return topMessage("Your main domain has been updated successfully"), err
	})
}

type changeDomainArgs struct {
	Username string `url:"username" validate:"required,id" doc:"Name of the account."`
	Domain   string `url:"domain" validate:"required,domain" doc:"New main domain."`
}
