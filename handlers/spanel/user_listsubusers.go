package spanel

import "panelgate/handlers"

func listSubusers() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "user/listsubusers", Page: "user/manage", For: handlers.ForAccount, Target: "accountuser",
		Summary: "Lists the subusers of an account with what they may do.",
		Source:  docs + "user-listsubusers/",
	}, func(r *handlers.Request, _ struct{}) ([]subuserRow, error) {
		subusers, err := r.Subusers(r.Caller.Scope, r.Account)
		rows := make([]subuserRow, len(subusers)) // an empty list is [], never null
		for i, s := range subusers {
			rows[i] = subuserRow{User: s.Name, Permissions: grantRow(s.Permissions, r.Catalogue.User)}
		}
		return rows, err
	})
}
