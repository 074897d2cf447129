package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"panelgate/gatewaytest/postgres"
)

// clock is a clock that a test sets.
type clock struct{ now time.Time }

func at(c *clock) func(*Options) {
	return func(o *Options) { o.Now = func() time.Time { return c.now } }
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// onNode is a store whose rows are of the node "one".
func onNode(o *Options) { o.Node = "one" }

// mustAudit writes n rows, each in a write of its own.
func mustAudit(t testing.TB, s *Store, n int) {
	t.Helper()
	for i := range n {
		mustWrite(t, s, func(tx *Tx) error {
			return tx.Audit(AuditRow{
				TokenID: 7, Actor: "client acme", Address: "192.0.2.1", RequestID: fmt.Sprintf("request%d", i), Action: "user/addsubuser",
				Target: "bob", Account: "Acme", Before: `{"a":1}`, After: `{"a":2}`, Result: ResultSuccess, Code: "none",
				Duration: 1234567 * time.Nanosecond,
			})
		})
	}
}

func mustVerify(t testing.TB, s *Store) []Chain {
	t.Helper()
	chains, err := s.VerifyAudit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return chains
}

func mustExec(t testing.TB, s *Store, query string, args ...any) {
	t.Helper()
	if _, err := mustRaw(t, s).Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestAuditChainIsWhole(t *testing.T) {
	c := &clock{noon}
	s := mustOpen(t, onNode, at(c))
	mustAudit(t, s, 3)
	mustWrite(t, s, func(tx *Tx) error { return tx.Audit(AuditRow{Target: "a"}, AuditRow{Target: "b"}) })
	c.now = noon.Add(-time.Hour) // the clock is set back: noted, and no fault
	mustAudit(t, s, 1)
	chains := mustVerify(t, s)
	if len(chains) != 1 {
		t.Fatalf("%d chains, want 1", len(chains))
	}
	got := chains[0]
	if got.Bad != 0 || got.Node != "one" || got.Rows != 6 || got.Head != 6 || got.Anchor != 0 || got.Back != 1 {
		t.Errorf("%+v", got)
	}
	mustReadTx(t, s, func(tx *Tx) error {
		rows, err := tx.AuditRowsAfter(AuditFilter{Account: "ACME"}, AuditRow{}, 10)
		if len(rows) != 4 || rows[0].Time != c.now || rows[3].Duration != 1234*time.Microsecond || rows[0].Account != "acme" {
			t.Errorf("%+v", rows)
		}
		return err
	})
}

// A write that is undone leaves no row, and none that fails in its group breaks the chain.
func TestAuditRowsGoWithTheirWrites(t *testing.T) {
	s := mustOpen(t, onNode)
	release := hold(t, s)
	done := make(chan error, 40)
	for i := range 40 {
		go func() {
			done <- s.Write(t.Context(), func(tx *Tx) error {
				if err := tx.Audit(AuditRow{Target: fmt.Sprint(i)}); err != nil {
					return err
				}
				if i%3 == 0 {
					return fmt.Errorf("refused")
				}
				return nil
			})
		}()
	}
	eventually(t, "the writes to queue", func() bool { return len(s.queue) == 40 })
	if err := release(); err != nil {
		t.Fatal(err)
	}
	kept := int64(0)
	for range 40 {
		if <-done == nil {
			kept++
		}
	}
	if got := mustVerify(t, s)[0]; got.Bad != 0 || got.Rows != kept {
		t.Errorf("%d writes were kept: %+v", kept, got)
	}
}

// Whatever of a row is changed by SQL, that row is named.
func TestAuditTellsTampering(t *testing.T) {
	changes := map[string]string{"time": "time + 1", "token_id": "8", "duration_us": "1", "hash": "substr(hash, 2)", "prev_hash": "substr(prev_hash, 2)"}
	for _, text := range []string{"actor", "address", "request_id", "action", "target", "account", "before", "after", "result", "code"} {
		changes[text] = "'changed'"
	}
	for column, value := range changes {
		t.Run(column, func(t *testing.T) {
			s := mustOpen(t, onNode)
			mustAudit(t, s, 9)
			mustExec(t, s, "UPDATE audit SET "+column+" = "+value+" WHERE seq = 5")
			wantBad(t, s, 5, "")
		})
	}
	for name, tamper := range map[string]struct {
		query string
		bad   int64
		says  string
	}{
		"another number":            {"UPDATE audit SET seq = 500 WHERE seq = 5", 5, "missing"},
		"another node":              {"UPDATE audit SET node = 'two' WHERE seq = 5", 5, "missing"},
		"deleted at the front":      {"DELETE FROM audit WHERE seq = 1", 1, "missing"},
		"deleted in the middle":     {"DELETE FROM audit WHERE seq IN (5, 6)", 5, "missing"},
		"deleted at the end":        {"DELETE FROM audit WHERE seq > 7", 8, "missing"},
		"all deleted":               {"DELETE FROM audit", 1, "missing"},
		"the ends deleted":          {"DELETE FROM audit_chains", 1, "gone"},
		"the ends changed":          {"UPDATE audit_chains SET ends = substr(ends, 2)", 1, "changed"},
		"a row added":               {"INSERT INTO audit SELECT node, 10, time, token_id, actor, address, request_id, action, target, account, before, after, result, code, duration_us, hash, hash FROM audit WHERE seq = 9", 10, "ends"},
		"a row that retention left": {"UPDATE audit SET seq = 0 WHERE seq = 1", 0, "before"},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, onNode)
			mustAudit(t, s, 9)
			mustExec(t, s, tamper.query)
			wantBad(t, s, tamper.bad, tamper.says)
		})
	}
}

