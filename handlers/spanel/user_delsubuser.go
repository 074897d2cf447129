package spanel

import "panelgate/handlers"

func deleteSubusers() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "user/delsubuser", Page: "user/manage", For: handlers.ForAccount, Target: "username", Writes: true, Subject: handlers.Subuser, Deletes: true,
		Summary: "Deletes one subuser or several: all of them or, when one is not there, none.",
		Source:  docs + "user-delsubuser/",
	}, func(r *handlers.Request, in deleteSubusersArgs) (message, error) {
		if err := r.CheckSubusers(in.Usernames...); err != nil {
			return "", err
		}
		names, err := r.DeleteSubusers(r.Caller.Scope, r.Account, in.Usernames)
		return deletedMessage("User", names), err
	})
}

type deleteSubusersArgs struct {
	Usernames []string `url:"username" validate:"required,login" doc:"Login name of the subuser, or an array of names."`
}
