package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"panelgate/gatewaytest/postgres"
)

// keyring is an AEAD whose keys change while it is in use.
type keyring struct{ now atomic.Pointer[keyset.Handle] }

func mustKeyring(t *testing.T) *keyring {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	k := new(keyring)
	k.now.Store(handle)
	return k
}

func (k *keyring) aead() tink.AEAD {
	sealer, err := aead.New(k.now.Load())
	if err != nil {
		panic(err)
	}
	return sealer
}

func (k *keyring) Encrypt(secret, ad []byte) ([]byte, error) { return k.aead().Encrypt(secret, ad) }
func (k *keyring) Decrypt(sealed, ad []byte) ([]byte, error) { return k.aead().Decrypt(sealed, ad) }

func (k *keyring) primary() uint32 { return k.now.Load().KeysetInfo().GetPrimaryKeyId() }

// mustChange rotates, and removes the keys named.
func (k *keyring) mustChange(t *testing.T, rotate bool, remove ...uint32) {
	t.Helper()
	manager := keyset.NewManagerFromHandle(k.now.Load())
	var errs []error
	if rotate {
		id, err := manager.Add(aead.AES256GCMKeyTemplate())
		errs = append(errs, err, manager.SetPrimary(id))
	}
	for _, id := range remove {
		errs = append(errs, manager.Delete(id))
	}
	handle, err := manager.Handle()
	if err := errors.Join(append(errs, err)...); err != nil {
		t.Fatal(err)
	}
	k.now.Store(handle)
}

// sealedSite is a website whose path and password are secrets of its account.
func sealedSite(name string) []Website {
	return []Website{
		{Path: "sftp://u:" + name + "@host", Label: "one", Vhosts: []Vhost{{"http://" + name + ".example", "httpdocs"}},
			Databases: []Database{{Type: "mysql", Host: "h", Name: "n", User: "u", Pass: "pass of " + name}}},
		{Label: "two", Vhosts: []Vhost{{"http://two." + name + ".example", "httpdocs"}}},
	}
}

func mustHaveSites(t *testing.T, s *Store, name string) {
	t.Helper()
	mustReadTx(t, s, func(tx *Tx) error {
		account, err := tx.Account(ScopeAll(), name)
		if err != nil {
			return err
		}
		sites, err := tx.Websites(account)
		if want := sealedSite(name); err == nil && (sites[0].Path != want[0].Path || sites[0].Databases[0].Pass != want[0].Databases[0].Pass) {
			t.Errorf("%s has %+v", name, sites)
		}
		return err
	})
}

func mustUse(t *testing.T, s *Store) (use map[uint32]int) {
	t.Helper()
	mustReadTx(t, s, func(tx *Tx) (err error) {
		use, err = tx.KeyUse()
		return err
	})
	return use
}

