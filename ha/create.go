package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"panelgate/client"
)

const (
	creators = 2
	mostSent = 200 // times that one account is sent: for longer than any outage lasts
)

// creates are the accounts that were made meanwhile, each sent with an idempotency key, and again with it until it is
// acknowledged.
type creates struct {
	mu           sync.Mutex
	acknowledged []string
	again        int // calls that were sent again
}

// create makes accounts until ctx ends. What is under way is then sent until it is acknowledged too.
func (l *load) create(ctx context.Context, creator int) {
	for n := 0; pause(ctx, think); n++ {
		name := fmt.Sprintf("made%dx%d", creator, n)
		api := l.api.With(client.WithIdempotencyKey("create-" + name))
		for sent := range mostSent {
			began := time.Since(l.began)
			_, err := api.CreateUser(context.WithoutCancel(ctx), client.UserChange{ID: name})
			fate, kind := judge(err)
			l.journal.add(call{account: name, write: true, began: began, ended: time.Since(l.began), fate: fate, kind: kind})
			if fate == done {
				l.creates.note(name, sent)
				break
			}
			time.Sleep(think)
		}
	}
}

func (c *creates) note(name string, again int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acknowledged = append(c.acknowledged, name)
	c.again += again
}

// missing is how many acknowledged accounts are not there.
func (l *load) missing(ctx context.Context) (missing int, err error) {
	body, err := l.api.Call(ctx, "accounts/listaccounts", nil)
	if err != nil {
		return 0, err
	}
	var list struct{ Data []struct{ User string } }
	if err := json.Unmarshal(body, &list); err != nil {
		return 0, err
	}
	there := map[string]bool{}
	for _, account := range list.Data {
		there[account.User] = true
	}
	for _, name := range l.creates.acknowledged {
		if !there[name] {
			missing++
		}
	}
	return missing, nil
}
