package installatron

import "panelgate/handlers"

// docs is where the vendor documents its API.
const docs = "https://installatron.com/api/is/"

// table lists every action of this dialect that has a route. Keep it sorted.
func table() *handlers.Table {
	return handlers.NewTable(
		handlers.Known("DELETE /users/{id}", "accounts/manage", handlers.ForAdmin, docs+"users/delete"),
		handlers.Known("GET /users", "accounts/manage", handlers.ForAdmin, docs+"users"),
		handlers.Known("GET /users/{id}", "accounts/manage", handlers.ForAdmin, docs+"users/view"),
		createUser(),
		handlers.Known("POST /users/{id}", "accounts/manage", handlers.ForAdmin, docs+"users/edit"),
		handlers.Known("POST /users/{id}/login", "accounts/sso", handlers.ForAdmin, docs+"users/login"),
	)
}
