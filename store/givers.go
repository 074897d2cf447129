package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"panelgate/permissions"
)

// Nobody holds more than who gave it to them: a subuser no more than the subuser or the account
// that made it, an account no more than its reseller, an admin no more than the admin that made it.
// What is stored is what was given; what is held is what all of the chain hold, whenever it is asked.

// givers is the step of a recursive query from who holds something (chain c, column giver) to who gave
// it to them. A view of all holders would read better, and SQLite would read all of them each time.
const (
	givers      = "FROM chain c LEFT JOIN accounts ga ON ga.id = c.giver LEFT JOIN subusers gs ON gs.id = c.giver LEFT JOIN admins gd ON gd.id = c.giver"
	theirGiver  = "COALESCE(ga.parent_id, gs.giver_id, gs.account_id, gd.giver_id)"
	theirGrants = "COALESCE(ga.permissions, gs.permissions, gd.permissions)"
)

// heldBy writes the expression for the permissions of a login and of all above it, one after the
// other, to be read by readHeld. A chain that is too long to be real gives NULL, which holds nothing.
func heldBy(login string) string {
	return `(WITH RECURSIVE chain (giver, held, depth) AS (
			SELECT CAST(` + login + ` AS BIGINT), '', 0
			UNION ALL SELECT ` + theirGiver + `, c.held || ` + theirGrants + `, c.depth + 1 ` + givers + `
				WHERE c.giver IS NOT NULL AND c.depth < 64
		) SELECT held FROM chain WHERE giver IS NULL)`
}

// heldByJoined is heldBy for a query that has joined the login's account (a) and subuser (s): most have
// no givers but these, and need no recursion.
func heldByJoined(login string) string {
	return `CASE WHEN a.id IS NOT NULL AND a.parent_id IS NULL AND s.giver_id IS NULL
		THEN COALESCE(s.permissions, '') || a.permissions ELSE COALESCE(` + heldBy(login) + `, '') END`
}

// storedAll is how the grant of everything is stored. No other one ends so.
const storedAll = `"all"`

// readHeld gives what is left of a chain of permissions. The first is the login's own. Most end in accounts that hold
// everything, which takes nothing away.
func readHeld(chain string) (own, held permissions.Grant, err error) {
	for cut := chain != ""; cut; {
		if chain, cut = strings.CutSuffix(chain, storedAll); chain == "" {
			return permissions.All(), permissions.All(), nil
		}
	}
	grants := json.NewDecoder(strings.NewReader(chain))
	for n := 0; ; n++ {
		var grant permissions.Grant
		if err := grants.Decode(&grant); errors.Is(err, io.EOF) {
			return own, held, nil
		} else if err != nil {
			return own, permissions.None(), fmt.Errorf("stored permissions: %w", err)
		}
		if n == 0 {
			own, held = grant, grant
		}
		held = held.Intersect(grant)
	}
}

// giver is whom an admin or subuser (to) has its permissions from once by has changed them; NULL is
// the operator or the account. Whoever changes their own, or those of somebody they have theirs from,
// leaves the giver (was) as it is: they can only take away, since nobody gives more than they hold.
func (tx *Tx) giver(by, to, was int64) (any, error) {
	above, err := tx.HasFrom(by, to)
	if above {
		by = was
	}
	return nonZero(by), err
}

// HasFrom reports whether a login has its permissions from another, be it through others. One has them from itself, too.
func (tx *Tx) HasFrom(login, giver int64) (bool, error) {
	found, err := one(collect(tx, scanCount, `WITH RECURSIVE chain (giver) AS (
			SELECT CAST(? AS BIGINT) UNION SELECT `+theirGiver+` `+givers+` WHERE c.giver IS NOT NULL
		) SELECT COUNT(*) FROM chain WHERE giver = ?`, login, giver))
	return found > 0, err
}

// writeGiven is writeGrant for what is given within a scope. A reseller gives no more than it holds, also where nobody
// said what to give: by default, or with a package.
func (tx *Tx) writeGiven(scope Scope, grant permissions.Grant) (string, error) {
	if scope.reseller == 0 {
		return writeGrant(grant)
	}
	chain, err := one(collect(tx, scanName, "SELECT COALESCE("+heldBy("?")+", '')", scope.reseller))
	if err != nil {
		return "", err
	}
	_, held, err := readHeld(chain)
	if err != nil {
		return "", err
	}
	return writeGrant(grant.Intersect(held))
}

// inherit makes those whom a login gave permissions its giver's, before it is deleted. They keep
// what they hold now and get no more by losing who restricted them.
func (tx *Tx) inherit(table string, account, login int64, giver any, held permissions.Grant) error {
	type heir struct {
		id    int64
		grant permissions.Grant
	}
	heirs, err := collect(tx, func(r *row) (h heir, err error) {
		var stored string
		err = r.Scan(&h.id, &stored)
		return h, errors.Join(err, readGrant(stored, &h.grant))
	}, "SELECT id, permissions FROM "+table+" WHERE giver_id = ?", login)
	for _, h := range heirs {
		stored, encodeErr := writeGrant(h.grant.Intersect(held))
		_, execErr := tx.execOf(account, "UPDATE "+table+" SET giver_id = ?, permissions = ? WHERE id = ?", giver, stored, h.id)
		err = errors.Join(err, encodeErr, execErr)
	}
	return err
}

// Heirs names whom a login gave permissions: they will have them from its own giver once it is deleted.
func (tx *Tx) Heirs(login int64) ([]string, error) {
	return collect(tx, scanName, `SELECT l.name FROM subusers s JOIN logins l ON l.id = s.id WHERE s.giver_id = ?1
		UNION ALL SELECT l.name FROM admins d JOIN logins l ON l.id = d.id WHERE d.giver_id = ?1 ORDER BY 1`, login)
}
