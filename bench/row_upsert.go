package main

import (
	"context"
	"strconv"
)

// writers is how many clients upsert at once.
const writers = 64

// upserted is what a client sends to make a user: one website with a path, a virtual host and a database. What
// panelgate stores of it are a row in logins, accounts, websites, website_vhosts, website_databases and audit, and the
// new end of the audit chain.
func upserted(id string) string {
	return form("action", "users/upsert", "id", id, "email", id+"@example.com", "language", "en",
		"websites[0][path]", "sftp://user:"+password+"@"+id+".example.com/home", "websites[0][label]", id+".example.com",
		"websites[0][vhosts][http://"+id+".example.com]", "httpdocs",
		"websites[0][databases][0][type]", "mysql", "websites[0][databases][0][host]", "127.0.0.1",
		"websites[0][databases][0][name]", id, "websites[0][databases][0][user]", id, "websites[0][databases][0][pass]", password)
}

// modelUser is the user whose rows the peers write anew under other names: made by panelgate, so that they are the same.
const modelUser = "n000000000"

func measureUpsert(ctx context.Context, lab *lab) ([]measure, error) {
	db, err := lab.copyOf(ctx, lab.accounts)
	if err != nil {
		return nil, err
	}
	if err := lab.makeModel(ctx, db); err != nil {
		return nil, err
	}
	ours, err := lab.copyFrom(db)
	if err != nil {
		return nil, err
	}
	panelgate, api, err := lab.startPanelgate(ctx, ours)
	if err != nil {
		return nil, err
	}
	defer panelgate.stop()
	upserts := lab.side(panelgate, load{url: api, form: upserted("n" + serialNumber), connections: writers, accounts: lab.accounts})
	var all []measure
	for _, peer := range []struct {
		of      string
		against string
		group   int
		mark    mark
	}{
		{"users/s, grouped", "the same rows in groups of 64 straight to the driver", writers, atLeast(0.6)},
		{"users/s, one by one", "one transaction a user through the driver", 1, atLeast(3)},
	} {
		theirs, err := lab.copyFrom(db)
		if err != nil {
			return nil, err
		}
		taken, err := lab.alternate(ctx, upserts, lab.peer("write", "--db", theirs, "--group", strconv.Itoa(peer.group)))
		if err != nil {
			return nil, err
		}
		all = append(all, measure{What: "`users/upsert` of new users, 64 clients, durable", Against: peer.against, Of: peer.of,
			Values: taken.ratios(byRate), Mark: peer.mark, Detail: taken.detail()})
	}
	return all, nil
}

// makeModel lets panelgate make the model user, and ends it, so that the file is whole.
func (lab *lab) makeModel(ctx context.Context, db string) error {
	panelgate, api, err := lab.startPanelgate(ctx, db)
	if err != nil {
		return err
	}
	defer panelgate.stop()
	_, err = post(ctx, api, upserted(modelUser))
	return err
}
