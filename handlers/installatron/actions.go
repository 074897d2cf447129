package installatron

import (
	"panelgate/handlers"
	"panelgate/handlers/signon"
	"panelgate/handlers/users"
)

// docs is where the vendor documents its API.
const docs = "https://installatron.com/api/is/"

// table lists every action of this dialect that has a route. Keep it sorted. Those that are known and not served are
// in known.go.
func table() *handlers.Table {
	return handlers.NewTable(
		users.Delete("DELETE /users/{id}", "users/delete"),
		users.List("GET /users", "users/list"),
		users.View("GET /users/{id}", "users/view"),
		users.Upsert("POST /users", "users/upsert"),
		users.Edit("POST /users/{id}", "users/upsert"),
		signon.Login("POST /users/{id}/login", "users/login"),
	).With(knownActions()...)
}
