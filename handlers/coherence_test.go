package handlers_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panelgate/auth"
	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
	"panelgate/store"
)

// hammer is how long a test of coherence goes on.
func hammer(t *testing.T) context.Context {
	d := 3 * time.Second
	if testing.Short() {
		d = 500 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// watched is a subuser that is given one page more each time.
type watched struct {
	account, helper string
	acked           atomic.Int64 // how many pages it is known to have, at least
}

// read looks at the subuser and fails where less is seen than was acknowledged before.
func (w *watched) read(t *testing.T, api *client.Client, pages []string) {
	least := w.acked.Load()
	list, err := api.Subusers(t.Context(), w.account)
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
		return
	}
	if has := granted(list[0].Permissions, "email", pages); has < least {
		t.Errorf("%s has %d pages, after a write of %d was acknowledged", w.helper, has, least)
	}
}

// After a write is acknowledged no read on any connection shows what was before, however many read it at that moment
// and keep what they read.
func TestNoReadIsOlderThanAnAcknowledgedWrite(t *testing.T) {
	s := gatewaytest.NewServer(t)
	const writers, readers = 4, 3 // readers of each
	end, pages := hammer(t), pagesOf("email")
	var writes, reads atomic.Int64
	var all sync.WaitGroup
	next := func(name string) *watched {
		w := &watched{account: "of_" + name, helper: "helper_" + name}
		s.MustAccount(w.account)
		s.MustSubuser(client.NewSubuser{Account: w.account, Username: w.helper, Permissions: permissions.None()})
		return w
	}
	for i := range writers {
		var now atomic.Pointer[watched]
		now.Store(next(fmt.Sprintf("%d_0", i)))
		written, done := context.WithCancel(t.Context())
		for range readers {
			all.Go(func() {
				for api := s.Superuser(); written.Err() == nil; reads.Add(1) {
					now.Load().read(t, api, pages)
				}
			})
		}
		all.Go(func() {
			defer done()
			api := s.Superuser()
			for pass := 1; pass == 1 || end.Err() == nil; pass++ {
				w := now.Load()
				for n := range pages {
					if _, err := api.SetSubuserPermissions(t.Context(), w.account, w.helper, permissions.Of("email", pages[:n+1]...)); err != nil {
						t.Error(err)
						return
					}
					w.acked.Store(int64(n + 1))
					w.read(t, api, pages)
					writes.Add(1)
				}
				now.Store(next(fmt.Sprintf("%d_%d", i, pass)))
			}
		})
	}
	all.Wait()
	t.Logf("%d reads beside %d writes", reads.Load(), writes.Load())
	if reads.Load() == 0 || writes.Load() == 0 {
		t.Error("nothing was tried")
	}
}

// pagesOf names the pages of a category.
func pagesOf(category string) (names []string) {
	for _, c := range permissions.Default().User.Categories() {
		if c.Name != category {
			continue
		}
		for _, page := range c.Pages {
			names = append(names, page.Name)
		}
	}
	return names
}

func granted(grant permissions.Grant, category string, pages []string) (n int64) {
	for _, page := range pages {
		if grant.Allow(category, page) {
			n++
		}
	}
	return n
}

// A token that was revoked is refused from the commit on, however often it was remembered.
func TestNoCallIsLaterThanARevocation(t *testing.T) {
	s := gatewaytest.NewServer(t)
	end := hammer(t)
	rounds := 0
	for ; end.Err() == nil; rounds++ {
		secret := auth.NewSecret()
		var id int64
		write := func(fn func(*store.Tx) error) {
			if err := s.Store.Write(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *store.Tx) (err error) {
			id, err = tx.CreateToken(store.NewToken{Hash: auth.HashSecret(secret), Kind: store.KindAdmin})
			return err
		})
		api := client.New(s.URL, secret)
		if err := api.APICheck(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var users sync.WaitGroup
		for range 4 { // who make the server remember it at any moment
			users.Go(func() {
				for ctx.Err() == nil {
					_ = api.APICheck(ctx)
				}
			})
		}
		write(func(tx *store.Tx) error { return tx.RevokeToken(id) })
		for range 3 {
			if err := api.APICheck(t.Context()); err == nil {
				t.Error("a revoked token is let through")
			}
		}
		stop()
		users.Wait()
	}
	t.Logf("%d tokens revoked", rounds)
}
