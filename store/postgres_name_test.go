package store

import (
	"strings"
	"testing"
)

// Whatever a URL is like, no piece of its password, and no parameter, is in the name that people see.
func TestNamesOfDatabasesHoldNoPassword(t *testing.T) {
	for url, want := range map[string]string{
		"panelgate.db":                                 "panelgate.db",
		"/var/lib/a:b@c?d.db":                          "/var/lib/a:b@c?d.db",
		"postgres://host/name":                         "postgres://host/name",
		"postgres:///name?host=/run&password=secret":   "postgres:///name",
		"postgresql://user@host:5433/name":             "postgresql://user@host:5433/name",
		"postgres://user:secret@host/name?sslmode=off": "postgres://user@host/name",
		"postgres://user:sec@ret@a:1,b:2/name":         "postgres://user@a:1,b:2/name",
		"postgres://user:sec/secret@host/name":         "postgres://user@host/name",
		"postgres://user:se:cret@host/name":            "postgres://user@host/name",
		"postgres://user:@host/name":                   "postgres://user@host/name",
		"postgres://user:sec?ret@host/name":            "postgres://…",
		"postgres://user:sec#ret@host/name":            "postgres://…",
		"postgres://user@host/name?password=sec@ret":   "postgres://…",
	} {
		if got := NameOf(url); got != want {
			t.Errorf("%s is called %s, want %s", url, got, want)
		}
	}
}

// No error about a database on a server holds its password.
func TestErrorsHoldNoPassword(t *testing.T) {
	for _, url := range []string{
		"postgres://user:sesame@127.0.0.1:1/name",
		"postgres://user:se/sesame@127.0.0.1:1/name",
		"postgres://user:sesame@127.0.0.1:port/name",
		"postgres://user:%zz-sesame@127.0.0.1/name",
		"postgres://user@127.0.0.1:1/name?password=sesame",
		"postgres://user@127.0.0.1:1/name?password=sesame&sslmode=nonsense",
		"postgres://127.0.0.1:1/name?connect_timeout=sesame",
	} {
		_, err := Open(t.Context(), Options{DB: url, AEAD: mustAEAD(t)})
		if err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v", url, err)
		}
		if _, err := Inspect(t.Context(), Options{DB: url}); err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("a look at %s: %v", url, err)
		}
	}
}

func TestPlaceholdersAreNumbered(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT 1":                      "SELECT 1",
		"a = ? AND b = ?":               "a = $1 AND b = $2",
		"a = ?1 OR b = ?1 OR c = ?2":    "a = $1 OR b = $1 OR c = $2",
		`a = '?' AND "b?" = ? || '''?'`: `a = '?' AND "b?" = $1 || '''?'`,
	} {
		if got := numbered(query); got != want {
			t.Errorf("%s is %s, want %s", query, got, want)
		}
	}
}