func wantBad(t *testing.T, s *Store, bad int64, says string) {
	t.Helper()
	for _, chain := range mustVerify(t, s) {
		if chain.Node == "one" && (chain.Bad != bad || chain.Reason == "" || !strings.Contains(chain.Reason, says)) {
			t.Errorf("row %d is named: %s; want %d, %q", chain.Bad, chain.Reason, bad, says)
		}
	}
}

// Who knows how hashes are made, but has no keys, is told all the same.
func TestAuditTellsHashesMadeAnew(t *testing.T) {
	for name, to := range map[string]int{"one row": 5, "all rows up to the last": 9} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, onNode)
			mustAudit(t, s, 9)
			mustWrite(t, s, func(tx *Tx) error {
				rows, err := tx.AuditRowsAfter(AuditFilter{}, AuditRow{}, 10)
				for i := 4; i < to && err == nil; i++ {
					rows[i].Target, rows[i].prevHash = "forged", rows[i-1].hash
					rows[i].hash = rows[i].sum(rows[i].prevHash)
					_, err = tx.exec("UPDATE audit SET target = ?, prev_hash = ?, hash = ? WHERE seq = ?",
						rows[i].Target, rows[i].prevHash, rows[i].hash, rows[i].Seq)
				}
				return err
			})
			wantBad(t, s, int64(to), "anew")
		})
	}
}

// A value that looks the same, but that no filter finds, is no better than a changed one: neither for who verifies nor
// for retention, which would delete what shows it.
func TestAuditTellsValuesOfAnotherKind(t *testing.T) {
	postgres.SQLiteOnly(t, "a column may hold values of any kind")
	columns := []string{"node", "seq", "time", "token_id", "actor", "address", "request_id", "action", "target", "account",
		"before", "after", "result", "code", "duration_us"}
	for _, column := range columns {
		s := mustOpen(t, onNode)
		mustAudit(t, s, 3)
		mustExec(t, s, "UPDATE audit SET "+column+" = CAST("+column+" AS BLOB) WHERE seq = 1")
		if chains := mustVerify(t, s); chains[0].Bad != 1 {
			t.Errorf("%s as a BLOB: %+v", column, chains)
		}
		mustWrite(t, s, func(tx *Tx) error {
			_, _ = tx.TrimAudit(tx.Now().Add(time.Hour), 100) // says that it deletes nothing
			return nil
		})
		if n := mustCount(t, s, "SELECT COUNT(*) FROM audit"); n != 3 {
			t.Errorf("%s as a BLOB: retention left %d rows of 3", column, n)
		}
	}
	s := mustOpen(t, onNode)
	mustAudit(t, s, 9)
	mustExec(t, s, "UPDATE audit SET time = 'noon' WHERE seq = 5")
	wantBad(t, s, 5, "kind")
	for _, hash := range []string{"hash", "prev_hash"} {
		s := mustOpen(t, onNode)
		mustAudit(t, s, 3)
		mustExec(t, s, "UPDATE audit SET "+hash+" = CAST("+hash+" AS TEXT) WHERE seq = 1")
		if chains := mustVerify(t, s); chains[0].Bad != 1 {
			t.Errorf("%s as text: %+v", hash, chains)
		}
	}
}

func mustCount(t testing.TB, s *Store, query string) (n int64) {
	t.Helper()
	if err := mustRaw(t, s).QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A chain whose end was lost goes on, and tells for ever that it was.
func TestAuditGoesOnAfterTampering(t *testing.T) {
	for name, query := range map[string]string{"gone": "DELETE FROM audit_chains", "changed": "UPDATE audit_chains SET ends = substr(ends, 2)"} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, onNode)
			mustAudit(t, s, 3)
			mustExec(t, s, query)
			mustAudit(t, s, 2)
			wantBad(t, s, 4, "missing")
		})
	}
}

// lacking is an AEAD that has lost a key, and says so.
type lacking struct{ tink.AEAD }

func (lacking) Decrypt([]byte, []byte) ([]byte, error) { return nil, ErrUnknownKey }

// A keyset that lacks a key is no tampering: nothing is written over what it cannot open.
func TestAuditOutlivesALostKey(t *testing.T) {
	s := mustOpen(t, onNode)
	mustAudit(t, s, 3)
	right := s.opts.AEAD
	s.opts.AEAD = lacking{right}
	if err := s.Write(t.Context(), func(tx *Tx) error { return tx.Audit(AuditRow{Target: "bob"}) }); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("a row was written behind ends that cannot be read: %v", err)
	}
	wantBad(t, s, 1, "put the right keyset back")
	s.opts.AEAD = right
	mustAudit(t, s, 1)
	if got := mustVerify(t, s)[0]; got.Bad != 0 || got.Rows != 4 {
		t.Errorf("%+v", got)
	}
}
