package spanel

import "panelgate/handlers"

func listAdmins() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "admin/listadminusers", Page: "admin/manageadmins", For: handlers.ForAdmin,
		Summary: "Lists the admin users with what they may do.",
		Source:  docs + "admin-listadminusers/",
	}, func(r *handlers.Request, _ struct{}) ([]loginRow, error) {
		admins, err := r.Admins()
		rows := make([]loginRow, len(admins)) // an empty list is [], never null
		for i, a := range admins {
			rows[i] = loginRow{User: a.Name, Permissions: grantRow(a.Permissions, r.Catalogue.Admin), CurrentUser: a.ID == r.Caller.LoginID}
		}
		return rows, err
	})
}
