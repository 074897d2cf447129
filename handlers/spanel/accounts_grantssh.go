package spanel

import "panelgate/handlers"

func grantSSH() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/grantSSH", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account,
		Summary: "Allows or forbids an account to use SSH.",
		Source:  docs + "accounts-grantssh/",
	}, func(r *handlers.Request, in grantSSHArgs) (done, error) {
		return done{}, r.SetAccountSSH(r.Caller.Scope, in.Username, in.Status)
	})
}

type grantSSHArgs struct {
	Username string `url:"username" validate:"required,id" doc:"Name of the account."`
	Status   bool   `url:"status" validate:"required" doc:"true allows, false forbids."`
}
