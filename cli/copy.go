package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"panelgate/store"
)

type copyCommand struct {
	From   string `required:"" placeholder:"DB" help:"The database to copy: a file, or postgres://…. It is brought up to date first; no server may run on it."`
	To     string `required:"" placeholder:"DB" help:"The database to make: there must be none, or an empty one, or the beginning of a copy of the same that was broken off."`
	Keyset string `placeholder:"FILE" help:"The keyset of both; by default the one beside the file that is copied. $${PANELGATE_KEYS} may hold its content."`
}

// Run copies and compares. What was broken off goes on where it was when the same command is run again.
func (c *copyCommand) Run(ctx context.Context, s streams) error {
	from, to := database{DB: c.From, Keyset: c.Keyset}, database{DB: c.To, Keyset: c.Keyset}
	keys, err := from.readKeyset()
	if err != nil {
		return err
	}
	if err := c.giveKeyset(from, to); err != nil {
		return err
	}
	show, end := progress(s.err, "copy")
	copied, err := store.Copy(ctx, store.Options{DB: c.From, AEAD: keys}, store.Options{DB: c.To, AEAD: keys}, show)
	end()
	if err != nil {
		return explainCopy(from.explain(err))
	}
	if err := printDigest(s.out, copied.Digest); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "\nsha256 %x of both: the copy is whole, and its keys are those of %s\n", copied.Digest.Sum, to.keys())
	return err
}

// giveKeyset puts the keyset beside a new file, as every command looks for it there.
func (c *copyCommand) giveKeyset(from, to database) error {
	if to.keys() == from.keys() {
		return nil
	}
	if err := copyPrivate(from.keyset(), to.keyset()); !errors.Is(err, os.ErrExist) {
		return err
	}
	wanted, err := os.ReadFile(from.keyset())
	if err != nil {
		return err
	}
	there, err := os.ReadFile(to.keyset())
	if err == nil && !bytes.Equal(there, wanted) {
		err = fmt.Errorf("%s is there and is not %s: move it away first, or copy to another name", to.keyset(), from.keyset())
	}
	return err
}

// explainCopy says what to do where a copy was refused.
func explainCopy(err error) error {
	switch {
	case errors.Is(err, store.ErrInUse):
		return fmt.Errorf("%w: what it is given meanwhile would be lost, so stop the servers first", err)
	case errors.Is(err, store.ErrNotEmpty):
		return fmt.Errorf("%w: name a database that is empty or is not there", err)
	case errors.Is(err, store.ErrCopyDiffers):
		return fmt.Errorf("%w: somebody changed one of them meanwhile; empty the new one and copy again", err)
	}
	return err
}

func printDigest(w io.Writer, digest store.Digest) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TABLE\tROWS\tSHA256")
	for _, t := range digest.Tables {
		fmt.Fprintf(table, "%s\t%d\t%x\n", t.Name, t.Rows, t.Sum[:8])
	}
	return table.Flush()
}
