package installatron

import (
	"panelgate/handlers"
	"panelgate/handlers/users"
)

func createUser() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "POST /users", Page: "accounts/create", For: handlers.ForAdmin, Target: "id", Writes: true,
		Summary: "Creates a user with websites and databases, or changes the one that has the id.",
		Source:  users.CreateSource,
	}, users.Upsert)
}
