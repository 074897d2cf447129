package spanel

import "panelgate/handlers"

func listPackages() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/listpackages", Page: "accounts/packages", For: handlers.ForAdmin,
		Summary: "Lists the packages with their limits.",
		Source:  docs + "accounts-listpackages/",
	}, func(r *handlers.Request, _ struct{}) (bare, error) {
		packages, err := r.Packages()
		rows := make([]packageRow, len(packages))
		for i, p := range packages {
			rows[i] = rowOfPackage(p)
		}
		return bare{rows}, err
	})
}
