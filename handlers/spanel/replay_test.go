package spanel_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/store"
)

const aKey = "key-of-one-order"

func withKey(r gatewaytest.Request, key string) gatewaytest.Request {
	return gatewaytest.WithHeader(r, "Idempotency-Key", key)
}

func isReplayed(a gatewaytest.Answer) bool { return a.Header.Get("X-Replayed") == "true" }

// repeats sends calls one after the other and says of each whether it succeeded, was replayed or refused.
func repeats(t *testing.T, s *gatewaytest.Server, requests ...gatewaytest.Request) string {
	t.Helper()
	var results []string
	for _, r := range requests {
		answer := s.MustSend(r)
		switch {
		case isReplayed(answer):
			results = append(results, "replayed")
		case strings.HasPrefix(string(answer.Body), `{"result":"success"`):
			results = append(results, "done")
		default:
			results = append(results, readRefusal(t, answer).Code)
		}
	}
	return strings.Join(results, " ")
}

func TestRepeatedCalls(t *testing.T) {
	other := func(r gatewaytest.Request, key string) gatewaytest.Request { return withKey(r, key) }
	account := byAdmin("accounts/wwwacct", "username=acme", "password="+password)
	unnamed := byAdmin("accounts/wwwacct", "domain=unnamed.com", "password="+password)
	pkg := byAdmin("accounts/createpackage", "package=gold", "permissions=all")
	admin := byAdmin("admin/createadminuser", "username=ops", "permissions=all", "password="+password)
	drop := call(newSubuser, "action=user/delsubuser")
	change := within("user/changesubuserpasswd", "username=spanelio_testuser", "password=Another8password")
	for name, c := range map[string]struct {
		requests []gatewaytest.Request
		want     string
	}{
		"a subuser":                {[]gatewaytest.Request{call(newSubuser), call(newSubuser), call(newSubuser)}, "done replayed replayed"},
		"an account":               {[]gatewaytest.Request{account, account}, "done replayed"},
		"an account without name":  {[]gatewaytest.Request{unnamed, unnamed}, "done replayed"},
		"a package":                {[]gatewaytest.Request{pkg, pkg}, "done replayed"},
		"an admin":                 {[]gatewaytest.Request{admin, admin}, "done replayed"},
		"fields in another order":  {[]gatewaytest.Request{call(newSubuser), call(newSubuser, "username=spanelio_testuser")}, "done replayed"},
		"other fields":             {[]gatewaytest.Request{call(newSubuser), call(newSubuser, "permissions=all")}, "done already_exists"},
		"another password":         {[]gatewaytest.Request{call(newSubuser), call(newSubuser, "password=Another8password")}, "done already_exists"},
		"another token":            {[]gatewaytest.Request{call(newSubuser), call(newSubuser, "token="+gatewaytest.AdminToken)}, "done already_exists"},
		"deleted meanwhile":        {[]gatewaytest.Request{call(newSubuser), drop, call(newSubuser), call(newSubuser)}, "done done done replayed"},
		"password changed since":   {[]gatewaytest.Request{call(newSubuser), change, call(newSubuser)}, "done done already_exists"},
		"package removed":          {[]gatewaytest.Request{pkg, byAdmin("accounts/removepackage", "package=gold"), pkg}, "done done done"},
		"another package since":    {[]gatewaytest.Request{pkg, byAdmin("accounts/removepackage", "package=gold"), byAdmin("accounts/createpackage", "package=gold", "permissions=none"), pkg}, "done done done already_exists"},
		"a dry run is no success":  {[]gatewaytest.Request{call(newSubuser, "dryrun=input"), call(newSubuser), call(newSubuser, "dryrun=input")}, "done done already_exists"},
		"no create, no key":        {[]gatewaytest.Request{call(newSubuser), drop, drop}, "done done not_found"},
		"a key":                    {[]gatewaytest.Request{call(newSubuser), withKey(drop, aKey), withKey(drop, aKey)}, "done done replayed"},
		"a key, and deleted since": {[]gatewaytest.Request{withKey(call(newSubuser), aKey), drop, withKey(call(newSubuser), aKey)}, "done done replayed"},
		"a key in the field":       {[]gatewaytest.Request{withKey(call(newSubuser), aKey), call(newSubuser, "idempotency_key="+aKey)}, "done replayed"},
		"a key, another body":      {[]gatewaytest.Request{withKey(call(newSubuser), aKey), withKey(call(newSubuser, "username=other"), aKey)}, "done idempotency_conflict"},
		"a key, another password":  {[]gatewaytest.Request{withKey(call(newSubuser), aKey), withKey(call(newSubuser, "password=Another8password"), aKey)}, "done idempotency_conflict"},
		"a key, another action":    {[]gatewaytest.Request{withKey(call(newSubuser), aKey), withKey(drop, aKey)}, "done idempotency_conflict"},
		"another key":              {[]gatewaytest.Request{withKey(call(newSubuser), aKey), other(call(newSubuser), "another-key")}, "done already_exists"},
		"a failure is no success":  {[]gatewaytest.Request{withKey(drop, aKey), call(newSubuser), withKey(drop, aKey)}, "not_found done done"},
		"two keys in one call":     {[]gatewaytest.Request{withKey(call(newSubuser, "idempotency_key=another-key"), aKey)}, "invalid_field"},
		"a key too short":          {[]gatewaytest.Request{withKey(call(newSubuser), "1234567")}, "invalid_field"},
		"a key too long":           {[]gatewaytest.Request{withKey(call(newSubuser), strings.Repeat("x", 192))}, "invalid_field"},
		"the longest key":          {[]gatewaytest.Request{withKey(call(newSubuser), strings.Repeat("x", 191))}, "done"},
		"a key beyond ASCII":       {[]gatewaytest.Request{call(newSubuser, "idempotency_key=schlüssel")}, "invalid_field"},
		"a read has no use for it": {[]gatewaytest.Request{withKey(call(newSubuser, "action=user/listsubusers"), "short"), withKey(call(newSubuser, "action=user/listsubusers"), "short")}, "done done"},
	} {
		t.Run(name, func(t *testing.T) {
			s := gatewaytest.NewServer(t)
			if got := repeats(t, s, c.requests...); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			s.MustAudit(store.AuditFilter{})
			s.CheckSecrets(t, password, aKey)
			if dump := s.MustDump(); strings.Contains(dump, password) || strings.Contains(dump, aKey) {
				t.Error("a password or a key is stored as it was sent")
			}
		})
	}
}

