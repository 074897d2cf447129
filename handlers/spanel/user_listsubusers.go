package spanel

import "panelgate/handlers"

func listSubusers() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "user/listsubusers", Page: "user/manage", For: handlers.ForAccount, Target: "accountuser", Keeps: handlers.Always,
		Summary: "Lists the subusers of an account with what they may do.",
		Source:  docs + "user-listsubusers/",
	}, func(r *handlers.Request, _ struct{}) ([]loginRow, error) {
		subusers, err := r.Subusers(r.Caller.Scope, r.Account)
		rows := make([]loginRow, len(subusers)) // an empty list is [], never null
		for i, s := range subusers {
			rows[i] = loginRow{User: s.Name, Permissions: grantRow(s.Permissions, r.Catalogue.User), CurrentUser: s.ID == r.Caller.LoginID}
		}
		return rows, err
	})
}
