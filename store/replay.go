package store

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrKeyReused means that the key of a call was sent with another call before.
	ErrKeyReused = errors.New("the key was used for another call")
	// ErrKeyPurged means that the key was sent with this call before, and that what the answer was about is deleted since.
	ErrKeyPurged = errors.New("what the key was used for is deleted since")
)

// Repeat says which calls are the same one: those of one token and action with the same fields and the same key, if any.
type Repeat struct {
	TokenID int64 // of tokens that were rotated, the first
	Action  string
	Key     string // the caller's; "" for none
	Fields  string // all that was sent, passwords left out
}

// Success is what is remembered of a call that succeeded.
type Success struct {
	Answer       []byte // as it was sent
	Target       string // what was made or changed
	TargetID     int64  // its row; 0 where it is gone, or there is none
	LoginID      int64  `json:"-"` // the login that the answer is about, 0 for none: with it goes the answer
	PasswordHash string // bcrypt, of the password that was sent; "" for none
}

// Success finds what is remembered of a call. The same key with other fields, or another action, is [ErrKeyReused].
func (tx *Tx) Success(of Repeat) (success Success, found bool, err error) {
	key, fingerprint, err := tx.fingerprint(of)
	if err != nil {
		return success, false, err
	}
	rows, err := collect(tx, func(r *row) (sealed sealedSuccess, err error) {
		return sealed, r.Scan(&sealed.id, &sealed.action, &sealed.fingerprint, &sealed.answer)
	}, `SELECT id, action, fingerprint, answer FROM replays
		WHERE token_id = ? AND key = ? AND keyed = ? AND (keyed OR action = ?) AND expires_at > ?`,
		of.TokenID, key, of.Key != "", of.Action, tx.stamp())
	if err != nil || len(rows) == 0 {
		return success, false, err
	}
	if rows[0].action != of.Action || !hmac.Equal(rows[0].fingerprint, fingerprint) {
		return success, false, ErrKeyReused
	}
	if len(rows[0].answer) == 0 {
		return success, false, purged(of)
	}
	text, err := tx.unseal(rows[0].answer, sealedAnswer, rows[0].id)
	if err != nil {
		return success, false, err
	}
	return success, true, json.Unmarshal([]byte(text), &success)
}

// purged is nil for calls without a key: what is deleted can be made again.
func purged(of Repeat) error {
	if of.Key == "" {
		return nil
	}
	return ErrKeyPurged
}

type sealedSuccess struct {
	id          int64
	action      string
	fingerprint []byte
	answer      []byte
}

// The names under which these are sealed.
const (
	sealedAnswer    = "replays.answer" // it may hold the credentials of websites
	sealedReplayKey = "replay_keys.secret"
)

// Remember keeps a success for as long as life, in the transaction of what succeeded, and deletes
// some that have expired. The oldest go before their time where too much is kept: see [ReplayLimits].
func (tx *Tx) Remember(of Repeat, success Success, life time.Duration) error {
	if _, err := tx.ForgetExpired(); err != nil {
		return err
	}
	key, fingerprint, err := tx.fingerprint(of)
	if err != nil {
		return err
	}
	id, err := one(collect(tx, scanCount, `INSERT INTO replays (token_id, action, keyed, key, fingerprint, answer, login_id, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (token_id, key, keyed, action) DO UPDATE SET fingerprint = excluded.fingerprint,
			login_id = excluded.login_id, expires_at = excluded.expires_at
		RETURNING id`,
		of.TokenID, of.Action, of.Key != "", key, fingerprint, []byte{}, nonZero(success.LoginID), tx.now.Add(life).UnixMilli()))
	if err != nil {
		return fmt.Errorf("remember a success: %w", err)
	}
	text, err := json.Marshal(success)
	if err != nil {
		return err
	}
	sealed, err := tx.seal(string(text), sealedAnswer, id)
	if err != nil {
		return err
	}
	if _, err = tx.execAside("UPDATE replays SET answer = ? WHERE id = ?", sealed, id); err != nil {
		return err
	}
	return tx.trimReplays(of.TokenID)
}

// fingerprint gives what the table keeps of a call's key and fields. Whoever reads the table
// without the keyset cannot try out what the fields may have been.
func (tx *Tx) fingerprint(of Repeat) (key, fields []byte, err error) {
	secret, err := tx.replayKey()
	if err != nil {
		return nil, nil, err
	}
	mac := func(kind, text string) []byte {
		h := hmac.New(sha256.New, secret)
		fmt.Fprintf(h, "%s\x00%s", kind, text) // a hash takes everything
		return h.Sum(nil)
	}
	fields = mac("fields", of.Fields)
	if of.Key == "" {
		return fields, fields, nil
	}
	return mac("key", of.Key), fields, nil
}

// replayKey gives the key of the fingerprints, and makes it where there is none.
func (tx *Tx) replayKey() ([]byte, error) {
	found, err := collect(tx, func(r *row) (v []byte, err error) { return v, r.Scan(&v) }, "SELECT secret FROM replay_keys WHERE id = 1")
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		secret, err := tx.unseal(found[0], sealedReplayKey, 1)
		return []byte(secret), err
	}
	secret := make([]byte, sha256.Size)
	rand.Read(secret)
	sealed, err := tx.seal(string(secret), sealedReplayKey, 1)
	if err != nil {
		return nil, err
	}
	_, err = tx.execAside("INSERT INTO replay_keys (id, secret) VALUES (1, ?)", sealed)
	return secret, err
}
