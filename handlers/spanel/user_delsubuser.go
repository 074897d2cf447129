package spanel

import (
	"fmt"
	"strings"

	"panelgate/handlers"
)

func deleteSubusers() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "user/delsubuser", Page: "user/manage", For: handlers.ForAccount, Target: "username", Writes: true,
		Summary: "Deletes one subuser or several: all of them or, when one is not there, none.",
		Source:  docs + "user-delsubuser/",
	}, func(r *handlers.Request, in deleteSubusersArgs) (message, error) {
		names, err := r.DeleteSubusers(r.Caller.Scope, r.Account, in.Usernames)
		if len(names) == 1 {
			return message(fmt.Sprintf("User %s has been logged out and deleted successfully.", names[0])), err
		}
		// The page shows no message for several; this is the one for one, in the plural.
		return message(fmt.Sprintf("Users %s have been logged out and deleted successfully.", strings.Join(names, ", "))), err
	})
}

type deleteSubusersArgs struct {
	Usernames []string `url:"username" validate:"required,login" doc:"Login name of the subuser, or an array of names."`
}
