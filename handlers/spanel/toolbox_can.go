package spanel

import "panelgate/handlers"

// An action of this server's own: an integration asks once what it may do, in place of trying.
func listCallables() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "toolbox/can", For: handlers.ForAnyone,
		Summary: "Lists the actions that the token may call, with the permission that each asks for and, where it acts on an account, that account (* for every one that the token may name).",
	}, func(r *handlers.Request, _ struct{}) ([]callableRow, error) {
		rows := []callableRow{} // an empty list is [], never null
		for _, c := range r.Callables() {
			rows = append(rows, callableRow{Action: c.Name, Page: c.Needs, Account: c.Account})
		}
		return rows, nil
	})
}

// callableRow is one entry of toolbox/can.
type callableRow struct {
	Action  string `json:"action"`
	Page    string `json:"page,omitempty"`
	Account string `json:"account,omitempty"`
}
