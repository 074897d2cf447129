package users

import "panelgate/handlers"

// Edit is the action under the name that a dialect has for it.
func Edit(name string) *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: name, Page: "accounts/manage", For: handlers.ForAdmin, Target: "id", Writes: true, Connect: connect,
		Summary: "Changes a user; what is left out stays.",
		Source:  docs + "users/edit",
	}, edit)
}

// edit is upsert for a user that is there.
func edit(r *handlers.Request, in UpsertArgs) (Row, error) {
	if _, err := r.Tx.Account(r.Caller.Scope, in.ID); err != nil {
		return Row{}, err
	}
	return upsert(r, in)
}
