package spanel

import (
	"panelgate/handlers"
	"panelgate/phpform"
)

func listUserPermissions() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "user/listuserpermissions", Page: "user/manage", For: handlers.ForAccount, Target: "accountuser", Keeps: handlers.Always,
		Summary: "Lists the categories and pages that a subuser can be given.",
		Source:  docs + "user-listuserpermissions/",
	}, func(r *handlers.Request, in listPermissionsArgs) (phpform.Pairs[categoryRow], error) {
		_, err := r.AccountID(r.Caller.Scope, r.Account) // the list is the same for all, but for nobody there is none
		return categoryRows(r.Catalogue.User, in.Labels), err
	})
}

type listPermissionsArgs struct {
	Labels bool `url:"labels" doc:"true adds a text for people to each category and page."`
}
