package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"panelgate/client"
)

const (
	accounts = 16
	think    = 400 * time.Millisecond // between two calls of a worker, on average
	first    = "first@example.com"    // what is read before anything was written
)

// load is clients that write and read for as long as they are let, each account a register: its email. Two write it,
// a value of their own each time, and two read it, in both dialects.
type load struct {
	base, token string
	inspector   *inspector
	api         *client.Client
	began       time.Time
	journal     journal
	creates     creates
	workers     sync.WaitGroup
	stop        context.CancelFunc
}

func newLoad(base, token string) *load {
	l := &load{base: base, token: token, inspector: newInspector(), began: time.Now()}
	l.api = client.New(base, token, client.WithHTTPClient(l.inspector.client()))
	return l
}

func accountName(n int) string { return fmt.Sprintf("register%d", n) }

// start makes the accounts and lets the clients begin.
func (l *load) start(ctx context.Context) error {
	ctx, l.stop = context.WithCancel(ctx)
	email := first
	for n := range accounts {
		if _, err := l.api.CreateUser(ctx, client.UserChange{ID: accountName(n), Email: &email}); err != nil {
			return fmt.Errorf("make %s: %w", accountName(n), err)
		}
	}
	worker := 0
	for n := range accounts {
		for _, do := range []func(context.Context, *call) error{l.writeForm, l.writeREST, l.readForm, l.readREST} {
			worker++
			l.workers.Go(l.loop(ctx, worker, accountName(n), do))
		}
	}
	for n := range creators {
		l.workers.Go(func() { l.create(ctx, n) })
	}
	return nil
}

// end lets the calls that are under way finish, but begins no others.
func (l *load) end() {
	l.stop()
	l.workers.Wait()
}

// loop makes one worker's calls until ctx ends.
func (l *load) loop(ctx context.Context, worker int, account string, do func(context.Context, *call) error) func() {
	return func() {
		for n := 0; pause(ctx, think); n++ {
			c := call{worker: worker, account: account, value: fmt.Sprintf("w%d-%d@example.com", worker, n), began: time.Since(l.began)}
			err := do(context.WithoutCancel(ctx), &c)
			c.ended = time.Since(l.began)
			c.fate, c.kind = judge(err)
			l.journal.add(c)
		}
	}
}

// pause waits, half to three halves of the time, and reports whether to go on.
func pause(ctx context.Context, mean time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(mean/2 + rand.N(mean)):
		return true
	}
}

func (l *load) writeForm(ctx context.Context, c *call) error {
	c.write = true
	_, err := l.api.UpsertUser(ctx, client.UserChange{ID: c.account, Email: &c.value})
	return err
}

func (l *load) writeREST(ctx context.Context, c *call) error {
	c.write = true
	_, err := l.api.CreateUser(ctx, client.UserChange{ID: c.account, Email: &c.value})
	return err
}

func (l *load) readForm(ctx context.Context, c *call) error {
	body, err := l.api.Call(ctx, "accounts/listaccounts", url.Values{"accountuser": {c.account}})
	if err != nil {
		return err
	}
	var list struct{ Data []struct{ Email string } }
	if err := json.Unmarshal(body, &list); err != nil {
		return err
	}
	if len(list.Data) != 1 {
		return fmt.Errorf("%d accounts are named %s", len(list.Data), c.account)
	}
	c.value = list.Data[0].Email
	return nil
}

func (l *load) readREST(ctx context.Context, c *call) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+"/users/"+c.account, nil)
	if err != nil {
		return err
	}
	r.Header.Set("X-API-KEY", l.token)
	response, err := l.inspector.client().Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		ErrCode, Message string
		Data             struct{ Email string }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return &client.Error{Status: response.StatusCode, Code: answer.ErrCode, Message: answer.Message}
	}
	c.value = answer.Data.Email
	return nil
}
