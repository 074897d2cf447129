package store

import (
	"errors"

	"panelgate/permissions"
)

// Admin is a login of the operator's. Admins have a name space of their own.
type Admin struct {
	ID          int64
	Name        string
	Permissions permissions.Grant // over the admin catalogue, as they were given
	Held        permissions.Grant // what is left of them under who gave them
	giver       int64             // the admin who gave them; 0 is the operator
}

func scanAdmin(r *row) (a Admin, err error) {
	var chain string
	if err := r.Scan(&a.ID, &a.Name, &a.giver, &chain); err != nil {
		return a, err
	}
	a.Permissions, a.Held, err = readHeld(chain)
	return a, err
}

var selectAdmins = "SELECT a.id, l.name, COALESCE(a.giver_id, 0), COALESCE(" + heldBy("a.id") + ", '') FROM admins a JOIN logins l ON l.id = a.id"

// errLastAdmin keeps the operator from being locked out.
func errLastAdmin(name string) error {
	return &ConflictError{Field: "name", Reason: `"` + name + `" is the last admin with all permissions and must stay one`}
}

// Admins gives all admin users in the order of their creation.
func (tx *Tx) Admins() ([]Admin, error) {
	return collect(tx, scanAdmin, selectAdmins+" ORDER BY a.id")
}

// Admin finds an admin user by name, without regard to case.
func (tx *Tx) Admin(name string) (Admin, error) {
	found, err := collect(tx, scanAdmin, selectAdmins+" WHERE l.kind = 'admin' AND l.key = ?", loginKey(name))
	return first(found, err, NounAdmin, name)
}

// CreateAdmin adds an admin user. A taken name is a [*ConflictError] on "name".
func (tx *Tx) CreateAdmin(scope Scope, name, passwordHash string, grant permissions.Grant) error {
	stored, err := writeGrant(grant)
	if err != nil {
		return err
	}
	id, err := tx.createLogin(NounAdmin, name, passwordHash)
	if err != nil {
		return err
	}
	_, err = tx.exec("INSERT INTO admins (id, permissions, giver_id) VALUES (?, ?, ?)", id, stored, nonZero(scope.admin()))
	return err
}

// SetAdminPermissions replaces what an admin may do. The last one with all permissions keeps them.
func (tx *Tx) SetAdminPermissions(scope Scope, name string, grant permissions.Grant) (Admin, error) {
	admin, err := tx.Admin(name)
	if err != nil {
		return admin, err
	}
	stored, err := writeGrant(grant)
	if err != nil {
		return admin, err
	}
	giver, err := tx.giver(scope.admin(), admin.ID, admin.giver)
	if err != nil {
		return admin, err
	}
	if _, err := tx.exec("UPDATE admins SET permissions = ?, giver_id = ? WHERE id = ?", stored, giver, admin.ID); err != nil {
		return admin, err
	}
	return admin, errors.Join(tx.checkFullAdmin(admin), tx.touchLogin(0, admin.ID))
}

// checkFullAdmin refuses a change after which nobody has all permissions although was had them.
func (tx *Tx) checkFullAdmin(was Admin) error {
	if !was.Held.IsAll() {
		return nil
	}
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	for _, a := range admins {
		if a.Held.IsAll() {
			return nil
		}
	}
	return errLastAdmin(was.Name)
}

// RenameAdmin gives an admin another name. A taken one is a [*ConflictError] on "newname".
func (tx *Tx) RenameAdmin(name, newName string) (Admin, error) {
	admin, err := tx.Admin(name)
	if err != nil {
		return admin, err
	}
	_, err = tx.exec("UPDATE logins SET name = ?, key = ?, updated_at = ? WHERE id = ?",
		newName, loginKey(newName), tx.stamp(), admin.ID)
	if isUnique(err) {
		return admin, taken("newusername", newName)
	}
	return admin, err
}

// SetAdminPassword replaces an admin's password and ends the admin's sessions.
func (tx *Tx) SetAdminPassword(name, passwordHash string) (Admin, error) {
	admin, err := tx.Admin(name)
	if err != nil {
		return admin, err
	}
	return admin, tx.setPassword(0, admin.ID, passwordHash)
}

// DeleteAdmins removes all the named admins, or none, and gives their names as they were stored.
// The last one with all permissions stays.
func (tx *Tx) DeleteAdmins(names []string) ([]string, error) {
	admins, err := all(names, NounAdmin, tx.Admin)
	if err != nil {
		return nil, err
	}
	var deleted []string
	for _, a := range admins {
		if a, err = tx.Admin(a.Name); err != nil { // as it is after those before it
			return nil, err
		}
		if err := tx.inherit("admins", 0, a.ID, nonZero(a.giver), a.Held); err != nil {
			return nil, err
		}
		if err := tx.deleteLogin(0, a.ID); err != nil {
			return nil, err
		}
		if err := tx.checkFullAdmin(a); err != nil {
			return nil, err
		}
		deleted = append(deleted, a.Name)
	}
	return deleted, nil
}
