package spanel

import (
	"fmt"
	"strings"

	"panelgate/handlers"
)

func removePackages() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/removepackage", Page: "accounts/packages", For: handlers.ForAdmin, Target: "package", Writes: true, Subject: handlers.Package,
		Summary: "Deletes one package or several: all or, when one is in use or not there, none.",
		Source:  docs + "accounts-removepackage/",
	}, func(r *handlers.Request, in removePackagesArgs) (message, error) {
		names, err := r.DeletePackages(in.Packages)
		return message(fmt.Sprintf("The following packages were successfully removed: %s.", strings.Join(names, ", "))), err
	})
}

type removePackagesArgs struct {
	Packages []string `url:"package" validate:"required,login" doc:"Name of the package, or an array of names."`
}
