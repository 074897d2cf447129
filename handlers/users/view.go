package users

import "panelgate/handlers"

// View is the action under the name that a dialect has for it; twins are what the other dialect calls it.
func View(name string, twins ...string) *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: name, Twins: twins, Mask: mask, Page: "accounts/manage", For: handlers.ForAdmin, Target: "id", After: resolve,
		Summary: "Shows one user with its websites and databases.",
		Source:  docs + "users/view",
	}, view)
}

// ViewArgs name a user.
type ViewArgs struct {
	ID      string `url:"id" validate:"required,id" doc:"Name of the user."`
	Resolve bool   `url:"resolve" doc:"true asks for the paths that are given on demand; a path that is not had stays null, and path_error says why."`
}

// view gives one user.
func view(r *handlers.Request, in ViewArgs) (Row, error) {
	account, err := r.Tx.Account(r.Caller.Scope, in.ID)
	if err != nil {
		return Row{}, err
	}
	websites, err := r.Websites(account)
	return rowOf(account, websites, r.AdminUser), err
}
