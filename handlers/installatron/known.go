package installatron

import (
	"slices"

	"panelgate/handlers"
)

// knownActions lists the vendor's endpoints outside of /users: they install and keep applications, which this server
// does not. They have routes so that a caller is told so by name.
func knownActions() []*handlers.Action {
	return slices.Concat(knownApplications(), knownInstalls(), knownExtensions(), knownBackups(), knownServer())
}

// params are fields as the vendor's page of an endpoint lists them.
type params = []handlers.Param

// known is an endpoint that this server does not serve.
func known(name, summary string, fields ...handlers.Param) *handlers.Action {
	action := handlers.Known(name, "accounts/manage", handlers.ForAdmin, docs, fields...)
	action.Summary = summary
	return action
}

// partly is a known endpoint whose page was not seen whole, so that it may have more fields.
func partly(name, summary string, fields ...handlers.Param) *handlers.Action {
	action := known(name, summary, fields...)
	action.Partial = true
	return action
}

func pathField(name, doc string) handlers.Param {
	return handlers.Param{Name: name, Type: "string", Required: true, Doc: doc}
}

// listFields are those of a list, more after them.
func listFields(more ...handlers.Param) params {
	return append(params{
		{Name: "offset", Type: "integer", Doc: "Distance from the start of the whole list; 0 by default."},
		{Name: "limit", Type: "integer", Doc: "Most entries to list; 50 by default."},
		{Name: "user", Type: "string", Doc: "Administrator, reseller or user to look as; the current one by default."},
	}, more...)
}

func knownApplications() []*handlers.Action {
	id := pathField("id", "The application.")
	return []*handlers.Action{
		partly("GET /browser", "Lists the applications that can be installed.",
			listFields(handlers.Param{Name: "version", Type: "string", Doc: "Version to show."})...),
		partly("GET /browser/{id}", "Shows an application that can be installed.", id),
		partly("POST /browser/{id}/import", "Takes in an application that is installed already.", id),
		partly("POST /browser/{id}/install", "Installs an application.", id),
		partly("POST /browser/{id}/migrate", "Takes in an application from another host.", id),
	}
}

func knownInstalls() []*handlers.Action {
	id := pathField("id", "The installed application.")
	return []*handlers.Action{
		partly("DELETE /installs/{id}", "Uninstalls an application.", id),
		partly("GET /installs", "Lists installed applications."),
		partly("GET /installs/{id}", "Shows an installed application.", id),
		partly("POST /installs/{id}", "Changes an installed application.", id),
		partly("POST /installs/{id}/backup", "Makes a backup of an application.", id),
		partly("POST /installs/{id}/clone", "Makes a copy of an application.", id),
		partly("POST /installs/{id}/detach", "Forgets an application without deleting it.", id),
		known("POST /installs/{id}/login", "Opens the administration of an installed application.", id,
			handlers.Param{Name: "url", Type: "string", Doc: "Where to go then."},
			handlers.Param{Name: "user", Type: "string", Doc: "User of the application; the owner of the install by default."}),
		partly("POST /installs/{id}/sync", "Brings an application and its copy to the same state.", id),
		partly("POST /installs/{id}/template", "Makes a template of an application.", id),
		partly("POST /installs/{id}/update", "Updates an application.", id),
	}
}

func knownExtensions() []*handlers.Action {
	id := pathField("id", "The installed application; WordPress only.")
	slug := pathField("slug", "Name of the plugin or theme.")
	activated := handlers.Param{Name: "activated", Type: "boolean", Doc: "true switches it on, false off."}
	return []*handlers.Action{
		partly("GET /installs/{id}/plugins", "Lists the plugins of an installed application.", id),
		partly("GET /installs/{id}/plugins/{slug}", "Shows a plugin of an installed application.", id, slug),
		partly("POST /installs/{id}/plugins/{slug}", "Installs a plugin, or switches it on or off.", id, slug, activated),
		partly("GET /installs/{id}/themes", "Lists the themes of an installed application.", id),
		partly("POST /installs/{id}/themes/{slug}", "Installs a theme.", id, slug),
	}
}

func knownBackups() []*handlers.Action {
	id := pathField("id", "The backup.")
	return []*handlers.Action{
		partly("DELETE /backups/{id}", "Deletes a backup.", id),
		partly("GET /backups", "Lists backups."),
		partly("GET /backups/{id}", "Shows a backup.", id),
		partly("POST /backups/import", "Takes in backups from a location."),
		partly("POST /backups/{id}/restore", "Restores a backup.", id),
	}
}

func knownServer() []*handlers.Action {
	group := handlers.Param{Name: "group", Type: "string", Doc: "Settings Group to look at; the default one by default."}
	return []*handlers.Action{
		partly("GET /set/backup_locations", "Lists where backups can go.", group),
		partly("GET /set/backup_schedules", "Lists when backups are made.", group),
		partly("GET /tasks", "Lists tasks that run or wait.",
			listFields(handlers.Param{Name: "restart", Type: "boolean", Doc: "true resets and restarts tasks that wait."})...),
		known("GET /version", "Tells the version of the server."),
	}
}
