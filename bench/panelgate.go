package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// enough is a rate that nobody reaches. Budgets are counted, as in service, and refuse nothing.
const enough = "1000000/s"

// startPanelgate serves a database on a free port, with more flags, and gives the address of api.php.
func (lab *lab) startPanelgate(ctx context.Context, db string, flags ...string) (*process, string, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	args := append([]string{"serve", "--db", db, "--listen", address, "--rate-token", enough, "--rate-address", enough}, flags...)
	p, err := lab.startProcess(ctx, lab.panelgate, args...)
	if err != nil {
		return nil, "", err
	}
	api := "http://" + address + "/spanel/api.php"
	err = p.await(ctx, func() error { _, err := post(ctx, api, form("action", "toolbox/apicheck")); return err })
	if err != nil {
		p.stop()
		return nil, "", err
	}
	return p, api, nil
}

// startOn is startPanelgate with a seeded database of so many accounts.
func (lab *lab) startOn(ctx context.Context, accounts int, flags ...string) (*process, string, error) {
	db, err := lab.database(ctx, accounts)
	if err != nil {
		return nil, "", err
	}
	return lab.startPanelgate(ctx, db, flags...)
}

// awaitIntegrity waits until a server has looked through its database, which it does once after each start.
func awaitIntegrity(ctx context.Context, p *process, api string) error {
	address := strings.TrimSuffix(api, "/spanel/api.php") + "/readyz"
	return p.await(ctx, func() error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		ready, err := answer(r)
		if err == nil && !strings.Contains(ready, `"integrity"`) {
			err = errors.New("the database is still being looked through")
		}
		return err
	})
}

// form writes fields as a body of api.php: names and values in turns, with the token before them. Braces stay as they
// are: they are the variables of a load.
func form(fields ...string) string {
	text := "token=" + token
	for i := 0; i < len(fields); i += 2 {
		text += "&" + url.QueryEscape(fields[i]) + "=" + url.QueryEscape(fields[i+1])
	}
	return strings.NewReplacer("%7B", "{", "%7D", "}").Replace(text)
}

// post gives the answer to a form. A status that is no success is an error.
func post(ctx context.Context, address, form string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return answer(r)
}

func answer(r *http.Request) (string, error) {
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return string(body), err
}
