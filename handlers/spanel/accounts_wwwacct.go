package spanel

import (
	"crypto/rand"
	"fmt"
	"strings"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/permissions"
	"panelgate/phpform"
	"panelgate/store"
)

func createAccount() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/wwwacct", Page: "accounts/create", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account, Creates: true,
		Effects: []handlers.Effect{{Of: "accounts/editprivileges", Field: "permissions", AllIs: true}},
		Summary: "Creates an account.",
		Source:  docs + "accounts-wwwacct/",
	}, func(r *handlers.Request, in createAccountArgs) (warned, error) {
		if in.Username == "" {
			in.Username = randomName()
		}
		if in.Domain == "" {
			in.Domain = temporaryName(in.Username) + "." + r.TemporaryDomain
		}
		account, err := r.CreateAccount(r.Caller.Scope, store.NewAccount{
			Name: in.Username, PasswordHash: in.Password.Hash(), Domain: in.Domain, Package: in.Package,
			Limits: in.over(store.Limits{}), Permissions: in.Permissions.Ptr(),
		})
		r.Named(in.Username)
		created := createdAccount{Msg: fmt.Sprintf("The account %s has been created successfully", account.Name),
			Username: account.Name, Domain: account.Domain}
		return warned{Reply: created, Warnings: in.warnings()}, err
	})
}

type createAccountArgs struct {
	Username string           `url:"username" validate:"login" doc:"Name of the account: 1 to 30 letters, digits or underscores; left out, one is made."`
	Password auth.NewPassword `url:"password" validate:"required" secret:"yes" doc:"At least 8 characters, at most 72 bytes."`
	Domain   string           `url:"domain" validate:"domain" doc:"Main domain; left out, a temporary one is made."`
	Package  string           `url:"package" doc:"Package to put the account on; its limits hold and the limit fields are not looked at."`
	limitArgs
	Permissions phpform.Optional[permissions.Grant] `url:"permissions" doc:"all, none, or category → all or pages; the package's, or all, when left out."`
}

// createdAccount is our own: the page's answer is not known. It tells the names that were made.
type createdAccount struct {
	Msg      string `json:"msg"`
	Username string `json:"username"`
	Domain   string `json:"domain"`
}

// temporaryName makes a label of a domain of a name.
func temporaryName(username string) string {
	label := strings.Trim(strings.ReplaceAll(strings.ToLower(username), "_", "-"), "-")
	if label == "" {
		return randomName()
	}
	return label
}

// randomName makes a name of 8 letters and digits that begins with a letter, as billing modules do.
func randomName() string {
	return "u" + strings.ToLower(rand.Text()[:7])
}
