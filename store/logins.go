package store

import (
	"fmt"
	"strings"
)

// loginKey is what makes two names the same: their letters without regard to case.
func loginKey(name string) string { return strings.ToLower(name) }

// createLogin takes a name for an account or a subuser. A taken one is a [*ConflictError] on "name".
func (tx *Tx) createLogin(kind Noun, name, passwordHash string) (int64, error) {
	id, err := tx.insert(`INSERT INTO logins (kind, name, key, password_hash, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		string(kind), name, loginKey(name), passwordHash, tx.stamp(), tx.stamp())
	if isUnique(err) {
		return 0, &ConflictError{Field: "name", Reason: fmt.Sprintf("%q already exists", name)}
	}
	return id, err
}

// touchLogin marks a login as changed now.
func (tx *Tx) touchLogin(id int64) error {
	_, err := tx.exec("UPDATE logins SET updated_at = ? WHERE id = ?", tx.stamp(), id)
	return err
}
