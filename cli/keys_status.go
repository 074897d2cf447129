package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"panelgate/auth"
	"panelgate/store"
)

type keysStatus struct {
	database
	JSON bool `name:"json" help:"Print JSON."`
}

// keyRow is a key as keys status shows it.
type keyRow struct {
	ID       string `json:"id"`
	Primary  bool   `json:"primary"`
	Missing  bool   `json:"missing"`  // it sealed something and is not in the keyset
	Prepared bool   `json:"prepared"` // it is newer than the primary one
	Values   int    `json:"values"`   // what it seals
}

// Run looks only: it works beside a server of any version.
func (c *keysStatus) Run(ctx context.Context, s streams) error {
	keys, err := c.readKeyset()
	if err != nil {
		return err
	}
	look, err := store.Inspect(ctx, store.Options{DB: c.DB, AEAD: keys, Readers: 1})
	if err != nil {
		return err
	}
	rows, err := keyRows(ctx, look.Read, keys)
	if err := errors.Join(err, look.Close()); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(rows)
	}
	return printKeys(s.out, rows)
}

// keyRows are the keys of the keyset, oldest first, then those that are missing from it.
func keyRows(ctx context.Context, read func(context.Context, func(*store.Tx) error) error, keys *auth.Keyset) ([]keyRow, error) {
	var use map[uint32]int
	err := read(ctx, func(tx *store.Tx) (err error) {
		use, err = tx.KeyUse()
		return err
	})
	if err != nil {
		return nil, err
	}
	var rows []keyRow
	for _, key := range keys.Keys() {
		rows = append(rows, keyRow{ID: keyName(key.ID), Primary: key.Primary, Prepared: key.Prepared, Values: use[key.ID]})
		delete(use, key.ID)
	}
	inKeyset := len(rows)
	for id, values := range use {
		rows = append(rows, keyRow{ID: keyName(id), Missing: true, Values: values})
	}
	slices.SortFunc(rows[inKeyset:], func(a, b keyRow) int { return b.Values - a.Values })
	return rows, nil
}

func printKeys(w io.Writer, rows []keyRow) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tVALUES\tSTATE")
	for _, key := range rows {
		state := "seals nothing any more: panelgate keys retire " + key.ID
		switch {
		case key.Prepared:
			state = "prepared: give the keyset to every server, then panelgate keys rotate"
		case key.Missing:
			state = "missing from the keyset: put it back from a backup"
		case key.Primary:
			state = "seals what is new"
		case key.Values > 0:
			state = "still needed: a running server is sealing anew, or panelgate keys reseal does"
		}
		fmt.Fprintf(table, "%s\t%d\t%s\n", key.ID, key.Values, state)
	}
	return table.Flush()
}