// The answer is the same, to the byte, and what was replayed is told.
func TestReplayedAnswer(t *testing.T) {
	s := gatewaytest.NewServer(t)
	request := byAdmin("accounts/wwwacct", "password="+password) // name and domain are made
	first, second := s.MustSend(request), s.MustSend(request)
	if string(first.Body) != string(second.Body) || isReplayed(first) || !isReplayed(second) {
		t.Errorf("%s\n%s", first.Body, second.Body)
	}
	rows := s.MustAudit(store.AuditFilter{})
	if len(rows) != 2 || rows[1].Result != store.ResultReplayed || rows[1].Target != rows[0].Target || rows[0].Target == "" || rows[1].After != "" {
		t.Errorf("%+v", rows)
	}
	reused := readRefusal(t, s.MustSend(withKey(call(newSubuser, "username=a"), "k")))
	if reused.Field != "idempotency_key" {
		t.Errorf("%+v", reused)
	}
}

// A sign-on link is new each time, key or not: one that was given before may have been opened.
func TestLinksAreNotReplayed(t *testing.T) {
	s := gatewaytest.NewServer(t)
	request := withKey(byAdmin("base/sso", "username="+gatewaytest.Account, "role=user"), aKey)
	first, second := s.MustSend(request), s.MustSend(request)
	if string(first.Body) == string(second.Body) || isReplayed(second) {
		t.Errorf("%s\n%s", first.Body, second.Body)
	}
}

// Two that send the same at the same moment get the same, and one thing is made.
func TestIdenticalCreatesAtOnce(t *testing.T) {
	s := gatewaytest.NewServer(t)
	const together = 64
	for name, request := range map[string]gatewaytest.Request{
		"an account":            byAdmin("accounts/wwwacct", "username=acme", "password="+password),
		"an account, unnamed":   byAdmin("accounts/wwwacct", "domain=once.com", "password="+password),
		"a package":             byAdmin("accounts/createpackage", "package=gold", "permissions=all"),
		"a subuser, with a key": withKey(call(newSubuser), aKey),
		"a user, with a key":    withKey(call(newAccount), aKey),
	} {
		t.Run(name, func(t *testing.T) {
			before := len(s.MustAudit(store.AuditFilter{}))
			answers := make([]gatewaytest.Answer, together)
			var callers sync.WaitGroup
			for i := range together {
				callers.Go(func() { answers[i] = s.MustSend(request) })
			}
			callers.Wait()
			first := 0
			for _, a := range answers {
				if string(a.Body) != string(answers[0].Body) || a.Status != 200 || strings.Contains(string(a.Body), "error") {
					t.Fatalf("answers differ: %s\n%s", a.Body, answers[0].Body)
				}
				if !isReplayed(a) {
					first++
				}
			}
			results := make(map[string]int)
			for _, row := range s.MustAudit(store.AuditFilter{})[before:] {
				results[row.Result]++
			}
			want := map[string]int{store.ResultSuccess: 1, store.ResultReplayed: together - 1}
			if first != 1 || fmt.Sprint(results) != fmt.Sprint(want) {
				t.Errorf("%d were told that it was done; in the trail: %v", first, results)
			}
		})
	}
}
