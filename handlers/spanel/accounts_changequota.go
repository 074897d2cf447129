package spanel

import "panelgate/handlers"

func changeQuota() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/changequota", Page: "accounts/manage", For: handlers.ForAdmin, Target: "username", Writes: true, Subject: handlers.Account,
		Summary: "Puts an account on a package, or gives it limits of its own.",
		Source:  docs + "accounts-changequota/",
	}, func(r *handlers.Request, in changeQuotaArgs) (warned, error) {
		saved := warned{Reply: topMessage("Your new limits have been saved successfully")}
		pkg := in.Package
		if pkg == "" {
			pkg = in.Packages
		}
		if pkg != "" {
			return saved, r.SetAccountPackage(r.Caller.Scope, in.Username, pkg)
		}
		if !in.anySent() {
			return saved, handlers.Missing("package")
		}
		account, err := r.Tx.Account(r.Caller.Scope, in.Username)
		if err != nil {
			return saved, err
		}
		saved.Warnings = in.warnings()
		return saved, r.SetAccountLimits(r.Caller.Scope, in.Username, in.over(account.Limits))
	})
}

type changeQuotaArgs struct {
	Username string `url:"username" validate:"required,id" doc:"Name of the account."`
	Package  string `url:"package" doc:"Package to put the account on; its limits hold and the limit fields are not looked at."`
	Packages string `url:"packages" doc:"Another name of package, which a billing module sends."`
	limitArgs
}
