package spanel

import (
	"panelgate/handlers"
	"panelgate/handlers/users"
)

// Installatron's POST /users for callers of api.php: the same fields, nested in brackets.
func upsertUser() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "users/upsert", Page: "accounts/create", For: handlers.ForAdmin, Target: "id", Writes: true,
		Summary: "Creates an account with its websites and databases, or changes the one that has the id.",
		Source:  users.CreateSource,
	}, users.Upsert)
}
