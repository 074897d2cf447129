package handlers_test

import (
	"testing"

	"panelgate/gatewaytest"
	"panelgate/store"
)

const aKey = "key-of-one-order"

// again is a call that may be repeated under aKey.
func again(r gatewaytest.Request) gatewaytest.Request {
	return gatewaytest.WithHeader(r, "Idempotency-Key", aKey)
}

func isReplayed(a gatewaytest.Answer) bool { return a.Header.Get("X-Replayed") == "true" }

// restEdit is POST /users/{id}.
func restEdit(token, id string, fields ...string) gatewaytest.Request {
	r := verbs["installatron"](token, "users/upsert", fields...)
	r.Path += "/" + id
	return r
}

// A token that sees no credentials gets the answer that it got the first time.
func TestMaskedTokensAreAnsweredAgain(t *testing.T) {
	site := "websites[0][path]=sftp://johndoe:s3cret@host.example"
	calls := map[string]func(token string) gatewaytest.Request{"POST /users/{id}": func(token string) gatewaytest.Request {
		return restEdit(token, "acme", "email=a@example.com")
	}}
	for dialect, call := range verbs {
		calls[dialect+" upsert"] = func(token string) gatewaytest.Request {
			return call(token, "users/upsert", "id=acme", site)
		}
		calls[dialect+" delete"] = func(token string) gatewaytest.Request { return call(token, "users/delete", "id=acme") }
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			s := gatewaytest.NewServer(t)
			masked := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Masked: true}})
			wantCode(t, s.MustSend(apiCall(masked, "users/upsert", "id=acme", site)), "success")
			first, second := s.MustSend(again(call(masked))), s.MustSend(again(call(masked)))
			if wantCode(t, second, "success"); string(first.Body) != string(second.Body) || !isReplayed(second) || isReplayed(first) {
				t.Errorf("answered %s\nand again %s", first.Body, second.Body)
			}
		})
	}
}

// What is refused costs no use, a dry run whose connection tests fail neither.
func TestFailedProbesCostNothing(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for _, call := range verbs {
		one := int64(1)
		counted := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Uses: &one, Probe: true}})
		test := []string{"id=acme", "dryrun=all", "websites[0][uid]=1", "websites[0][gid]=1", "websites[0][path]=" + t.TempDir() + "/none"}
		if answer := s.MustSend(call(counted, "users/upsert", test...)); read(t, answer).Code == "" {
			t.Errorf("a path that is not there passes: %s", answer.Body)
		}
		wantCode(t, s.MustSend(call(counted, "users/list")), "success")
		wantCode(t, s.MustSend(call(counted, "users/list")), "token_used_up")
	}
}
