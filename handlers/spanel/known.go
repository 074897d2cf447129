package spanel

import (
	"slices"

	"panelgate/handlers"
)

// knownActions lists what the vendor documents and this server does not serve: mail, domains, databases, files and
// cron jobs belong to the machine that accounts live on, and this server keeps the accounts only. They stand in the
// table so that a caller is told so by name, and not that there is no such action.
func knownActions() []*handlers.Action {
	return slices.Concat(knownEmail(), knownSpam(), knownDomain(), knownMySQL(), knownFile(), knownTool(), knownServer())
}

// params are fields as the vendor's page of an action lists them, beside token, accountuser and action.
type params = []handlers.Param

// known is an action of an account, guarded by a page of the user tree.
func known(name, page, summary string, fields params) *handlers.Action {
	action := handlers.Known(name, page, handlers.ForAccount, docs, fields...)
	action.Summary = summary
	return action
}

// partly is a known action whose page was not seen whole: what is known of its fields comes from a part of the page or
// from what public clients send, and may be nothing but the name.
func partly(name, page, summary string, fields params) *handlers.Action {
	action := known(name, page, summary, fields)
	action.Partial = true
	return action
}

func knownServer() []*handlers.Action {
	usage := handlers.Known("server/listresourceusage", "server/resourceusage", handlers.ForAdmin, docs, params{
		{Name: "username", Type: "string", Doc: "Account to look at; all of them by default."},
		{Name: "type", Type: "string", Enum: []string{"daily", "weekly", "monthly"}, Doc: "Period; daily by default."},
		{Name: "date", Type: "string", Doc: "Day of a daily period, as d.m.Y (m/d/Y on the older page); today by default."},
		{Name: "week", Type: "string", Doc: "Week of a weekly period, which needs it."},
		{Name: "month", Type: "string", Doc: "1 to 12: month of a monthly period, which needs it."},
		{Name: "year", Type: "string", Doc: "Year of a weekly or monthly period, which needs it."},
	}...)
	usage.Summary = "Lists what accounts use of processor and memory."
	return []*handlers.Action{usage}
}
