package store_test

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/store"
)

// clock is a store whose time stands still until a test moves it.
type clock struct {
	*store.Store
	now time.Time
}

func newClock(t *testing.T) *clock {
	t.Helper()
	c := &clock{now: time.UnixMilli(1_800_000_000_000)}
	keys := filepath.Join(t.TempDir(), "keyset")
	if err := auth.CreateKeyset(keys); err != nil {
		t.Fatal(err)
	}
	aead, err := auth.OpenKeyset(keys)
	if err != nil {
		t.Fatal(err)
	}
	c.Store, err = store.Open(t.Context(), store.Options{DB: store.NewDB(t), AEAD: aead, Now: func() time.Time { return c.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *clock) mustWrite(t *testing.T, fn func(*store.Tx) error) {
	t.Helper()
	if err := c.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// mustPerson makes an account and gives who signs on to it.
func (c *clock) mustPerson(t *testing.T, name string) (who store.Person) {
	t.Helper()
	c.mustWrite(t, func(tx *store.Tx) (err error) {
		if _, err = tx.SaveAccount(store.ScopeAll(), store.AccountChange{Name: name}); err != nil {
			return err
		}
		who, err = tx.Person(store.ScopeAll(), store.RoleUser, name)
		return err
	})
	return who
}

func hashOf(i int) [32]byte { return sha256.Sum256([]byte(strconv.Itoa(i))) }

func isGone(err error) bool {
	var missing *store.NotFoundError
	return errors.As(err, &missing)
}

func TestPersonIsWithinScope(t *testing.T) {
	c := newClock(t)
	one, other := c.mustPerson(t, "one"), c.mustPerson(t, "other")
	c.mustWrite(t, func(tx *store.Tx) error {
		return errors.Join(tx.CreateSubuser(store.ScopeAll(), "one", "helper", "", permissions.Of("email", "all")),
			tx.CreateAdmin(store.ScopeAll(), "one", "", permissions.All()))
	})
	for _, who := range []struct {
		scope      store.Scope
		role, name string
		kind       store.Noun // "": not there
	}{
		{store.ScopeAll(), store.RoleUser, "ONE", store.NounAccount},
		{store.ScopeAll(), store.RoleAdmin, "One", store.NounAdmin},
		{store.ScopeAll(), store.RoleUser, "Helper", store.NounSubuser},
		{store.ScopeAll(), store.RoleAdmin, "helper", ""},
		{store.ScopeAll(), store.RoleUser, "", ""},
		{store.ScopeAccount(one.ID), store.RoleUser, "one", store.NounAccount},
		{store.ScopeAccount(one.ID), store.RoleUser, "helper", store.NounSubuser},
		{store.ScopeAccount(one.ID), store.RoleUser, "other", ""},
		{store.ScopeAccount(one.ID), store.RoleAdmin, "one", ""},
		{store.ScopeAccount(other.ID), store.RoleUser, "helper", ""},
		{store.Scope{}, store.RoleUser, "one", ""},
		{store.Scope{}, store.RoleAdmin, "one", ""},
	} {
		err := c.Read(t.Context(), func(tx *store.Tx) error {
			found, err := tx.Person(who.scope, who.role, who.name)
			if found.Kind != who.kind {
				t.Errorf("%v %s %q is %+v, want kind %q", who.scope, who.role, who.name, found, who.kind)
			}
			return err
		})
		if (who.kind == "") != isGone(err) {
			t.Errorf("%v %s %q: %v", who.scope, who.role, who.name, err)
		}
	}
}

func TestTicketOpensOnceAndInTime(t *testing.T) {
	c := newClock(t)
	who := c.mustPerson(t, "one")
	for i := range 2 {
		c.mustWrite(t, func(tx *store.Tx) error {
			return tx.CreateTicket(store.Ticket{Hash: hashOf(i), LoginID: who.ID, IP: "::1", Page: "email/accounts", Expires: tx.Now().Add(time.Minute)})
		})
	}
	open := func(i int) error {
		return c.Write(t.Context(), func(tx *store.Tx) error {
			ticket, person, err := tx.OpenTicket(hashOf(i))
			if err == nil && (ticket.IP != "::1" || ticket.Page != "email/accounts" || person.Name != "one") {
				t.Errorf("opened %+v of %+v", ticket, person)
			}
			return err
		})
	}
	c.now = c.now.Add(time.Minute - time.Millisecond)
	if err := open(0); err != nil {
		t.Errorf("in the last millisecond: %v", err)
	}
	if err := open(0); !isGone(err) {
		t.Errorf("again: %v", err)
	}
	c.now = c.now.Add(time.Millisecond)
	if err := open(1); !isGone(err) {
		t.Errorf("after its time: %v", err)
	}
}

// A ticket that a function opens and then refuses is not used up.
func TestRefusedTicketStays(t *testing.T) {
	c := newClock(t)
	who := c.mustPerson(t, "one")
	c.mustWrite(t, func(tx *store.Tx) error {
		return tx.CreateTicket(store.Ticket{Hash: hashOf(0), LoginID: who.ID, Expires: tx.Now().Add(time.Minute)})
	})
	refused := errors.New("not now")
	err := c.Write(t.Context(), func(tx *store.Tx) error {
		_, _, err := tx.OpenTicket(hashOf(0))
		return errors.Join(err, refused)
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	c.mustWrite(t, func(tx *store.Tx) error {
		_, _, err := tx.OpenTicket(hashOf(0))
		return err
	})
}

// Expired rows go with new ones, a bounded number at a time, and faster than they come.
func TestExpiredTicketsAreSwept(t *testing.T) {
	c := newClock(t)
	who := c.mustPerson(t, "one")
	add := func(i int) {
		c.mustWrite(t, func(tx *store.Tx) error {
			return tx.CreateTicket(store.Ticket{Hash: hashOf(i), LoginID: who.ID, Expires: tx.Now().Add(time.Minute)})
		})
	}
	for i := range 120 {
		add(i)
	}
	c.now = c.now.Add(time.Hour)
	left := func() (count int) {
		c.now = c.now.Add(-time.Hour) // when they were all good
		defer func() { c.now = c.now.Add(time.Hour) }()
		for i := range 120 {
			if err := c.Read(t.Context(), func(tx *store.Tx) error { _, err := tx.Ticket(hashOf(i)); return err }); err == nil {
				count++
			}
		}
		return count
	}
	for i, want := range []int{70, 20, 0} {
		add(1000 + i)
		if got := left(); got != want {
			t.Errorf("after %d new ones %d expired ones are left, want %d", i+1, got, want)
		}
	}
}

// A login is signed on 50 times at most; the oldest session makes room.
func TestSessionsOfALoginAreBounded(t *testing.T) {
	c := newClock(t)
	who, other := c.mustPerson(t, "one"), c.mustPerson(t, "other")
	add := func(i int, who store.Person) {
		c.now = c.now.Add(time.Second)
		c.mustWrite(t, func(tx *store.Tx) error { return tx.CreateSession(hashOf(i), who.ID, tx.Now().Add(time.Hour)) })
	}
	add(1000, other)
	for i := range 53 {
		add(i, who)
	}
	for i, want := range map[int]bool{0: false, 2: false, 3: true, 52: true, 1000: true} {
		err := c.Read(t.Context(), func(tx *store.Tx) error { _, err := tx.Session(hashOf(i)); return err })
		if (err == nil) != want {
			t.Errorf("session %d: %v, want it %v", i, err, want)
		}
	}
}
