package store

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Website is a domain definition of an account.
// Source: https://installatron.com/api/is/users/create, websites[].
type Website struct {
	Path      string // local directory or URI with credentials; sealed at rest
	Label     string // unique within the account, unless empty
	Server    string // names the physical web server
	Parent    string // "" is the account's parent
	Email     string
	Language  string // "" is the account's
	VhostIP   string
	Suspended bool
	UID, GID  *int64 // POSIX owner of created files; nil where the path is remote
	Vhosts    []Vhost
	Databases []Database
}

// Vhost says where a web site's files are: Origin is scheme://host, Docroot is below the path.
type Vhost struct{ Origin, Docroot string }

// Database is one that was made for a website beforehand. Pass is sealed at rest.
type Database struct{ Type, Host, Name, User, Pass string }

// The names under which secret columns are sealed. Changing one makes its rows unreadable.
const (
	sealedPath = "websites.path"
	sealedPass = "website_databases.pass"
)

// Websites gives an account's websites in the order in which they were sent. Whoever has the
// account has found it within their scope.
func (tx *Tx) Websites(account Account) ([]Website, error) {
	if w := tx.websites; w != nil && w.account == account.ID {
		return w.list, nil
	}
	byAccount, err := tx.WebsitesOf([]Account{account})
	if err == nil {
		tx.websites = &websites{account.ID, byAccount[account.ID]}
	}
	return byAccount[account.ID], err
}

// websitesAtOnce is how many accounts one query of WebsitesOf asks for.
const websitesAtOnce = 250

// WebsitesOf gives the websites of many accounts, by the account's ID.
func (tx *Tx) WebsitesOf(accounts []Account) (map[int64][]Website, error) {
	sites := make(map[int64][]Website, len(accounts))
	for some := range slices.Chunk(accounts, websitesAtOnce) {
		in, args := idList(some)
		for _, load := range []func(map[int64][]Website, string, []any) error{tx.loadWebsites, tx.loadVhosts, tx.loadDatabases} {
			if err := load(sites, " WHERE account_id IN ("+in+") ORDER BY account_id, ", args); err != nil {
				return nil, err
			}
		}
	}
	return sites, nil
}

// idList gives the placeholders of an IN list and their arguments. There are two lengths, for one
// and for many, so that there are two statements to prepare; no row has the ID 0 that fills up.
func idList(accounts []Account) (placeholders string, args []any) {
	length := 1
	if len(accounts) > 1 {
		length = websitesAtOnce
	}
	args = make([]any, length)
	for i := range args {
		args[i] = int64(0)
		if i < len(accounts) {
			args[i] = accounts[i].ID
		}
	}
	return strings.TrimSuffix(strings.Repeat("?,", length), ","), args
}

func (tx *Tx) loadWebsites(sites map[int64][]Website, where string, args []any) error {
	_, err := collect(tx, func(r *row) (w Website, err error) {
		var account, position int64
		var path []byte
		err = r.Scan(&account, &position, &path, &w.Label, &w.Server, &w.Parent, &w.Email, &w.Language, &w.VhostIP,
			&w.Suspended, &w.UID, &w.GID)
		if err != nil {
			return w, err
		}
		w.Path, err = tx.unseal(path, sealedPath, account, position)
		sites[account] = append(sites[account], w)
		return w, err
	}, `SELECT account_id, position, path, label, server, parent, email, language, vhost_ip, suspended, uid, gid
		FROM websites`+where+"position", args...)
	return err
}

func (tx *Tx) loadVhosts(sites map[int64][]Website, where string, args []any) error {
	_, err := collect(tx, func(r *row) (v Vhost, err error) {
		var account, site int64
		if err := r.Scan(&account, &site, &v.Origin, &v.Docroot); err != nil {
			return v, err
		}
		sites[account][site].Vhosts = append(sites[account][site].Vhosts, v)
		return v, nil
	}, "SELECT account_id, website, origin, docroot FROM website_vhosts"+where+"website, position", args...)
	return err
}

func (tx *Tx) loadDatabases(sites map[int64][]Website, where string, args []any) error {
	_, err := collect(tx, func(r *row) (d Database, err error) {
		var account, site, position int64
		var pass []byte
		if err := r.Scan(&account, &site, &position, &d.Type, &d.Host, &d.Name, &d.User, &pass); err != nil {
			return d, err
		}
		d.Pass, err = tx.unseal(pass, sealedPass, account, site, position)
		sites[account][site].Databases = append(sites[account][site].Databases, d)
		return d, err
	}, "SELECT account_id, website, position, type, host, name, \"user\", pass FROM website_databases"+where+"website, position",
		args...)
	return err
}

// replaceWebsites makes sites the account's whole list.
func (tx *Tx) replaceWebsites(accountID int64, sites []Website) error {
	if _, err := tx.execOf(accountID, "DELETE FROM websites WHERE account_id = ?", accountID); err != nil {
		return err
	}
	return tx.insertWebsites(accountID, sites)
}

// insertWebsites gives an account that has none its websites: positions run from 0, so that they are
// indexes of the list.
func (tx *Tx) insertWebsites(accountID int64, sites []Website) error {
	for i, w := range sites {
		if err := tx.insertWebsite(accountID, int64(i), w); err != nil {
			return err
		}
	}
	tx.websites = &websites{accountID, slices.Clone(sites)} // as they would be read
	return nil
}

func (tx *Tx) insertWebsite(accountID, position int64, w Website) error {
	path, err := tx.seal(w.Path, sealedPath, accountID, position)
	if err != nil {
		return err
	}
	_, err = tx.execOf(accountID, `INSERT INTO websites
		(account_id, position, path, label, server, parent, email, language, vhost_ip, suspended, uid, gid)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		accountID, position, path, w.Label, w.Server, w.Parent, w.Email, w.Language, w.VhostIP, w.Suspended,
		nullable(w.UID), nullable(w.GID))
	if isUnique(err) {
		return taken(fmt.Sprintf("websites[%d][label]", position), w.Label)
	}
	if err != nil {
		return err
	}
	if err := tx.insertVhosts(accountID, position, w.Vhosts); err != nil {
		return err
	}
	return tx.insertDatabases(accountID, position, w.Databases)
}

func (tx *Tx) insertVhosts(accountID, website int64, vhosts []Vhost) error {
	for i, v := range vhosts {
		_, err := tx.execOf(accountID, `INSERT INTO website_vhosts (account_id, website, position, origin, docroot)
			VALUES (?, ?, ?, ?, ?)`, accountID, website, i, v.Origin, v.Docroot)
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) insertDatabases(accountID, website int64, databases []Database) error {
	for i, d := range databases {
		pass, err := tx.seal(d.Pass, sealedPass, accountID, website, int64(i))
		if err != nil {
			return err
		}
		_, err = tx.execOf(accountID, `INSERT INTO website_databases (account_id, website, position, type, host, name, "user", pass)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, accountID, website, i, d.Type, d.Host, d.Name, d.User, pass)
		if err != nil {
			return err
		}
	}
	return nil
}

func nullable(n *int64) sql.NullInt64 {
	if n == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: *n, Valid: true}
}
