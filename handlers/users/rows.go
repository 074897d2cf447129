package users

import (
	"panelgate/phpform"
	"panelgate/store"
)

// Row is the user object of Installatron's answers, its fields in the order of the page's example.
type Row struct {
	ID        string       `json:"id"`
	Parent    string       `json:"parent"`
	Type      string       `json:"type"`
	Suspended bool         `json:"suspended"`
	Locale    string       `json:"locale"`
	Email     string       `json:"email"`
	Websites  []WebsiteRow `json:"websites"`
}

// WebsiteRow is one website of a [Row]. The fields after vhosts are those that the page's table
// has and its example leaves out; they are left out here too while they are unset.
type WebsiteRow struct {
	Path      *string               `json:"path"`                 // null where it is given on demand
	PathError string                `json:"path_error,omitempty"` // why a path that was asked for is not there
	Label     string                `json:"label"`
	Server    string                `json:"server"`
	Parent    string                `json:"parent"`
	Databases []DatabaseRow         `json:"databases"`
	Vhosts    phpform.Pairs[string] `json:"vhosts"`
	UID       *int64                `json:"uid,omitempty"`
	GID       *int64                `json:"gid,omitempty"`
	Language  string                `json:"language,omitempty"`
	VhostIP   string                `json:"vhost_ip,omitempty"`
	Suspended bool                  `json:"suspended,omitempty"`
	Email     string                `json:"email,omitempty"`
}

// DatabaseRow is one database of a [WebsiteRow].
type DatabaseRow struct {
	Type string `json:"type"`
	Host string `json:"host"`
	User string `json:"user"`
	Name string `json:"name"`
	Pass string `json:"pass"`
}

func rowOf(a store.Account, websites []store.Website, adminUser string) Row {
	parent := a.Parent
	if parent == "" {
		parent = adminUser
	}
	row := Row{ID: a.Name, Parent: parent, Type: a.Type, Suspended: a.Suspension.Suspended, Locale: a.Language, Email: a.Email,
		Websites: make([]WebsiteRow, len(websites))}
	for i, w := range websites {
		row.Websites[i] = websiteRow(w, parent)
	}
	return row
}

func websiteRow(w store.Website, parent string) WebsiteRow {
	row := WebsiteRow{
		Label: w.Label, Server: w.Server, Parent: w.Parent, UID: w.UID, GID: w.GID, Language: w.Language,
		VhostIP: w.VhostIP, Suspended: w.Suspended, Email: w.Email,
		Databases: make([]DatabaseRow, len(w.Databases)),
	}
	if w.Path != "" {
		row.Path = &w.Path
	}
	if row.Parent == "" {
		row.Parent = parent
	}
	for _, v := range w.Vhosts {
		row.Vhosts = append(row.Vhosts, phpform.Pair[string]{Key: v.Origin, Value: v.Docroot})
	}
	for i, d := range w.Databases {
		row.Databases[i] = DatabaseRow{Type: d.Type, Host: d.Host, User: d.User, Name: d.Name, Pass: d.Pass}
	}
	return row
}
