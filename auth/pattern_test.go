package auth

import "testing"

func TestPatterns(t *testing.T) {
	terminate := []string{"accounts/terminateaccount"}
	upsert := []string{"POST /users", "users/upsert"} // one action, by its names in both dialects
	for _, test := range []struct {
		patterns Patterns
		names    []string
		want     Ruling
	}{
		{nil, terminate, Ruling{Allowed: true}},
		{Patterns{"*"}, terminate, Ruling{Allowed: true}},
		{Patterns{"accounts/*"}, terminate, Ruling{Allowed: true}},
		{Patterns{"accounts/terminateaccount"}, terminate, Ruling{Allowed: true}},
		{Patterns{"*account"}, terminate, Ruling{Allowed: true}},
		{Patterns{"*/*e*account"}, terminate, Ruling{Allowed: true}},
		{Patterns{"user/*", "accounts/*"}, terminate, Ruling{Allowed: true}},

		{Patterns{"user/*"}, terminate, Ruling{}},
		{Patterns{"accounts"}, terminate, Ruling{}},
		{Patterns{"accounts/"}, terminate, Ruling{}},
		{Patterns{"accounts/t"}, terminate, Ruling{}},
		{Patterns{"terminateaccount"}, terminate, Ruling{}},
		{Patterns{"Accounts/*"}, terminate, Ruling{}},
		{Patterns{""}, terminate, Ruling{}},
		{Patterns{"accounts/*accountt*"}, terminate, Ruling{}},
		{Patterns{"*accountaccount"}, []string{"x/account"}, Ruling{}}, // no letter counts twice

		{Patterns{"!accounts/terminateaccount"}, terminate, Ruling{Pattern: "!accounts/terminateaccount"}},
		{Patterns{"!accounts/terminateaccount"}, []string{"accounts/listaccounts"}, Ruling{Allowed: true}},
		{Patterns{"accounts/*", "!accounts/terminateaccount"}, terminate, Ruling{Pattern: "!accounts/terminateaccount"}},
		{Patterns{"!accounts/terminateaccount", "accounts/terminateaccount"}, terminate, Ruling{Pattern: "!accounts/terminateaccount"}},
		{Patterns{"accounts/*", "!*/terminate*"}, terminate, Ruling{Pattern: "!*/terminate*"}},
		{Patterns{"!*"}, terminate, Ruling{Pattern: "!*"}},
		{Patterns{"accounts/*", "!user/*"}, terminate, Ruling{Allowed: true}},
		{Patterns{"accounts/*", "!user/*"}, []string{"base/sso"}, Ruling{}},

		{Patterns{"users/*"}, upsert, Ruling{Allowed: true}},
		{Patterns{"POST *"}, upsert, Ruling{Allowed: true}},
		{Patterns{"POST /users"}, upsert, Ruling{Allowed: true}},
		{Patterns{"*", "!users/upsert"}, upsert, Ruling{Pattern: "!users/upsert"}},
		{Patterns{"users/*", "!POST /users"}, upsert, Ruling{Pattern: "!POST /users"}},
		{Patterns{"GET *"}, upsert, Ruling{}},
	} {
		if got := test.patterns.Judge(test.names...); got != test.want {
			t.Errorf("%q judge %v as %+v, want %+v", test.patterns, test.names, got, test.want)
		}
	}
}
