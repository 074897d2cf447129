package handlers_test

import (
	"testing"
	"time"

	"panelgate/auth"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/store"
)

// mustRotate gives the secret that takes the place of another.
func mustRotate(t *testing.T, s *gatewaytest.Server, secret string) string {
	t.Helper()
	next := auth.NewSecret()
	err := s.Store.Write(t.Context(), func(tx *store.Tx) error {
		token, err := tx.TokenByHash(auth.HashSecret(secret))
		if err != nil {
			return err
		}
		_, err = tx.RotateToken(token.ID, auth.HashSecret(next), time.Hour)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// A call whose answer got lost may be sent again with the secret that came meanwhile, with a key or as a create.
func TestRepeatsOutliveRotation(t *testing.T) {
	s := gatewaytest.NewServer(t)
	first := s.MustToken(store.NewToken{Kind: store.KindAdmin})
	second := mustRotate(t, s, first)
	third := mustRotate(t, s, second)
	for _, c := range []func(token string) gatewaytest.Request{
		func(token string) gatewaytest.Request {
			return again(verbs["installatron"](token, "users/upsert", "id=keyed"))
		},
		func(token string) gatewaytest.Request {
			return apiCall(token, "accounts/wwwacct", "username=created", goodPassword)
		},
	} {
		answer := s.MustSend(c(first))
		wantCode(t, answer, "success")
		for _, token := range []string{second, third} {
			if repeated := s.MustSend(c(token)); !isReplayed(repeated) || string(repeated.Body) != string(answer.Body) {
				t.Errorf("the token's successor is answered %s", repeated.Body)
			}
		}
	}
}

// A token and its successor share one budget of calls.
func TestRatesOutliveRotation(t *testing.T) {
	s := gatewaytest.NewServerFrom(t, handlers.Options{Limiter: auth.NewLimiter(auth.DefaultLimits())})
	first := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{PerMinute: 2}})
	second := mustRotate(t, s, first)
	wantCode(t, s.MustSend(apiCall(first, "toolbox/apicheck")), "success")
	wantCode(t, s.MustSend(apiCall(second, "toolbox/apicheck")), "success")
	wantCode(t, s.MustSend(apiCall(first, "toolbox/apicheck")), "rate_limited")
	wantCode(t, s.MustSend(apiCall(second, "toolbox/apicheck")), "rate_limited")
}

// The last call of a token may be sent again as any other, and nothing else is done with it.
func TestLastCallCanBeRepeated(t *testing.T) {
	for dialect, call := range verbs {
		t.Run(dialect, func(t *testing.T) {
			s := gatewaytest.NewServer(t)
			s.MustAccount("shop")
			one := int64(1)
			token := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Uses: &one}})
			last := again(call(token, "users/upsert", "id=acme"))
			answer := s.MustSend(last)
			wantCode(t, answer, "success")
			if repeated := s.MustSend(last); !isReplayed(repeated) || string(repeated.Body) != string(answer.Body) {
				t.Errorf("the last call is answered %s", repeated.Body)
			}
			for _, refused := range []gatewaytest.Request{
				call(token, "users/upsert", "id=acme"), again(call(token, "users/upsert", "id=other")), call(token, "users/list"),
				again(call(token, "users/delete", "id=shop")), again(call(token, "users/delete", "id=nobody")),
				call(token, "users/upsert", "id=acme", "dryrun=input"), again(call(token, "users/upsert", "id=a blank")),
			} {
				wantCode(t, s.MustSend(refused), "token_used_up")
			}
		})
	}
}

// Who sends the token of a login that was deleted is no guesser: the token is told as revoked, and shuts nobody out.
func TestTokensOfTheDeletedAreRevoked(t *testing.T) {
	s := gatewaytest.NewServerFrom(t, handlers.Options{Limiter: auth.NewLimiter(auth.Limits{Guesses: 1})})
	tokens := []string{s.MustAccount("acme")}
	mustSteps(t, s, gatewaytest.AdminToken,
		step{"users/upsert", "id=shop type=reseller", "success", ""},
		step{"user/addsubuser", "accountuser=acme username=helper permissions=all " + goodPassword, "success", ""},
		step{"admin/createadminuser", "username=clerk permissions[accounts]=all " + goodPassword, "success", ""})
	for _, token := range []store.NewToken{{Kind: store.KindReseller, Account: "shop"}, {Kind: store.KindSubuser, Subuser: "helper"},
		{Kind: store.KindAdmin, Admin: "clerk"}} {
		tokens = append(tokens, s.MustToken(token))
	}
	mustSteps(t, s, gatewaytest.AdminToken,
		step{"accounts/terminateaccount", "username[]=acme username[]=shop", "success", ""},
		step{"admin/removeadminuser", "username=clerk", "success", ""})
	for range 3 {
		for _, token := range tokens {
			for _, call := range verbs {
				wantCode(t, s.MustSend(call(token, "users/list")), "token_revoked")
			}
		}
	}
	fresh := s.MustToken(store.NewToken{Kind: store.KindAdmin}) // unknown to the limiter: refused where the address is shut out
	wantCode(t, s.MustSend(apiCall(fresh, "toolbox/apicheck")), "success")
}
