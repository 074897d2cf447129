package store

import (
	"context"
	"fmt"
	"strconv"
)

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

const keysetCheck = "keyset_check"

// checkKeyset proves that the AEAD is the database's: a new database gets a sealed word, and an
// old one must open it. Without this a lost keyset would show only when a secret is read.
func (s *Store) checkKeyset(ctx context.Context) error {
	return s.Write(ctx, func(tx *Tx) error {
		sealed, err := tx.setting(keysetCheck)
		if err != nil {
			return err
		}
		if sealed != nil {
			if _, err := tx.unseal(sealed, keysetCheck); err != nil {
				return ErrWrongKeyset
			}
			return nil
		}
		if sealed, err = tx.seal("panelgate", keysetCheck); err != nil {
			return err
		}
		_, err = tx.exec("INSERT INTO settings (name, value) VALUES (?, ?)", keysetCheck, sealed)
		return err
	})
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
