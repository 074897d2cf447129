package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"panelgate/auth"
	"panelgate/store"
)

type restoreCommand struct {
	File   string `arg:"" help:"The backup."`
	DB     string `name:"db" required:"" placeholder:"NEW" help:"The database to make of it; there must be none."`
	Keyset string `placeholder:"FILE" help:"The keyset of the backup's time; by default FILE.keyset beside the backup, else NEW.keyset."`
}

// Run makes a database of a backup, with its keyset beside it.
func (c *restoreCommand) Run(ctx context.Context, s streams) error {
	made := database{DB: c.DB}
	if err := made.mustBeFile("restore"); err != nil {
		return err
	}
	from, err := c.findKeyset(made)
	if err != nil {
		return err
	}
	keys, err := auth.OpenKeyset(from)
	if err != nil {
		return err
	}
	show, end := progress(s.err, "restore")
	err = store.Restore(ctx, c.File, c.DB, keys, show)
	end()
	switch {
	case errors.Is(err, os.ErrExist):
		return fmt.Errorf("%s is there: restore into a new file, and move it when it is", c.DB)
	case errors.Is(err, store.ErrOldKeyset), errors.Is(err, store.ErrWrongKeyset):
		return fmt.Errorf("the keyset %s does not open the backup %s (%w): give the one of the backup's time with --keyset", from, c.File, err)
	case err != nil:
		return err
	}
	if from != made.keyset() {
		if err := copyPrivate(from, made.keyset()); err != nil && !errors.Is(err, os.ErrExist) { // then it is the same
			return err
		}
	}
	if _, err := fmt.Fprintf(s.out, "%s: whole, with its keyset %s\n", c.DB, made.keyset()); err != nil {
		return err
	}
	return c.checkTrail(ctx, s, made)
}

// checkTrail warns of an audit trail that is not as it was written. The database can be used all the same.
func (c *restoreCommand) checkTrail(ctx context.Context, s streams, made database) error {
	chains, lacking, err := made.verifyAudit(ctx)
	if err != nil && ctx.Err() == nil {
		_, err = fmt.Fprintf(s.err, "warning: the audit trail is not checked: %s\n", oneLine(err))
	}
	if lacking {
		fmt.Fprintf(s.err, "warning: %s\n", noTrail)
	}
	for _, chain := range chains {
		if chain.Bad != 0 {
			fmt.Fprintf(s.err, "warning: audit trail of %s\n", verdict(chain))
		}
	}
	return err
}

// findKeyset chooses the keyset. One that is there already must be the same: it may be another database's.
func (c *restoreCommand) findKeyset(made database) (string, error) {
	from := c.Keyset
	if from == "" {
		from = database{DB: c.File}.keyset()
		if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
			from = made.keyset()
		}
	}
	wanted, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) && c.Keyset == "" {
		return "", fmt.Errorf("there is no keyset %s.keyset and no %s: give the one of the backup's time with --keyset", c.File, from)
	}
	if err != nil {
		return "", err
	}
	there, err := os.ReadFile(made.keyset())
	if err == nil && !bytes.Equal(there, wanted) {
		return "", fmt.Errorf("%s is there and is not %s: move it away first, or restore to another name", made.keyset(), from)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return from, nil
}
