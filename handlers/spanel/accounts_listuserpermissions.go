package spanel

import (
	"panelgate/handlers"
	"panelgate/phpform"
)

// The admin's name for user/listuserpermissions.
func listAccountPermissions() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/listuserpermissions", Page: "accounts/manage", For: handlers.ForAdmin,
		Summary: "Lists the categories and pages that an account or subuser can be given.",
		Source:  docs + "accounts-listuserpermissions/",
	}, func(r *handlers.Request, in listPermissionsArgs) (phpform.Pairs[categoryRow], error) {
		return categoryRows(r.Catalogue.User, in.Labels), nil
	})
}
