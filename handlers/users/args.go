// Package users is what both dialects share of an account with websites: the fields of
// Installatron's create page, how they are checked and stored, and the user object of its answers.
package users

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"panelgate/handlers"
	"panelgate/location"
	"panelgate/phpform"
)

// docs is where the vendor documents its API.
const docs = "https://installatron.com/api/is/"

// UpsertArgs are the fields of Installatron's create page. An omitted field keeps what is stored,
// and gets the page's default where the account is new.
type UpsertArgs struct {
	ID        string                      `url:"id" validate:"required,id" doc:"Name of the user: 1 to 64 letters, digits or . _ - @"`
	Email     phpform.Optional[string]    `url:"email" validate:"email" doc:"Primary e-mail address."`
	Language  phpform.Optional[string]    `url:"language" validate:"language" doc:"Language code such as en, nl or zh_tw; answers call it locale."`
	Package   phpform.Optional[string]    `url:"package" validate:"line" doc:"Name of the hosting package; any text."`
	Parent    phpform.Optional[string]    `url:"parent" validate:"id" doc:"Reseller who owns the user; the main administrative user by default."`
	Suspended phpform.Optional[bool]      `url:"suspended" doc:"true suspends the user."`
	Type      phpform.Optional[string]    `url:"type" enum:"user|reseller" doc:"user by default."`
	Websites  phpform.Optional[[]Website] `url:"websites" doc:"The whole list of websites: it replaces the stored one, and an empty one clears it."`
}

// Website is one entry of websites[].
type Website struct {
	Path      string                   `url:"path" secret:"yes" doc:"Required unless paths are given on demand. Local directory, or ssh, sftp, ftp or ftps://USER:PASS@HOST[:PORT][/DIR], without trailing separator; user and password percent-encoded."`
	Vhosts    phpform.Pairs[string]    `url:"vhosts" doc:"scheme://host → docroot below path."`
	Databases []Database               `url:"databases" doc:"Databases that were made for the website."`
	UID       phpform.Optional[uint32] `url:"uid" doc:"POSIX user ID of created files; required where path is local, else unused."`
	GID       phpform.Optional[uint32] `url:"gid" doc:"POSIX group ID of created files; required where path is local, else unused."`
	Label     string                   `url:"label" validate:"line" doc:"Text that names the website among the user's."`
	Language  string                   `url:"language" validate:"language" doc:"Language code; the user's by default."`
	Server    string                   `url:"server" validate:"line" doc:"Name of the physical web server; the host of path by default."`
	Suspended bool                     `url:"suspended" doc:"true suspends the website."`
	VhostIP   string                   `url:"vhost_ip" validate:"ip" doc:"Address that the vhosts should resolve to."`
	Email     string                   `url:"email" validate:"email" doc:"E-mail address of the website's owner."`
	Parent    string                   `url:"parent" validate:"id" doc:"Owner of the website; the user's parent by default."`
	Reseller  string                   `url:"reseller" validate:"id" doc:"Another name of parent, from the page's example."`

	location location.Location
}

// Database is one entry of websites[][databases][].
type Database struct {
	Type string `url:"type" enum:"mysql" doc:"mysql, which is the default."`
	Host string `url:"host" validate:"required,line" doc:"Host, or host:port, of the database server."`
	Name string `url:"name" validate:"required,line" doc:"Name of the database."`
	User string `url:"user" validate:"required,line" doc:"User with full privileges on the database."`
	Pass string `url:"pass" validate:"required" secret:"yes" doc:"Password of that user; not URL-encoded."`
}

// Check looks at what takes more than one field to judge: the path and its owner, the vhosts.
func (a *UpsertArgs) Check() error {
	for i := range a.Websites.Value {
		if err := a.Websites.Value[i].check("websites[" + strconv.Itoa(i) + "]"); err != nil {
			return err
		}
	}
	return nil
}

func (w *Website) check(field string) error {
	if err := w.checkPath(field); err != nil {
		return err
	}
	for i, database := range w.Databases {
		if database.Pass == hidden {
			return handlers.Invalid(fmt.Sprintf("%s[databases][%d][pass]", field, i), "is the mask of an answer to a token that sees no credentials; send the password itself")
		}
	}
	for _, vhost := range w.Vhosts {
		if err := checkVhost(vhost.Key, vhost.Value, handlers.SafeField(field+"[vhosts]["+vhost.Key+"]")); err != nil {
			return err
		}
	}
	return nil
}

// checkPath looks at path and owner. Whether a website may have no path is for the action to say,
// which knows the server's settings.
func (w *Website) checkPath(field string) (err error) {
	if w.Path == "" {
		return nil
	}
	if w.location, err = location.Parse(w.Path); err != nil {
		return handlers.Invalid(field+"[path]", err.Error())
	}
	switch {
	case w.location.IsLocal() && !w.UID.Set:
		return handlers.Missing(field + "[uid]")
	case w.location.IsLocal() && !w.GID.Set:
		return handlers.Missing(field + "[gid]")
	}
	return nil
}

func checkVhost(origin, docroot, field string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Scheme+"://"+u.Host != origin {
		return handlers.Invalid(field, "must be named scheme://host, such as http://website.com")
	}
	if strings.HasPrefix(docroot, "/") || strings.HasSuffix(docroot, "/") {
		return handlers.Invalid(field, "must be a directory below path, without a slash at either end")
	}
	for part := range strings.SplitSeq(docroot, "/") {
		if part == ".." {
			return handlers.Invalid(field, "must be a directory below path, without .. parts")
		}
	}
	return nil
}
