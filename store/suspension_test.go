package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"panelgate/permissions"
	"panelgate/store"
)

// suspend is a write that suspends the account acme, with a reason unless it is "".
func suspend(by, reason string) func(*store.Tx) error {
	return func(tx *store.Tx) error { return tx.SuspendAccounts(store.ScopeAll(), []string{"acme"}, by, reason) }
}

func unsuspend(tx *store.Tx) error { return tx.UnsuspendAccounts(store.ScopeAll(), []string{"acme"}) }

// upsert is a write that saves acme with suspended as it is sent; nil leaves it out.
func upsert(by string, suspended *bool) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.SaveAccount(store.ScopeAll(), store.AccountChange{Name: "acme", By: by, Suspended: suspended})
		return err
	}
}

// A suspension lasts since the first of the calls that made it. The last one says by whom, and why unless it gives no
// reason. Once it has ended nothing of it is left.
func TestSuspensionOverItsCalls(t *testing.T) {
	c := newClock(t)
	c.mustPerson(t, "acme")
	c.mustPerson(t, "other")
	start := c.now.UTC()
	at := func(hour int) time.Time { return start.Add(time.Duration(hour) * time.Hour) }
	for hour, step := range []struct {
		write func(*store.Tx) error
		want  store.Suspension
	}{
		{suspend("token 1", "unpaid"), store.Suspension{Suspended: true, Since: at(0), By: "token 1", Reason: "unpaid"}},
		{suspend("token 2", ""), store.Suspension{Suspended: true, Since: at(0), By: "token 2", Reason: "unpaid"}},
		{suspend("token 3", "abuse"), store.Suspension{Suspended: true, Since: at(0), By: "token 3", Reason: "abuse"}},
		{upsert("token 4", new(true)), store.Suspension{Suspended: true, Since: at(0), By: "token 3", Reason: "abuse"}},
		{upsert("token 4", nil), store.Suspension{Suspended: true, Since: at(0), By: "token 3", Reason: "abuse"}},
		{unsuspend, store.Suspension{}},
		{unsuspend, store.Suspension{}},
		{upsert("token 5", nil), store.Suspension{}},
		{suspend("token 1", ""), store.Suspension{Suspended: true, Since: at(8), By: "token 1"}},
		{upsert("token 4", new(false)), store.Suspension{}},
		{upsert("token 4", new(true)), store.Suspension{Suspended: true, Since: at(10), By: "token 4"}},
		{suspend("token 1", "unpaid"), store.Suspension{Suspended: true, Since: at(10), By: "token 1", Reason: "unpaid"}},
	} {
		c.now = at(hour)
		c.mustWrite(t, step.write)
		err := c.Read(t.Context(), func(tx *store.Tx) error {
			acme, err := tx.Account(store.ScopeAll(), "acme")
			if acme.Suspension != step.want {
				t.Errorf("after step %d: %+v, want %+v", hour, acme.Suspension, step.want)
			}
			other, otherErr := tx.Account(store.ScopeAll(), "other")
			if other.Suspension != (store.Suspension{}) {
				t.Errorf("after step %d the other account has %+v", hour, other.Suspension)
			}
			return errors.Join(err, otherErr)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Who is suspended is signed off, with all subusers; links that were not opened yet are void. Signing on anew takes a
// new link once the suspension has ended.
func TestSuspensionEndsSessionsAndTickets(t *testing.T) {
	for name, write := range map[string]func(*store.Tx) error{
		"suspended":           suspend("token 1", "unpaid"),
		"suspended by upsert": upsert("token 1", new(true)),
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock(t)
			people := []store.Person{c.mustPerson(t, "acme"), c.mustPerson(t, "other")}
			for i := range 2 {
				sub := fmt.Sprint("sub", i)
				c.mustWrite(t, func(tx *store.Tx) error {
					if err := tx.CreateSubuser(store.ScopeAll(), people[i].Name, sub, "", permissions.All()); err != nil {
						return err
					}
					who, err := tx.Person(store.ScopeAll(), store.RoleUser, sub)
					people = append(people, who)
					return err
				})
			}
			for i, who := range people { // a session and a ticket each
				c.mustWrite(t, func(tx *store.Tx) error {
					return errors.Join(tx.CreateSession(hashOf(i), who.ID, tx.Now().Add(time.Hour)),
						tx.CreateTicket(store.Ticket{Hash: hashOf(i), LoginID: who.ID, Expires: tx.Now().Add(store.TicketLife)}))
				})
			}
			check := func(when string) {
				for i, who := range people {
					err := c.Read(t.Context(), func(tx *store.Tx) error {
						_, session := tx.Session(hashOf(i))
						_, ticket := tx.Ticket(hashOf(i))
						if want := who.Account == "acme"; isGone(session) != want || isGone(ticket) != want {
							t.Errorf("%s: %s has session %v, ticket %v; want both gone: %t", when, who.Name, session, ticket, want)
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			}
			c.mustWrite(t, write)
			check("suspended")
			c.mustWrite(t, unsuspend)
			check("unsuspended") // what was void stays so
		})
	}
}

// Suspending many accounts is all or nothing.
func TestSuspendManyNamesThoseThatAreNotThere(t *testing.T) {
	c := newClock(t)
	c.mustPerson(t, "acme")
	for _, write := range []func(*store.Tx, []string) error{
		func(tx *store.Tx, names []string) error {
			return tx.SuspendAccounts(store.ScopeAll(), names, "token 1", "")
		},
		func(tx *store.Tx, names []string) error { return tx.UnsuspendAccounts(store.ScopeAll(), names) },
	} {
		var missing *store.NotFoundError
		err := c.Write(t.Context(), func(tx *store.Tx) error { return write(tx, []string{"ACME", "ghost", "acme", "wraith"}) })
		if !errors.As(err, &missing) || fmt.Sprint(missing.Names) != "[ghost wraith]" {
			t.Errorf("%v, want ghost and wraith named", err)
		}
	}
	err := c.Read(t.Context(), func(tx *store.Tx) error {
		acme, err := tx.Account(store.ScopeAll(), "acme")
		if acme.Suspension.Suspended {
			t.Error("acme is suspended all the same")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
