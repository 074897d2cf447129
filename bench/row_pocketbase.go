package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
)

func measurePocketBase(ctx context.Context, lab *lab) ([]measure, error) {
	panelgate, api, err := lab.startOn(ctx, lab.accounts)
	if err != nil {
		return nil, err
	}
	defer panelgate.stop()
	peer, list, err := lab.startPocketBase(ctx)
	if err != nil {
		return nil, err
	}
	defer peer.stop()
	theirs := lab.side(peer, load{url: list, connections: lab.connections, accounts: lab.accounts})
	ours, err := lab.warmReads(ctx, "user/listsubusers", panelgate, api)
	if err != nil {
		return nil, err
	}
	taken, err := lab.alternate(ctx, ours, theirs)
	if err != nil {
		return nil, err
	}
	return []measure{{What: "`user/listsubusers`, random account", Against: "PocketBase as a Go library, an indexed filter on the same rows",
		Of: "requests/s", Values: taken.ratios(byRate), Mark: atLeast(10), Detail: taken.detail()}}, nil
}

// startPocketBase serves a copy of the seeded subusers and gives the address of the list of a random account's. The
// list is the cheapest that PocketBase has: anybody may read it, and it is not asked how many there are.
func (lab *lab) startPocketBase(ctx context.Context) (*process, string, error) {
	db, err := lab.database(ctx, lab.accounts)
	if err != nil {
		return nil, "", err
	}
	program := filepath.Join(lab.dir, "pocketbase")
	lab.say("building PocketBase: the first time takes minutes")
	if err := buildIn(ctx, "pocketbase", program); err != nil {
		return nil, "", err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	peer, err := lab.startProcess(ctx, program, "--listen", address, "--data", filepath.Join(lab.dir, "pocketbase-data"), "--from", db)
	if err != nil {
		return nil, "", err
	}
	list := "http://" + address + "/api/collections/subusers/records?skipTotal=1&filter=(account='" + randomAccount + "')"
	if err := peer.await(ctx, func() error { return listsThree(ctx, list) }); err != nil {
		peer.stop()
		return nil, "", err
	}
	return peer, list, nil
}

// listsThree reports whether a list has the three subusers of an account.
func listsThree(ctx context.Context, list string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.ReplaceAll(list, randomAccount, "u0000001"), nil)
	if err != nil {
		return err
	}
	text, err := answer(r)
	if n := strings.Count(text, `"user":"u0000001_s`); err == nil && n != 3 {
		err = fmt.Errorf("it lists %d subusers of three: %s", n, text)
	}
	return err
}
