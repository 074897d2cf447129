package client_test

import (
	"errors"
	"testing"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/permissions"
)

// The same key does a call once, in either dialect, and another key or none does it again.
func TestIdempotencyKey(t *testing.T) {
	server := gatewaytest.NewServer(t)
	api, ctx := server.Superuser(), t.Context()
	subuser := client.NewSubuser{Account: gatewaytest.Account, Username: "helper", Password: "KExk80Ml5aG6M", Permissions: permissions.All()}
	once := api.With(client.WithIdempotencyKey("order-4711"))
	const done = "The new user helper created successfuly"
	mustSay(t, done)(once.AddSubuser(ctx, subuser))
	if _, err := api.DeleteSubusers(ctx, gatewaytest.Account, "helper"); err != nil {
		t.Fatal(err)
	}
	mustSay(t, done)(once.AddSubuser(ctx, subuser)) // the answer again: nothing is done
	if left, err := api.Subusers(ctx, gatewaytest.Account); err != nil || len(left) != 0 {
		t.Errorf("the call was done twice: %+v, %v", left, err)
	}
	mustSay(t, done)(api.With(client.WithIdempotencyKey("order-4712")).AddSubuser(ctx, subuser))

	for dialect, upsert := range upserts {
		keyed := api.With(client.WithIdempotencyKey("key of " + dialect))
		if _, err := upsert(keyed, ctx, client.UserChange{ID: "acme"}); err != nil {
			t.Fatal(err)
		}
		var refused *client.Error
		if _, err := upsert(keyed, ctx, client.UserChange{ID: "other"}); !errors.As(err, &refused) || refused.Field != "idempotency_key" {
			t.Errorf("%s: another call under the same key: %v", dialect, err)
		}
	}
}

// Why a call was refused is told to who asks, in either dialect.
func TestExplain(t *testing.T) {
	server := gatewaytest.NewServer(t)
	for dialect, upsert := range upserts {
		var plain, explained *client.Error
		_, err := upsert(server.AccountClient(), t.Context(), client.UserChange{ID: "acme"})
		if !errors.As(err, &plain) || plain.Explain != nil {
			t.Errorf("%s, not asked: %v", dialect, err)
		}
		_, err = upsert(server.AccountClient().With(client.WithExplain()), t.Context(), client.UserChange{ID: "acme"})
		if !errors.As(err, &explained) || explained.Explain == nil || explained.Explain.Rule == "" || explained.Explain.Needed == "" {
			t.Errorf("%s, asked: %v", dialect, err)
		}
	}
}