// New keys reach every sealed value, in steps that may be broken off; then the old key is not needed.
func TestReseal(t *testing.T) {
	keys := mustKeyring(t)
	s := mustOpen(t, func(o *Options) { o.AEAD = keys })
	const accounts = 70 // three values each: more than one step
	for i := range accounts {
		name := fmt.Sprintf("acct%d", i)
		mustAccount(t, s, AccountChange{Name: name, Websites: new(sealedSite(name))})
	}
	old := keys.primary()
	sealed := mustUse(t, s)[old]
	if sealed <= 3*accounts {
		t.Fatalf("%d values are sealed", sealed)
	}
	keys.mustChange(t, true)

	// Broken off after the first step, it leaves both keys in use; a write in between uses the new one.
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.Reseal(ctx, func(Resealed) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if use := mustUse(t, s); use[old] == 0 || use[keys.primary()] != resealAtOnce+1 || use[old]+use[keys.primary()] != sealed {
		t.Errorf("after one step: %v", use)
	}
	mustAccount(t, s, AccountChange{Name: "between", Websites: new(sealedSite("between"))})

	steps := 0
	done, err := s.Reseal(t.Context(), func(Resealed) { steps++ })
	if err != nil || done.Failed != 0 || done.Done == 0 || steps < 2 {
		t.Errorf("%+v in %d steps, %v", done, steps, err)
	}
	if use := mustUse(t, s); len(use) != 1 || use[keys.primary()] != sealed+3 {
		t.Errorf("at the end: %v", use)
	}
	keys.mustChange(t, false, old)
	for i := range accounts {
		mustHaveSites(t, s, fmt.Sprintf("acct%d", i))
	}
	mustHaveSites(t, s, "between")
	if again, err := s.Reseal(t.Context(), nil); err != nil || again != (Resealed{}) {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// A value that no key opens is counted, left as it is, and keeps none of the others.
func TestResealLeavesWhatItCannotOpen(t *testing.T) {
	keys := mustKeyring(t)
	s := mustOpen(t, func(o *Options) { o.AEAD = keys })
	for _, name := range []string{"a1", "b1"} {
		mustAccount(t, s, AccountChange{Name: name, Websites: new(sealedSite(name))})
	}
	foreign := append([]byte{1, 0xde, 0xad, 0xbe, 0xef}, "of another keyset"...)
	mustWrite(t, s, func(tx *Tx) error {
		_, err := tx.exec("UPDATE websites SET path = ? WHERE account_id = 1 AND position = 0", foreign)
		return err
	})
	keys.mustChange(t, true)
	done, err := s.Reseal(t.Context(), nil)
	if err != nil || done.Failed != 1 || done.Done < 5 {
		t.Errorf("%+v, %v", done, err)
	}
	if use := mustUse(t, s); use[0xdeadbeef] != 1 || len(use) != 2 {
		t.Errorf("%v", use)
	}
	mustReadTx(t, s, func(tx *Tx) error {
		if err := tx.CheckKeys(); !errors.Is(err, ErrWrongKeyset) || !strings.Contains(err.Error(), "deadbeef") {
			t.Errorf("CheckKeys: %v", err)
		}
		return nil
	})
}

// A keyset from before a rotation is told from one of another database, as soon as the database knows the new key.
func TestOldKeyset(t *testing.T) {
	path := NewDB(t)
	open := func(a tink.AEAD) error {
		s, err := Open(t.Context(), Options{DB: path, AEAD: a})
		if err != nil {
			return err
		}
		return s.Close()
	}
	keys := mustKeyring(t)
	before := keys.aead()
	if err := open(keys); err != nil {
		t.Fatal(err)
	}
	keys.mustChange(t, true)
	if err := open(before); err != nil {
		t.Errorf("before the database has seen the new key: %v", err)
	}
	if err := open(keys); err != nil {
		t.Fatal(err)
	}
	if err := open(before); !errors.Is(err, ErrOldKeyset) {
		t.Errorf("old: %v", err)
	}
	if err := open(mustAEAD(t)); !errors.Is(err, ErrWrongKeyset) {
		t.Errorf("another's: %v", err)
	}
	if err := open(keys); err != nil {
		t.Errorf("the right one after that: %v", err)
	}
}

// What is sealed is listed in sealedColumns: a column that is not would keep its old key.
func TestSealedColumnsAreListed(t *testing.T) {
	keys := mustKeyring(t)
	s := mustOpen(t, func(o *Options) { o.AEAD = keys })
	mustAccount(t, s, AccountChange{Name: "acme", Websites: new(sealedSite("acme"))})
	mustFillSealed(t, s)
	var listed []string
	for _, c := range sealedColumns() {
		listed = append(listed, c.table+"."+c.column)
	}
	prefix := []byte{1, byte(keys.primary() >> 24), byte(keys.primary() >> 16), byte(keys.primary() >> 8), byte(keys.primary())}
	found := map[string]bool{}
	mustReadTx(t, s, func(tx *Tx) error {
		query, bytea := "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name <> 'settings'", "BLOB"
		if postgres.Wanted() { // where text cannot be what is sealed
			query, bytea = "SELECT table_name, column_name FROM information_schema.columns WHERE data_type = 'bytea' AND table_name <> 'settings' AND table_schema = 'public'", "BYTEA"
		}
		columns, err := collect(tx, func(r *row) (c [2]string, err error) { return c, r.Scan(&c[0], &c[1]) }, query)
		if err != nil {
			return err
		}
		for _, c := range columns {
			values, err := collect(tx, func(r *row) (v []byte, err error) { return v, r.Scan(&v) },
				fmt.Sprintf("SELECT CAST(%q AS %s) FROM %q", c[1], bytea, c[0]))
			if err != nil {
				return err
			}
			if slices.ContainsFunc(values, func(v []byte) bool { return bytes.HasPrefix(v, prefix) }) {
				found[c[0]+"."+c[1]] = true
			}
		}
		return nil
	})
	for column := range found {
		if !slices.Contains(listed, column) {
			t.Errorf("%s is sealed and not in sealedColumns", column)
		}
	}
	for _, column := range listed {
		if !found[column] {
			t.Errorf("nothing in %s: fill it in mustFillSealed, or the test looks at nothing", column)
		}
	}
}

// mustFillSealed writes a value into every sealed column that accounts do not fill.
func mustFillSealed(t *testing.T, s *Store) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) error {
		return errors.Join(
			tx.Audit(AuditRow{Actor: "somebody", Action: "a/b", Result: ResultSuccess}),
			tx.Remember(Repeat{TokenID: 1, Action: "a/b", Key: "k"}, Success{Answer: []byte("{}")}, patience))
	})
}

// Each sealed value is counted, and sealed anew, once.
func TestSealedColumnsAreNamedOnce(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range sealedColumns() {
		if name := c.table + "." + c.column; seen[name] || name == "." {
			t.Errorf("%q is named twice", name)
		} else {
			seen[name] = true
		}
	}
	keys := mustKeyring(t)
	s := mustOpen(t, func(o *Options) { o.AEAD = keys })
	mustAccount(t, s, AccountChange{Name: "acme", Websites: new(sealedSite("acme"))})
	mustAudit(t, s, 1)
	if got, want := mustUse(t, s)[keys.primary()], 1+3+1; got != want { // the check, the website's, the chain's
		t.Errorf("%d values are sealed, want %d", got, want)
	}
	keys.mustChange(t, true)
	if done, err := s.Reseal(t.Context(), nil); err != nil || done.Done != 4 {
		t.Errorf("%+v sealed anew, want 4, %v", done, err)
	}
}
