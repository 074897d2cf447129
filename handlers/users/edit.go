package users

import "panelgate/handlers"

// Edit is the action under the name that a dialect has for it; twins are what the other dialect calls it.
func Edit(name string, twins ...string) *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: name, Twins: twins, Mask: mask, Page: "accounts/manage", For: handlers.ForAdmin, Target: "id", Writes: true, Subject: handlers.Account, Connect: connect,
		Effects: append(changes(), handlers.Effect{Of: "POST /users"}),
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
