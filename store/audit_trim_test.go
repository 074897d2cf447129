package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// What retention leaves can still be verified, and so can that nothing else was deleted.
func TestTrimmedAuditIsWhole(t *testing.T) {
	c := &clock{noon}
	s := mustOpen(t, onNode, at(c))
	mustAudit(t, s, 10)
	c.now = noon.Add(time.Hour)
	mustAudit(t, s, 5)
	trim := func(before time.Time, limit, want int) {
		t.Helper()
		mustWrite(t, s, func(tx *Tx) error {
			done, err := tx.TrimAudit(before, limit)
			if done.Deleted != want || len(done.Broken) > 0 {
				t.Errorf("%+v, want %d rows deleted", done, want)
			}
			return err
		})
	}
	trim(noon, 4, 0)
	trim(noon.Add(time.Minute), 4, 4)
	trim(noon.Add(time.Minute), 100, 6)
	trim(noon.Add(time.Minute), 100, 0)
	if got := mustVerify(t, s)[0]; got.Bad != 0 || got.Rows != 5 || got.Anchor != 10 || got.Head != 15 {
		t.Errorf("%+v", got)
	}
	mustExec(t, s, "DELETE FROM audit WHERE seq = 11")
	wantBad(t, s, 11, "missing")
	done := mustTrim(t, s, noon.Add(2*time.Hour))
	if done.Deleted != 0 || len(done.Broken) != 1 || !errors.Is(done.Broken[0], ErrTampered) {
		t.Errorf("retention deletes what shows that a row is missing: %+v", done)
	}
	wantBad(t, s, 11, "missing")
}

// mustTrim deletes at most 100 rows of each chain.
func mustTrim(t *testing.T, s *Store, before time.Time) (done Trimmed) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) (err error) {
		done, err = tx.TrimAudit(before, 100)
		return err
	})
	return done
}

// A chain that was tampered with stays, and keeps no other from being trimmed.
func TestTrimGoesOnBehindABrokenChain(t *testing.T) {
	s := mustOpen(t, onNode)
	for _, node := range []string{"one", "sealed", "three"} {
		other, err := Open(t.Context(), Options{DB: s.opts.DB, AEAD: s.opts.AEAD, Node: node})
		if err != nil {
			t.Fatal(err)
		}
		mustAudit(t, other, 3)
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
	}
	mustExec(t, s, "UPDATE audit SET actor = 'somebody' WHERE node = 'one' AND seq = 1")
	mustExec(t, s, "UPDATE audit_chains SET ends = substr(ends, 2) WHERE node = 'sealed'")
	done := mustTrim(t, s, time.Now().Add(time.Hour))
	if done.Deleted != 3 || len(done.Broken) != 2 {
		t.Fatalf("%+v, want the 3 rows of the node three deleted", done)
	}
	for i, says := range []string{"row 1 of one", "sealed ends of the audit chain cannot be read: sealed"} {
		if !errors.Is(done.Broken[i], ErrTampered) || !strings.Contains(done.Broken[i].Error(), says) {
			t.Errorf("broken: %v, want %q", done.Broken[i], says)
		}
	}
	chains := mustVerify(t, s)
	if chains[0].Bad != 1 || chains[0].Rows != 0 || chains[1].Bad == 0 || chains[2].Bad != 0 || chains[2].Anchor != 3 {
		t.Errorf("%+v", chains)
	}
}

// A trail of which every row was deleted goes on from there.
func TestWhollyTrimmedAuditGoesOn(t *testing.T) {
	s := mustOpen(t, onNode)
	mustAudit(t, s, 3)
	mustTrim(t, s, time.Now().Add(time.Hour))
	mustAudit(t, s, 2)
	if got := mustVerify(t, s)[0]; got.Bad != 0 || got.Rows != 2 || got.Anchor != 3 || got.Head != 5 {
		t.Errorf("%+v", got)
	}
}

// Each node has a chain of its own in one database.
func TestAuditChainsOfNodes(t *testing.T) {
	one := mustOpen(t, onNode)
	two, err := Open(t.Context(), Options{DB: one.opts.DB, AEAD: one.opts.AEAD, Node: "two"})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	for range 3 {
		mustAudit(t, one, 1)
		mustAudit(t, two, 2)
	}
	chains := mustVerify(t, two)
	if len(chains) != 2 || chains[0].Rows != 3 || chains[1].Rows != 6 || chains[0].Bad+chains[1].Bad != 0 {
		t.Errorf("%+v", chains)
	}
	mustExec(t, one, "DELETE FROM audit WHERE node = 'one' AND seq = 2")
	chains = mustVerify(t, one)
	if chains[0].Bad != 2 || chains[1].Bad != 0 {
		t.Errorf("%+v", chains)
	}
}

func TestAuditFilter(t *testing.T) {
	c := &clock{noon}
	s := mustOpen(t, onNode, at(c))
	for _, r := range []AuditRow{
		{Action: "accounts/wwwacct", Account: "acme", TokenID: 1},
		{Action: "accounts/wwwXacct", Account: "acme", TokenID: 1},
		{Action: "user/addsubuser", Account: "acme", TokenID: 2},
		{Action: "accounts/%", TokenID: 2},
	} {
		mustWrite(t, s, func(tx *Tx) error { return tx.Audit(r) })
		c.now = c.now.Add(time.Minute)
	}
	for name, want := range map[string]struct {
		filter AuditFilter
		rows   int64
	}{
		"all":           {AuditFilter{}, 4},
		"account":       {AuditFilter{Account: "ACME"}, 3},
		"no account":    {AuditFilter{Account: "nobody"}, 0},
		"pattern":       {AuditFilter{Action: "accounts/*"}, 3},
		"exact":         {AuditFilter{Action: "accounts/wwwacct"}, 1},
		"in the middle": {AuditFilter{Action: "*/www*acct"}, 2},
		"percent":       {AuditFilter{Action: "accounts/%"}, 1},
		"token":         {AuditFilter{TokenID: 2}, 2},
		"since":         {AuditFilter{Since: noon.Add(time.Minute)}, 3},
		"until":         {AuditFilter{Until: noon.Add(time.Minute)}, 1},
		"together":      {AuditFilter{Action: "accounts/*", TokenID: 2, Since: noon}, 1},
	} {
		mustReadTx(t, s, func(tx *Tx) error {
			n, err := tx.CountAudit(want.filter)
			if err != nil {
				return err
			}
			rows, err := tx.AuditRows(want.filter, 0, 10)
			if n != want.rows || int64(len(rows)) != want.rows {
				t.Errorf("%s: %d counted, %d rows, want %d", name, n, len(rows), want.rows)
			}
			return err
		})
	}
}
