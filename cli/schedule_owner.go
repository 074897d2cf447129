package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"panelgate/handlers"
	"panelgate/store"
)

// errForeignBackups means that the directory has backups of another database whose file has the same name.
var errForeignBackups = errors.New("the directory has the backups of another database of that name")

// claim makes sure that the files in the directory with this database's name are its own: else each of two would take
// the other's backups for its own and remove them. Whose they are stands in a file beside them.
func (b *backupSchedule) claim(ctx context.Context) error {
	var id string
	err := b.store.Write(ctx, func(tx *store.Tx) (err error) {
		id, err = tx.DatabaseID()
		return err
	})
	if err != nil {
		return err
	}
	claim := filepath.Join(b.BackupDir, b.base+".database")
	if err := appear(claim, id+"\n"); !errors.Is(err, os.ErrExist) {
		return err
	}
	theirs, err := os.ReadFile(claim)
	if err == nil && string(theirs) != id+"\n" {
		err = fmt.Errorf("%w: give each its own --backup-dir, or remove %s if that one is no more", errForeignBackups, claim)
	}
	return err
}

// appear makes a file with all that it holds, [os.ErrExist] where there is one.
func appear(file, content string) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Link(f.Name(), file)
		return errors.Join(err, os.Remove(f.Name()))
	}
	return errors.Join(err, os.Remove(f.Name()))
}

// saved is how the last backup went, of whichever server of this database; false where there was none.
func (b *backupSchedule) saved(ctx context.Context) (last handlers.Backup, ok bool) {
	var text []byte
	err := b.store.Read(ctx, func(tx *store.Tx) (err error) {
		text, err = tx.LastBackup()
		return err
	})
	if err == nil && text != nil {
		err = json.Unmarshal(text, &last)
	}
	if err != nil && ctx.Err() == nil {
		b.log.Error("how the last backup went is not known", "error", err)
	}
	return last, err == nil && text != nil
}

// save keeps how a backup went, for after a restart.
func (b *backupSchedule) save(ctx context.Context, result handlers.Backup) {
	text, err := json.Marshal(result)
	if err == nil {
		err = b.store.Write(ctx, func(tx *store.Tx) error { return tx.SaveLastBackup(text) })
	}
	if err != nil && ctx.Err() == nil {
		b.log.Error("how the backup went is forgotten at the next start", "error", err)
	}
}
