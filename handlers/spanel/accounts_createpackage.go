package spanel

import (
	"fmt"
	"strings"

	"panelgate/handlers"
	"panelgate/permissions"
	"panelgate/store"
)

func createPackage() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/createpackage", Page: "accounts/packages", For: handlers.ForAdmin, Target: "package", Writes: true, Subject: handlers.Package, Creates: true,
		Effects: []handlers.Effect{{Of: "accounts/editprivileges", Field: "permissions"}},
		Summary: "Creates a package of limits and permissions.",
		Source:  docs + "accounts-createpackage/",
	}, func(r *handlers.Request, in createPackageArgs) (warned, error) {
		if strings.EqualFold(in.Package, customPackage) {
			return warned{}, handlers.Invalid("package", "must be another name: "+customPackage+" stands for accounts on no package")
		}
		err := r.CreatePackage(store.Package{Name: in.Package, Limits: in.over(store.Limits{}), Permissions: in.Permissions})
		return warned{Reply: message(fmt.Sprintf("Package with name %s was created successfully", in.Package)), Warnings: in.warnings()}, err
	})
}

type createPackageArgs struct {
	Package string `url:"package" validate:"required,login" doc:"Name of the package: 1 to 30 letters, digits or underscores."`
	limitArgs
	Permissions permissions.Grant `url:"permissions" validate:"required" doc:"all, none, or category → all or pages; for accounts that are put on the package."`
}
