package users

import (
	"strings"
)

// hidden stands in for what a token may not see.
const hidden = "********"

// mask hides the credentials in a [Row]: user and password of paths, and passwords of databases.
func mask(reply any) any {
	row := reply.(Row) // anything else must not leave unmasked
	websites := row.Websites
	row.Websites = make([]WebsiteRow, len(websites)) // the reply may be needed as it is
	for i, site := range websites {
		if site.Path != nil {
			path := maskPath(*site.Path)
			site.Path = &path
		}
		databases := site.Databases
		site.Databases = make([]DatabaseRow, len(databases))
		for k, db := range databases {
			db.Pass = hidden
			site.Databases[k] = db
		}
		row.Websites[i] = site
	}
	return row
}

// maskPath leaves of a URI all but what stands before the host, as location.Parse tells it: up to
// the last @ before the first slash.
func maskPath(path string) string {
	scheme, rest, isURI := strings.Cut(path, "://")
	if !isURI {
		return path
	}
	authority, dir, hasDir := strings.Cut(rest, "/")
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	path = scheme + "://" + hidden + "@" + host
	if hasDir {
		path += "/" + dir
	}
	return path
}
