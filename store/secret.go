package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// sealedColumn is a column whose values are sealed. The primary key of its table is made of integers.
type sealedColumn struct {
	name   string // what its values are sealed under; changing it makes them unreadable
	table  string
	column string
	row    []string // the primary key, in the order in which a value is bound to its row
}

// sealedColumns are all of them, so that new keys reach every one. One that is left out keeps its old key, and cannot
// be read once that is removed.
func sealedColumns() []sealedColumn {
	return []sealedColumn{
		{sealedPath, "websites", "path", []string{"account_id", "position"}},
		{sealedPass, "website_databases", "pass", []string{"account_id", "website", "position"}},
		{sealedEnds, "audit_chains", "ends", []string{"id"}},
		{sealedAnswer, "replays", "answer", []string{"id"}},
		{sealedReplayKey, "replay_keys", "secret", []string{"id"}},
	}
}

// seal encrypts a secret column. The associated data names its table, column and row, so that a
// ciphertext copied to another row does not open there.
func (tx *Tx) seal(secret, column string, row ...int64) ([]byte, error) {
	sealed, err := tx.aead.Encrypt([]byte(secret), associated(column, row))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", column, err)
	}
	return sealed, nil
}

// unseal is the inverse of seal.
func (tx *Tx) unseal(sealed []byte, column string, row ...int64) (string, error) {
	secret, err := tx.aead.Decrypt(sealed, associated(column, row))
	if err != nil {
		return "", fmt.Errorf("unseal %s: %w", column, err)
	}
	return string(secret), nil
}

func associated(column string, row []int64) []byte {
	ad := []byte(column)
	for _, n := range row {
		ad = append(ad, '/')
		ad = strconv.AppendInt(ad, n, 10)
	}
	return ad
}

// prefixLength is that of what stands before everything sealed: a byte 1 and the key's ID, as Tink writes it.
const prefixLength = 5

// primaryPrefix is the prefix of what is sealed now.
func (tx *Tx) primaryPrefix() ([]byte, error) {
	sealed, err := tx.aead.Encrypt(nil, nil)
	if err != nil {
		return nil, err
	}
	if len(sealed) < prefixLength || sealed[0] != 1 {
		return nil, errors.New("the keyset's keys put no ID before what they seal")
	}
	return sealed[:prefixLength], nil
}

// KeyID reads the ID of the key out of a sealed value; false where it has none.
func KeyID(sealed []byte) (id uint32, ok bool) {
	if len(sealed) < prefixLength || sealed[0] != 1 {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:prefixLength]), true
}

// keyID is KeyID with 0 for no key.
func keyID(sealed []byte) uint32 {
	id, _ := KeyID(sealed)
	return id
}

const (
	keysetCheck = "keyset_check" // a word sealed with the newest key that the database has seen
	keysetIDs   = "keyset_ids"   // the IDs of all keys that it has ever seen, hexadecimal, with a space behind each
)

// checkKeyset proves that the AEAD is the database's: a new database gets a sealed word, and an
// old one must open it. Without this a lost keyset would show only when a secret is read.
func (s *Store) checkKeyset(ctx context.Context) error {
	return s.Write(ctx, (*Tx).AdoptKeys)
}

// AdoptKeys seals the database's check with the primary key, once, so that from here on a keyset without that key is
// told when the database is opened: with [ErrOldKeyset] when it is from before a rotation, with [ErrWrongKeyset] when
// it is another database's.
func (tx *Tx) AdoptKeys() error {
	if mark, err := tx.setting(copying); err != nil || mark != nil {
		return errors.Join(err, ErrHalfCopied)
	}
	prefix, err := tx.primaryPrefix()
	if err != nil {
		return err
	}
	if adopted, err := tx.keysetState(prefix); err != nil || adopted {
		return err
	}
	check, err := tx.seal("panelgate", keysetCheck)
	if err != nil {
		return err
	}
	if err := tx.saveSetting(keysetCheck, check); err != nil {
		return err
	}
	ids, err := tx.setting(keysetIDs)
	if err != nil {
		return err
	}
	return tx.saveSetting(keysetIDs, fmt.Appendf(ids, "%08x ", keyID(prefix)))
}

// keysetState says whether the database has seen the key of this prefix, and whether the AEAD is its own.
func (tx *Tx) keysetState(primary []byte) (adopted bool, err error) {
	check, err := tx.setting(keysetCheck)
	if err != nil || check == nil {
		return false, err
	}
	ids, err := tx.setting(keysetIDs)
	if err != nil {
		return false, err
	}
	seen := bytes.HasPrefix(check, primary) || bytes.Contains(ids, fmt.Appendf(nil, "%08x ", keyID(primary)))
	if _, err := tx.unseal(check, keysetCheck); err == nil {
		return seen, nil // the check stays sealed with the newest key, also where a server has it only prepared
	}
	if seen {
		return false, ErrOldKeyset
	}
	return false, ErrWrongKeyset
}

func (tx *Tx) saveSetting(name string, value []byte) error {
	_, err := tx.exec("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		name, value)
	return err
}

// setting gives a value of the settings table, nil when it was never set.
func (tx *Tx) setting(name string) ([]byte, error) {
	found, err := collect(tx, func(r *row) (v []byte, err error) { return v, r.Scan(&v) },
		"SELECT value FROM settings WHERE name = ?", name)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
