package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// remembered counts what is kept, and checks that the triggers count the same.
func remembered(t *testing.T, s *Store, token int64) (rows int64) {
	t.Helper()
	where := " WHERE 0 = ?1 OR token_id = ?1"
	var bytes, countedRows, countedBytes int64
	err := errors.Join(
		mustRaw(t, s).QueryRow("SELECT COUNT(*), COALESCE(SUM(LENGTH(answer)), 0) FROM replays"+where, token).Scan(&rows, &bytes),
		mustRaw(t, s).QueryRow("SELECT count, bytes FROM replay_sizes WHERE token_id = ?", token).Scan(&countedRows, &countedBytes))
	if err != nil || rows != countedRows || bytes != countedBytes {
		t.Errorf("token %d: %d rows of %d bytes are counted as %d of %d, %v", token, rows, bytes, countedRows, countedBytes, err)
	}
	return rows
}

func keyed(token int64, n int) Repeat {
	return Repeat{TokenID: token, Action: "a", Key: fmt.Sprint("key number ", n), Fields: fmt.Sprint(n)}
}

// However much is sent, what is remembered of it is bounded: for each token by number and size, for all by size.
func TestRememberedIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		limits ReplayLimits
		kept   int64 // of the first token's 20
	}{
		"calls of a token": {ReplayLimits{TokenCalls: 7, TokenBytes: 1 << 20, Bytes: 1 << 20}, 7},
		"bytes of a token": {ReplayLimits{TokenCalls: 99, TokenBytes: 5500, Bytes: 1 << 20}, 3},
		"bytes of all":     {ReplayLimits{TokenCalls: 99, TokenBytes: 1 << 20, Bytes: 9000}, 6},
		"nothing fits":     {ReplayLimits{TokenCalls: 99, TokenBytes: 10, Bytes: 1 << 20}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, func(o *Options) { o.Replays = c.limits })
			answer := strings.Repeat("x", 1000) // 1.4 kB, sealed
			mustRemember(t, s, keyed(2, 0), "of another token", time.Hour)
			for n := range 20 {
				mustRemember(t, s, keyed(1, n), answer, time.Hour)
			}
			if kept := remembered(t, s, 1); kept != c.kept {
				t.Errorf("%d are kept, want %d", kept, c.kept)
			}
			remembered(t, s, 0)
			for n := range 20 {
				got, err := recall(t, s, keyed(1, n))
				if want := int64(n) >= 20-c.kept; err != nil || (got != "") != want {
					t.Errorf("call %d is remembered: %t, %v; want %t", n, got != "", err, want)
				}
			}
		})
	}
}

// With an account goes what was answered about it, and all that its tokens were answered. A key that made it makes no second.
func TestDeletedAccountsAreForgotten(t *testing.T) {
	s := mustOpen(t)
	var account, token int64
	mustWrite(t, s, func(tx *Tx) error {
		made, err := tx.CreateAccount(ScopeAll(), NewAccount{Name: "acme", Domain: "acme.example"})
		if err != nil {
			return err
		}
		account = made.ID
		token, err = tx.CreateToken(NewToken{Hash: [32]byte{1}, Kind: KindClient, Account: "acme"})
		about := Success{Answer: []byte("shows acme"), LoginID: account}
		keyless := keyed(99, 2)
		keyless.Key = ""
		return errors.Join(err, tx.Remember(keyed(99, 1), about, time.Hour), tx.Remember(keyless, about, time.Hour),
			tx.Remember(keyed(token, 1), Success{Answer: []byte("to acme")}, time.Hour), tx.Remember(keyed(99, 3), Success{Answer: []byte("else")}, time.Hour))
	})
	mustWrite(t, s, func(tx *Tx) error { return tx.DeleteAccounts(ScopeAll(), []string{"acme"}) })
	for name, c := range map[string]struct {
		of    Repeat
		found bool
		err   error
	}{
		"keyed":            {keyed(99, 1), false, ErrKeyPurged},
		"without key":      {Repeat{TokenID: 99, Action: "a", Fields: "2"}, false, nil},
		"of its token":     {keyed(token, 1), false, nil},
		"about other ones": {keyed(99, 3), true, nil},
	} {
		mustWrite(t, s, func(tx *Tx) error {
			if _, found, err := tx.Success(c.of); found != c.found || !errors.Is(err, c.err) {
				t.Errorf("%s: found %t, %v; want %t, %v", name, found, err, c.found, c.err)
			}
			return nil
		})
	}
	var open int
	if err := mustRaw(t, s).QueryRow("SELECT COUNT(*) FROM replays WHERE login_id = ? AND answer IS NOT NULL", account).Scan(&open); err != nil || open != 0 {
		t.Errorf("%d answers about the account are kept, %v", open, err)
	}
	remembered(t, s, 0)
}
