package store

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// loginKey is what makes two names the same: their letters without regard to case. Only ASCII
// letters have one here, as in SQL's LOWER, so that no other letter can pass for one of them. What is no text, which
// PostgreSQL does not even look for, becomes a character that is in no name.
func loginKey(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == 0:
			return utf8.RuneError
		}
		return r
	}, name)
}

// SameName reports whether two names are one to this store.
func SameName(a, b string) bool { return loginKey(a) == loginKey(b) }

// createLogin takes a name for an account or a subuser. A taken one is a [*ConflictError] on "name".
func (tx *Tx) createLogin(kind Noun, name, passwordHash string) (int64, error) {
	id, err := tx.insert(`INSERT INTO logins (kind, name, key, password_hash, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		string(kind), name, loginKey(name), passwordHash, tx.stamp(), tx.stamp())
	if errors.Is(err, errNothingNew) { // no violated constraint: PostgreSQL would undo the transaction, and those that share it
		return 0, taken("name", name)
	}
	return id, err
}

// touchLogin marks a login of an account as changed now; account is 0 for an admin's.
func (tx *Tx) touchLogin(account, id int64) error {
	_, err := tx.execOf(account, "UPDATE logins SET updated_at = ? WHERE id = ?", tx.stamp(), id)
	return err
}

// deleteLogin removes a login of an account, or the account's own with its subusers; account is 0 for an admin's. The rest
// follows by reference. Their tokens stay, revoked: who still sends one had it from somebody, and is told what became of
// it. What was answered about it is forgotten, but not that it was: a key that made the login makes it no second time.
func (tx *Tx) deleteLogin(account, id int64) error {
	const going = "(SELECT ? UNION ALL SELECT id FROM subusers WHERE account_id = ?)"
	_, err := tx.execAside("DELETE FROM replays WHERE token_id IN (SELECT COALESCE(root_id, id) FROM tokens WHERE login_id IN "+going+")", id, id)
	if err != nil {
		return err
	}
	_, err = tx.execOf(account, `UPDATE tokens SET revoked_at = COALESCE(revoked_at, ?), login_id = NULL, was_for = (
			SELECT COALESCE(o.name || '/', '') || l.name FROM logins l
			LEFT JOIN subusers s ON s.id = l.id LEFT JOIN logins o ON o.id = s.account_id WHERE l.id = tokens.login_id)
		WHERE login_id IN `+going, tx.stamp(), id, id)
	if err != nil {
		return err
	}
	if _, err = tx.execAside("UPDATE replays SET answer = NULL WHERE login_id IN "+going, id, id); err != nil {
		return err
	}
	_, err = tx.execOf(account, "DELETE FROM logins WHERE id IN "+going, id, id)
	return err
}

// PasswordHash gives the bcrypt hash of a login's password, "" where it has none.
func (tx *Tx) PasswordHash(id int64) (string, error) {
	return one(collect(tx, scanName, "SELECT password_hash FROM logins WHERE id = ?", id))
}

// setPassword replaces the password of an account's login and ends its sessions; account is 0 for an admin's.
func (tx *Tx) setPassword(account, id int64, passwordHash string) error {
	_, err := tx.execOf(account, "UPDATE logins SET password_hash = ?, updated_at = ? WHERE id = ?", passwordHash, tx.stamp(), id)
	return errors.Join(err, tx.endSessions(id))
}

// endSessions signs a login off everywhere; links that were not opened yet are void too.
func (tx *Tx) endSessions(id int64) error {
	_, err := tx.execAside("DELETE FROM sessions WHERE login_id = ?", id)
	if err != nil {
		return err
	}
	_, err = tx.execAside("DELETE FROM tickets WHERE login_id = ?", id)
	return err
}

// endSessionsOfAccount signs an account and all its subusers off.
func (tx *Tx) endSessionsOfAccount(id int64) error {
	logins, err := collect(tx, scanCount, "SELECT id FROM subusers WHERE account_id = ?", id)
	for _, login := range append(logins, id) {
		err = errors.Join(err, tx.endSessions(login))
	}
	return err
}
