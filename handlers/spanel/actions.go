package spanel

import "panelgate/handlers"

// docs is where the vendor documents its API.
const docs = "https://www.spanel.io/docs/"

// table lists every action of api.php. Keep it sorted; each has a file of its name.
func table() *handlers.Table {
	return handlers.NewTable(
		apiCheck(),
		echoForm(),
		addSubuser(),
		changeSubuserPassword(),
		deleteSubusers(),
		editSubuserPrivileges(),
		listSubusers(),
		listUserPermissions(),
		upsertUser(),
	)
}
