package spanel

import (
	"panelgate/handlers"
	"panelgate/phpform"
)

// An action of this server's own, to debug an integration with.
func echoForm() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "toolbox/echo", For: handlers.ForAnyone,
		Summary: "Answers with the request as the server understood it: without the token, secrets masked, as PHP's json_encode($_POST) shows it.",
	}, func(r *handlers.Request, _ struct{}) (*phpform.Array, error) {
		form := r.MaskedForm()
		if _, err := form.AppendJSON(nil); err != nil {
			return nil, err
		}
		return form, nil
	})
}
