package spanel

import "panelgate/handlers"

// The vendor does not document this action; its WHMCS module calls it as "test connection".
func apiCheck() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "toolbox/apicheck", For: handlers.ForAnyone,
		Summary: "Answers when the server is up and the token is good.",
	}, func(*handlers.Request, struct{}) (message, error) {
		return "The API is available and the token is valid.", nil
	})
}
