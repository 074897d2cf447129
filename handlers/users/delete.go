package users

import "panelgate/handlers"

// Delete is the action under the name that a dialect has for it; twins are what the other dialect calls it.
func Delete(name string, twins ...string) *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: name, Twins: twins, Mask: mask, Page: "accounts/manage", For: handlers.ForAdmin, Target: "id", Writes: true, Subject: handlers.Account, Deletes: true,
		Effects: []handlers.Effect{{Of: "accounts/terminateaccount"}},
		Summary: "Deletes a user and all that is stored of it; the websites' files are not touched.",
		Source:  docs + "users/delete",
	}, remove)
}

// DeleteArgs name the user to delete.
type DeleteArgs struct {
	ID         string `url:"id" validate:"required,id" doc:"Name of the user."`
	Background bool   `url:"background" doc:"Accepted and of no effect: deleting is done before the answer."`
}

// remove deletes a user and all that is stored of it, and gives the user as it was. What a server
// has under the websites' paths is not touched.
func remove(r *handlers.Request, in DeleteArgs) (Row, error) {
	was, err := view(r, ViewArgs{ID: in.ID})
	if err != nil {
		return was, err
	}
	return was, r.DeleteAccounts(r.Caller.Scope, []string{in.ID})
}
