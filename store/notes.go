package store

import (
	"crypto/rand"
	"encoding/hex"
)

const (
	databaseID = "database_id"
	lastBackup = "last_backup"
)

// DatabaseID tells this database from others, of whatever name; its copies have the same. It is made when it is first
// asked for, so this is a write.
func (tx *Tx) DatabaseID() (string, error) {
	id, err := tx.setting(databaseID)
	if err != nil || id != nil {
		return string(id), err
	}
	var random [16]byte
	rand.Read(random[:])
	id = []byte(hex.EncodeToString(random[:]))
	return string(id), tx.saveSetting(databaseID, id)
}

// LastBackup gives what SaveLastBackup kept, nil before the first time.
func (tx *Tx) LastBackup() ([]byte, error) { return tx.setting(lastBackup) }

// SaveLastBackup keeps how the last scheduled backup went, in the caller's words.
func (tx *Tx) SaveLastBackup(result []byte) error { return tx.saveSetting(lastBackup, result) }
