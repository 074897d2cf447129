package spanel

import (
	"fmt"

	"panelgate/handlers"
	"panelgate/permissions"
	"panelgate/phpform"
)

func modifyPackage() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/modifypackage", Page: "accounts/packages", For: handlers.ForAdmin, Target: "package", Writes: true, Subject: handlers.Package,
		Effects: []handlers.Effect{{Of: "accounts/editprivileges", Field: "permissions"}},
		Summary: "Changes a package and the accounts on it.",
		Source:  docs + "accounts-modifypackage/",
	}, func(r *handlers.Request, in modifyPackageArgs) (warned, error) {
		was, err := r.Package(in.Package)
		if err != nil {
			return warned{}, err
		}
		changed := was
		changed.Limits = in.over(was.Limits)
		if in.Permissions.Set {
			changed.Permissions = in.Permissions.Value
		}
		return warned{Reply: message(fmt.Sprintf("Package with name %s was modified successfully", was.Name)), Warnings: in.warnings()}, r.SavePackage(was, changed)
	})
}

type modifyPackageArgs struct {
	Package string `url:"package" validate:"required,login" doc:"Name of the package: 1 to 30 letters, digits or underscores."`
	limitArgs
	Permissions phpform.Optional[permissions.Grant] `url:"permissions" doc:"all, none, or category → all or pages; accounts whose permissions were changed by themselves keep theirs."`
}
