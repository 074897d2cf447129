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

// ErrKeyReused means that the key of a call was sent with another call before.
var ErrKeyReused = errors.New("the key was used for another call")

// Repeat says which calls are the same one: those of one token and action with the same key or,
// where there is none, the same fields.
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
	PasswordHash string // bcrypt, of the password that was sent; "" for none
}

// Success finds what is remembered of a call. The same key with other fields is [ErrKeyReused].
func (tx *Tx) Success(of Repeat) (success Success, found bool, err error) {
	key, fingerprint, err := tx.fingerprint(of)
	if err != nil {
		return success, false, err
	}
	rows, err := collect(tx, func(r *row) (sealed sealedSuccess, err error) {
		return sealed, r.Scan(&sealed.id, &sealed.fingerprint, &sealed.answer)
	}, `SELECT id, fingerprint, answer FROM replays
		WHERE token_id = ? AND action = ? AND keyed = ? AND key = ? AND expires_at > ?`,
		of.TokenID, of.Action, of.Key != "", key, tx.stamp())
	if err != nil || len(rows) == 0 {
		return success, false, err
	}
	if !hmac.Equal(rows[0].fingerprint, fingerprint) {
		return success, false, ErrKeyReused
	}
	text, err := tx.unseal(rows[0].answer, sealedAnswer, rows[0].id)
	if err != nil {
		return success, false, err
	}
	return success, true, json.Unmarshal([]byte(text), &success)
}

type sealedSuccess struct {
	id          int64
	fingerprint []byte
	answer      []byte
}

// The names under which these are sealed.
const (
	sealedAnswer    = "replays.answer" // it may hold the credentials of websites
	sealedReplayKey = "replay_keys.secret"
)

// Remember keeps a success for as long as life, in the transaction of what succeeded, and deletes
// some that have expired.
func (tx *Tx) Remember(of Repeat, success Success, life time.Duration) error {
	_, err := tx.exec("DELETE FROM replays WHERE id IN (SELECT id FROM replays WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
		tx.stamp(), sweep)
	if err != nil {
		return err
	}
	key, fingerprint, err := tx.fingerprint(of)
	if err != nil {
		return err
	}
	id, err := tx.insert(`INSERT INTO replays (token_id, action, keyed, key, fingerprint, answer, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (token_id, action, keyed, key) DO UPDATE SET fingerprint = excluded.fingerprint, expires_at = excluded.expires_at
		RETURNING id`,
		of.TokenID, of.Action, of.Key != "", key, fingerprint, []byte{}, tx.now.Add(life).UnixMilli())
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
	_, err = tx.exec("UPDATE replays SET answer = ? WHERE id = ?", sealed, id)
	return err
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
	_, err = tx.exec("INSERT INTO replay_keys (id, secret) VALUES (1, ?)", sealed)
	return secret, err
}
