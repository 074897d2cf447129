package users

import (
	"context"
	"fmt"

	"panelgate/handlers"
	"panelgate/location"
	"panelgate/ondemand"
	"panelgate/probe"
)

// connect tests every path and every database of a user, as a dry run of the user's change does.
func connect(ctx context.Context, r *handlers.Request, reply any) []probe.Finding {
	user := reply.(Row)
	var findings []probe.Finding
	var directories []probe.Directory
	var databases []probe.Database
	for i, site := range user.Websites {
		field := fmt.Sprintf("websites[%d]", i)
		path, err := pathOf(ctx, r, user.ID, site)
		if err != nil {
			findings = append(findings, probe.Finding{Field: field + "[path]", Code: probe.FilesystemOnDemand, Message: err.Error()})
		} else {
			directories = append(directories, directoryOf(field, path, site))
		}
		for k, db := range site.Databases {
			databases = append(databases, probe.Database{Field: fmt.Sprintf("%s[databases][%d]", field, k),
				Host: db.Host, Name: db.Name, User: db.User, Password: db.Pass})
		}
	}
	return append(findings, r.Prober.Run(ctx, directories, databases)...)
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

// resolve fills in the paths that are given on demand, for a view that asks for them.
func resolve(ctx context.Context, r *handlers.Request, args, reply any) (any, error) {
	user := reply.(Row)
	if !args.(*ViewArgs).Resolve {
		return user, nil
	}
	for i, site := range user.Websites {
		if site.Path != nil {
			continue
		}
		path, err := ask(ctx, r, user.ID, site)
		if err != nil {
			field := fmt.Sprintf("websites[%d][path]", i)
			return nil, handlers.ProbeFailed([]probe.Finding{{Field: field, Code: probe.FilesystemOnDemand, Message: err.Error()}})
		}
		user.Websites[i].Path = &path
	}
	return user, nil
}
