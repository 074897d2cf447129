package users

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"panelgate/handlers"
	"panelgate/location"
	"panelgate/ondemand"
	"panelgate/probe"
)

// connect tests every path and every database of a user, as a dry run of the user's change does. A
// path that is given on demand is asked for within the time of all tests. Findings are in the order
// of the websites, those about paths before those about databases, as probe.Run has them.
func connect(ctx context.Context, r *handlers.Request, reply any) []probe.Finding {
	user := reply.(Row)
	var directories []probe.Directory
	var databases []probe.Database
	for i, site := range user.Websites {
		field := fmt.Sprintf("websites[%d]", i)
		directories = append(directories, probe.Directory{Field: field + "[path]", Locate: func(ctx context.Context) (probe.Directory, error) {
			path, err := pathOf(ctx, r, user.ID, site)
			return directoryOf(field, path, site), err
		}})
		for k, db := range site.Databases {
			databases = append(databases, probe.Database{Field: fmt.Sprintf("%s[databases][%d]", field, k),
				Host: db.Host, Name: db.Name, User: db.User, Password: db.Pass})
		}
	}
	return r.Prober.Run(ctx, directories, databases)
}

// pathOf gives where a website's files are, and asks for it where it is not stored.
func pathOf(ctx context.Context, r *handlers.Request, user string, site WebsiteRow) (location.Location, error) {
	if site.Path != nil {
		return location.Parse(*site.Path)
	}
	path, err := ask(ctx, r, user, site)
	if err != nil {
		return location.Location{}, err
	}
	found, err := location.Parse(path)
	if err != nil {
		err = fmt.Errorf("the path that was given on demand %w", err)
	}
	return found, err
}

// ask asks the operator's service for a path, which is stored nowhere.
func ask(ctx context.Context, r *handlers.Request, user string, site WebsiteRow) (string, error) {
	if r.PathOnDemand == nil {
		return "", fmt.Errorf("the website has no path, and the server has no service to ask for it")
	}
	vhosts := make(map[string]string, len(site.Vhosts))
	for _, v := range site.Vhosts {
		vhosts[v.Key] = v.Value
	}
	return r.PathOnDemand.Path(ctx, ondemand.Question{User: user, Label: site.Label, Server: site.Server, Vhosts: vhosts})
}

func directoryOf(field string, at location.Location, site WebsiteRow) probe.Directory {
	dir := probe.Directory{
		Field: field + "[path]", UIDField: field + "[uid]", GIDField: field + "[gid]",
		Scheme: at.Scheme, User: at.User, Password: at.Password, Host: at.Host, Port: at.Port, Dir: at.Dir,
	}
	if at.IsLocal() {
		dir.UID, dir.GID = site.UID, site.GID
	}
	for _, v := range site.Vhosts {
		dir.Docroots = append(dir.Docroots, probe.Docroot{Field: field + "[vhosts][" + v.Key + "]", Path: v.Value})
	}
	return dir
}

// resolve fills in the paths that are given on demand, for a view that asks for them. A path that is
// not to be had stays null: the rest of the view is worth showing.
func resolve(ctx context.Context, r *handlers.Request, args, reply any) (any, error) {
	user := reply.(Row)
	if !args.(*ViewArgs).Resolve {
		return user, nil
	}
	ctx, cancel := context.WithTimeout(ctx, probe.DefaultWhole)
	defer cancel()
	websites := slices.Clone(user.Websites)
	var all sync.WaitGroup
	for i := range websites {
		if websites[i].Path == nil {
			all.Go(func() { websites[i].resolve(ctx, r, user.ID) })
		}
	}
	all.Wait()
	user.Websites = websites
	return user, nil
}

func (w *WebsiteRow) resolve(ctx context.Context, r *handlers.Request, user string) {
	path, err := ask(ctx, r, user, *w)
	if err != nil {
		w.PathError = err.Error()
		return
	}
	w.Path = &path
}
