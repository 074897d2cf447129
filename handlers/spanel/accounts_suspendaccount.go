package spanel

import (
	"strings"

	"panelgate/handlers"
)

func suspendAccounts() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/suspendaccount", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account,
		Summary: "Suspends one account or several: all of them or, when one is not there, none.",
		Source:  docs + "accounts-suspendaccount/",
	}, func(r *handlers.Request, in suspendAccountsArgs) (topMessage, error) {
		err := r.SuspendAccounts(r.Caller.Scope, in.Usernames, r.Caller.String(), oneLine(in.Reason))
		return topMessage("Suspend successful"), err
	})
}

type suspendAccountsArgs struct {
	Usernames []string `url:"username" validate:"required,id" doc:"Name of the account, or an array of names."`
	Reason    string   `url:"reason" doc:"Why, on one line of at most 255 bytes; shown in lists of accounts."`
}

// oneLine fits a text into a list: a suspension is not to fail for want of brevity.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 255 {
		text = strings.ToValidUTF8(text[:255], "")
	}
	return text
}
