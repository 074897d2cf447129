package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"panelgate/auth"
	"panelgate/store"
)

type backupCommand struct {
	database
	File       string `arg:"" help:"The new file."`
	WithKeyset bool   `help:"Put the keyset beside it, as FILE.keyset. Who has both can read every secret."`
}

// Run works beside servers of any version: it changes nothing.
func (c *backupCommand) Run(ctx context.Context, s streams) error {
	if err := c.mustBeFile("backup"); err != nil {
		return err
	}
	if beside := (database{DB: c.File}).keyset(); c.WithKeyset {
		if _, err := os.Lstat(beside); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s is there: choose another name, keysets are not replaced", beside)
		}
	}
	show, end := progress(s.err, "backup")
	err := store.Backup(ctx, c.DB, c.File, show)
	end()
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there: choose another name, backups are not replaced", c.File)
	}
	if err != nil {
		return err
	}
	if c.WithKeyset {
		if err := c.copyKeyset(ctx); err != nil {
			return err
		}
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s: %d bytes, whole\n", c.File, info.Size())
	if !c.WithKeyset {
		_, err = fmt.Fprintf(s.out, "keep %s too, elsewhere: without it nobody can read the secrets\n", c.keyset())
	}
	return err
}

// copyKeyset puts the keyset beside the backup, and makes sure that it still is the one for it.
func (c *backupCommand) copyKeyset(ctx context.Context) error {
	beside := database{DB: c.File}
	if err := copyPrivate(c.keyset(), beside.keyset()); err != nil {
		return err
	}
	keys, err := auth.OpenKeyset(beside.keyset())
	if err != nil {
		return err
	}
	look, err := store.Inspect(ctx, store.Options{DB: c.File, AEAD: keys, Readers: 1})
	if err != nil {
		return err
	}
	return errors.Join(beside.explain(look.Read(ctx, (*store.Tx).CheckKeys)), look.Close())
}

// copyPrivate copies a small file into a new one that only its owner can read, and on to the disk.
func copyPrivate(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
