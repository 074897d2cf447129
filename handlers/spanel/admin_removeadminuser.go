package spanel

import "panelgate/handlers"

func removeAdmins() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "admin/removeadminuser", Page: "admin/manageadmins", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Admin, Deletes: true,
		Summary: "Deletes one admin user or several: all or, when one is not there or must stay, none.",
		Source:  docs + "admin-removeadminuser/",
	}, func(r *handlers.Request, in removeAdminsArgs) (message, error) {
		if err := r.CheckAdmins(in.Usernames...); err != nil {
			return "", err
		}
		names, err := r.DeleteAdmins(in.Usernames)
		return deletedMessage("Admin user", names), err
	})
}

type removeAdminsArgs struct {
	Usernames []string `url:"username" validate:"required,admin" doc:"Name of the admin user, or an array of names."`
}
