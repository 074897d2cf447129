package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func mustRemember(t *testing.T, s *Store, of Repeat, answer string, life time.Duration) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) error {
		return tx.Remember(of, Success{Answer: []byte(answer), Target: "bob", PasswordHash: "$2a$hash"}, life)
	})
}

// recall gives the answer that is remembered, "" where none is.
func recall(t *testing.T, s *Store, of Repeat) (answer string, err error) {
	t.Helper()
	err = s.Write(t.Context(), func(tx *Tx) error {
		success, found, err := tx.Success(of)
		if found && (success.Target != "bob" || success.PasswordHash != "$2a$hash") {
			t.Errorf("%+v", success)
		}
		answer = string(success.Answer)
		return err
	})
	return answer, err
}

func TestRememberedSuccess(t *testing.T) {
	c := &clock{noon}
	s := mustOpen(t, at(c))
	keyed := Repeat{TokenID: 1, Action: "user/addsubuser", Key: "key of the caller", Fields: "fields"}
	keyless := Repeat{TokenID: 1, Action: "user/addsubuser", Fields: "other fields"}
	mustRemember(t, s, keyed, "answer with a secret", time.Hour)
	mustRemember(t, s, keyless, "answer", time.Minute)

	otherToken, otherAction, otherKey, otherFields := keyed, keyed, keyed, keyed
	otherToken.TokenID, otherAction.Action, otherKey.Key, otherFields.Fields = 2, "POST /users", "another key", "changed"
	for name, want := range map[string]struct {
		of     Repeat
		answer string
		err    error
	}{
		"keyed": {keyed, "answer with a secret", nil}, "keyless": {keyless, "answer", nil}, "other token": {of: otherToken},
		"other action": {otherAction, "", ErrKeyReused}, "other key": {of: otherKey}, "other fields": {otherFields, "", ErrKeyReused},
		"no key": {of: Repeat{TokenID: 1, Action: "user/addsubuser", Fields: "fields"}},
	} {
		if answer, err := recall(t, s, want.of); answer != want.answer || !errors.Is(err, want.err) {
			t.Errorf("%s: %q, %v; want %q, %v", name, answer, err, want.answer, want.err)
		}
	}

	c.now = noon.Add(time.Minute)
	if answer, err := recall(t, s, keyless); answer != "" || err != nil {
		t.Errorf("a minute later: %q, %v", answer, err)
	}
	c.now = noon.Add(time.Hour - time.Millisecond)
	if answer, _ := recall(t, s, keyed); answer == "" {
		t.Error("forgotten before its time")
	}
	c.now = noon.Add(time.Hour)
	if answer, err := recall(t, s, otherFields); answer != "" || err != nil {
		t.Errorf("a key that has expired is in the way: %q, %v", answer, err)
	}
	mustRemember(t, s, otherFields, "new", time.Hour)
	if answer, err := recall(t, s, otherFields); answer != "new" || err != nil {
		t.Errorf("a key that has expired cannot be used again: %q, %v", answer, err)
	}
}

// Neither the key, nor the fields, nor the answer can be read out of the file.
func TestRememberedSuccessIsSealed(t *testing.T) {
	s := mustOpen(t)
	mustRemember(t, s, Repeat{TokenID: 1, Action: "a", Key: "marked key", Fields: "marked fields"}, "marked answer", time.Hour)
	var key, fingerprint, answer, secret string
	err := mustRaw(t, s).QueryRow("SELECT key, fingerprint, answer, secret FROM replays, replay_keys").Scan(&key, &fingerprint, &answer, &secret)
	if all := key + fingerprint + answer; err != nil || strings.Contains(all, "marked") || len(key) != 32 || len(fingerprint) != 32 {
		t.Errorf("%q, %v", all, err)
	}
	mustExec(t, s, "UPDATE replays SET id = 77") // an answer that was moved to another row
	if _, err := recall(t, s, Repeat{TokenID: 1, Action: "a", Key: "marked key", Fields: "marked fields"}); err == nil {
		t.Error("an answer opens in a row that is not its own")
	}
}

// What has expired is deleted a few rows at a time.
func TestExpiredSuccessesGo(t *testing.T) {
	c := &clock{noon}
	s := mustOpen(t, at(c))
	mustWrite(t, s, func(tx *Tx) error {
		for i := range 3 * sweep {
			if err := tx.Remember(Repeat{Action: "a", Fields: fmt.Sprint(i)}, Success{}, time.Minute); err != nil {
				return err
			}
		}
		return nil
	})
	count := func() (n int) {
		if err := mustRaw(t, s).QueryRow("SELECT COUNT(*) FROM replays").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	c.now = noon.Add(time.Hour)
	for _, want := range []int{2*sweep + 1, sweep + 2, 3, 4} {
		mustRemember(t, s, Repeat{Action: "b", Fields: fmt.Sprint(want)}, "", time.Minute)
		if n := count(); n != want {
			t.Errorf("%d rows, want %d", n, want)
		}
	}
}

// New keys reach the trail and what is remembered: both outlive the key that they were sealed with.
func TestTrailAndSuccessesOutliveTheirKey(t *testing.T) {
	keys := mustKeyring(t)
	s := mustOpen(t, onNode, func(o *Options) { o.AEAD = keys })
	of := Repeat{TokenID: 1, Action: "a", Key: "key of the caller", Fields: "fields"}
	mustAudit(t, s, 3)
	mustRemember(t, s, of, "answer", time.Hour)
	old := keys.primary()
	keys.mustChange(t, true)
	if done, err := s.Reseal(t.Context(), nil); err != nil || done.Failed != 0 {
		t.Fatal(done, err)
	}
	keys.mustChange(t, false, old)
	mustAudit(t, s, 1)
	if got := mustVerify(t, s)[0]; got.Bad != 0 || got.Rows != 4 {
		t.Errorf("%+v", got)
	}
	if answer, err := recall(t, s, of); answer != "answer" || err != nil {
		t.Errorf("%q, %v", answer, err)
	}
}
