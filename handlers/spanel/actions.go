package spanel

import (
	"panelgate/handlers"
	"panelgate/handlers/signon"
	"panelgate/handlers/users"
)

// docs is where the vendor documents its API.
const docs = "https://www.spanel.io/docs/"

// table lists every action of api.php. Keep it sorted; each has a file of its name. Those that are known and not
// served are in known.go.
func table() *handlers.Table {
	return handlers.NewTable(
		changeDomain(),
		changeQuota(),
		changeEmail(),
		changeAccountPassword(),
		createPackage(),
		editPrivileges(),
		grantSSH(),
		listAccounts(),
		listPackages(),
		listAccountPermissions(),
		modifyPackage(),
		removePackages(),
		suspendAccounts(),
		terminateAccounts(),
		unsuspendAccounts(),
		createAccount(),

		changeAdminPassword(),
		changeAdminName(),
		createAdmin(),
		listAdminPermissions(),
		listAdmins(),
		removeAdmins(),
		updateAdminPermissions(),

		signOn(),

		apiCheck(),
		listAudit(),
		listCallables(),
		echoForm(),

		addSubuser(),
		changeSubuserPassword(),
		deleteSubusers(),
		editSubuserPrivileges(),
		listSubusers(),
		listUserPermissions(),

		users.Delete("users/delete", "DELETE /users/{id}"),
		users.List("users/list", "GET /users"),
		signon.Login("users/login", "POST /users/{id}/login"),
		users.Upsert("users/upsert", "POST /users"),
		users.View("users/view", "GET /users/{id}"),
	).With(knownActions()...)
}
