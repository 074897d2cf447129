// Pocketbase is the peer of panelgate's reads as a program on PocketBase would be written: a collection of subusers with
// an index on the account, listed through PocketBase's own REST API. It has a module of its own, since it needs other
// versions of the driver than panelgate does.
package main

import (
	"database/sql"
	"flag"
	"log"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

func main() {
	listen := flag.String("listen", "", "address to listen on")
	data := flag.String("data", "", "folder of PocketBase's own data")
	from := flag.String("from", "", "database of panelgate whose subusers are copied")
	flag.Parse()
	if err := serve(*listen, *data, *from); err != nil {
		log.Fatal(err)
	}
}

func serve(listen, data, from string) error {
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: data, HideStartBanner: true})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	settings := app.Settings()
	settings.Logs.MaxDays = 0 // as panelgate does not log calls either
	if err := app.Save(settings); err != nil {
		return err
	}
	if err := makeCollection(app); err != nil {
		return err
	}
	if err := app.RunInTransaction(func(tx core.App) error { return copySubusers(tx, from) }); err != nil {
		return err
	}
	return apis.Serve(app, apis.ServeConfig{HttpAddr: listen})
}

// makeCollection makes the collection that everybody may list.
func makeCollection(app core.App) error {
	subusers := core.NewBaseCollection("subusers")
	subusers.ListRule = types.Pointer("")
	subusers.Fields.Add(&core.TextField{Name: "account", Required: true}, &core.TextField{Name: "user", Required: true},
		&core.JSONField{Name: "permissions"}, &core.BoolField{Name: "currentuser"}, &core.BoolField{Name: "twofactor"})
	subusers.AddIndex("subusers_account", false, "account", "")
	return app.Save(subusers)
}

// copySubusers inserts the rows straight into the collection's table: through records it would take minutes.
func copySubusers(app core.App, from string) error {
	source, err := sql.Open("sqlite", "file:"+from+"?mode=ro")
	if err != nil {
		return err
	}
	defer source.Close()
	rows, err := source.Query(`SELECT a.name, l.name, s.permissions FROM subusers s
		JOIN logins l ON l.id = s.id JOIN logins a ON a.id = s.account_id ORDER BY s.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	insert := app.DB().NewQuery("INSERT INTO subusers (account, user, permissions, currentuser, twofactor) VALUES ({:account}, {:user}, {:permissions}, FALSE, FALSE)").Prepare()
	defer insert.Close()
	for rows.Next() {
		var account, user, permissions string
		if err := rows.Scan(&account, &user, &permissions); err != nil {
			return err
		}
		if _, err := insert.Bind(dbx.Params{"account": account, "user": user, "permissions": permissions}).Execute(); err != nil {
			return err
		}
	}
	return rows.Err()
}
