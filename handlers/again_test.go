package handlers_test

import (
	"testing"
	"time"

	"panelgate/gatewaytest"
	"panelgate/permissions"
	"panelgate/store"
)

// hold keeps the writer busy until release is called, which lets change have its turn first.
func hold(t *testing.T, s *gatewaytest.Server, change func(*store.Tx) error) (release func()) {
	t.Helper()
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Store.Write(t.Context(), func(tx *store.Tx) error {
			close(begun)
			<-end
			return change(tx)
		})
	}()
	<-begun
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// mustWaitForWriter returns once a call with an unknown field was validated, and so long after that what was read of its
// caller is not taken for true any more.
func mustWaitForWriter(t *testing.T, s *gatewaytest.Server) {
	t.Helper()
	var since time.Time
	eventually(t, "a call that waits for the writer", func() bool {
		if since.IsZero() && logged(s, "unknown fields ignored") {
			since = time.Now()
		}
		return !since.IsZero() && time.Since(since) > 50*time.Millisecond
	})
}

// A call that waits for the writer is refused what its token may not do any more once it is its turn.
func TestWaitingWritesAreJudgedAnew(t *testing.T) {
	tokenID := func(tx *store.Tx, of string) int64 {
		tokens, err := tx.Tokens()
		if err != nil {
			t.Error(err)
		}
		for _, token := range tokens {
			if token.Name == of {
				return token.ID
			}
		}
		return 0
	}
	clerk := store.NewToken{Kind: store.KindAdmin, Admin: "clerk", Terms: store.Terms{Name: "clerk"}}
	shop := store.NewToken{Kind: store.KindReseller, Account: "shop", Terms: store.Terms{Name: "shop"}}
	for name, c := range map[string]struct {
		token  store.NewToken
		change func(*store.Tx) error
		want   string
	}{
		"revoked": {clerk, func(tx *store.Tx) error { return tx.RevokeToken(tokenID(tx, "clerk")) }, "token_revoked"},
		"narrowed": {clerk, func(tx *store.Tx) error {
			_, err := tx.SetAdminPermissions(store.ScopeAll(), "clerk", permissions.Of("accounts", "sso"))
			return err
		}, forbidden},
		"suspended": {shop, func(tx *store.Tx) error {
			return tx.SuspendAccounts(store.ScopeAll(), []string{"shop"}, "", "")
		}, "account_suspended"},
		"as it was": {clerk, func(*store.Tx) error { return nil }, "success"},
	} {
		for dialect, call := range verbs {
			for _, dry := range []string{"dryrun=none", "dryrun=input"} {
				t.Run(name+"/"+dialect+"/"+dry, func(t *testing.T) {
					s := gatewaytest.NewServer(t)
					mustSteps(t, s, gatewaytest.AdminToken, step{"users/upsert", "id=shop type=reseller", "success", ""})
					mustAdmin(t, s, "clerk", permissions.Of("accounts", "all"))
					secret := s.MustToken(c.token)
					release := hold(t, s, c.change)
					answers := make(chan gatewaytest.Answer, 1)
					go func() { answers <- s.MustSend(call(secret, "users/upsert", "id=made", "unheard=of", dry)) }()
					mustWaitForWriter(t, s)
					release()
					wantCode(t, <-answers, c.want)
				})
			}
		}
	}
}

// A permission that the caller lost is not given any more, though it was held when the call came.
func TestWaitingGrantsAreJudgedAnew(t *testing.T) {
	s := gatewaytest.NewServer(t)
	release := hold(t, s, func(tx *store.Tx) error {
		return tx.SetAccountPermissions(store.ScopeAll(), gatewaytest.Account, permissions.Of("user", "all"))
	})
	answers := make(chan gatewaytest.Answer, 1)
	go func() {
		answers <- s.MustSend(apiCall(gatewaytest.ClientToken, "user/addsubuser", "accountuser="+gatewaytest.Account, "username=made",
			goodPassword, "permissions[email]=all", "unheard=of"))
	}()
	mustWaitForWriter(t, s)
	release()
	wantCode(t, <-answers, "forbidden")
}
