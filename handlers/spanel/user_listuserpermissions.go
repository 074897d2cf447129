package spanel

import (
	"panelgate/handlers"
	"panelgate/phpform"
)

func listUserPermissions() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "user/listuserpermissions", Page: "user/manage", For: handlers.ForAccount, Target: "accountuser",
		Summary: "Lists the categories and pages that a subuser can be given.",
		Source:  docs + "user-listuserpermissions/",
	}, func(r *handlers.Request, in listPermissionsArgs) (phpform.Pairs[categoryRow], error) {
		return categoryRows(r.Catalogue.User, in.Labels), nil
	})
}

type listPermissionsArgs struct {
	Labels bool `url:"labels" doc:"true adds a text for people to each category and page."`
}
