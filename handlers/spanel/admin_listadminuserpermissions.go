package spanel

import (
	"panelgate/handlers"
	"panelgate/phpform"
)

func listAdminPermissions() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "admin/listadminuserpermissions", Page: "admin/manageadmins", For: handlers.ForAdmin,
		Summary: "Lists the categories and pages that an admin user can be given.",
		Source:  docs + "admin-listadminuserpermissions/",
	}, func(r *handlers.Request, in listPermissionsArgs) (phpform.Pairs[categoryRow], error) {
		return categoryRows(r.Catalogue.Admin, in.Labels), nil
	})
}
