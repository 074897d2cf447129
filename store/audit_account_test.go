package store

import (
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
)

// What was done to an account of the name before is nobody else's business, in whatever transaction it was done, and
// whichever clock said when.
func TestNewAccountHasNothingOfTheOneBefore(t *testing.T) {
	for _, was := range []struct {
		name   string
		before time.Duration // when the one of the name before was written about, as seen from the new one
		shared bool          // in the transaction that makes the new one
	}{
		{"long before", time.Hour, false},
		{"in the same millisecond", 0, false},
		{"by a clock that was ahead", -time.Hour, false},
		{"in the same transaction", 0, true},
	} {
		t.Run(was.name, func(t *testing.T) {
			c := &clock{noon.Add(-was.before)}
			s := mustOpen(t, onNode, at(c))
			tell := func(tx *Tx, what string) error { return tx.Audit(AuditRow{Account: "shop", Action: what}) }
			begin := func(tx *Tx) error { _, err := tx.SaveAccount(ScopeAll(), AccountChange{Name: "other"}); return err }
			before := func(tx *Tx) error { return tell(tx, "before") }
			if !was.shared {
				mustWrite(t, s, before)
				before = func(*Tx) error { return nil }
			}
			c.now = noon
			mustWrite(t, s, func(tx *Tx) error {
				for _, do := range []func(*Tx) error{begin, before} { // the trail is looked at before there is a row of this transaction
					if err := do(tx); err != nil {
						return err
					}
				}
				if _, err := tx.SaveAccount(ScopeAll(), AccountChange{Name: "Shop"}); err != nil {
					return err
				}
				return tell(tx, "after")
			})
			mustReadTx(t, s, func(tx *Tx) error {
				account, err := tx.Account(ScopeAll(), "shop")
				if err != nil {
					return err
				}
				trail, err := tx.Trail(account)
				if err != nil {
					return err
				}
				rows, err := tx.AuditRows(trail, 0, 10)
				if len(rows) != 1 || rows[0].Action != "after" {
					t.Errorf("the trail is %+v, want one row, of after", rows)
				}
				return err
			})
		})
	}
}

// A row of the trail that somebody spoilt hinders no new account.
func TestNewAccountsDespiteASpoiltRow(t *testing.T) {
	postgres.SQLiteOnly(t, "columns that hold values of another type")
	s := mustOpen(t, onNode)
	mustWrite(t, s, func(tx *Tx) error { return tx.Audit(AuditRow{Account: "shop", Action: "before"}) })
	mustExec(t, s, "UPDATE audit SET time = 'x'")
	mustWrite(t, s, func(tx *Tx) error {
		_, err := tx.SaveAccount(ScopeAll(), AccountChange{Name: "shop"})
		return err
	})
}
