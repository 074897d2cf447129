package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"text/tabwriter"
	"time"

	"panelgate/store"
)

type tokenList struct {
	database
	JSON bool `name:"json" help:"Print JSON, with all there is to know of each."`
}

// tokenRow is a token as token list shows it.
type tokenRow struct {
	ID            int64          `json:"id"`
	Kind          string         `json:"kind"`
	Account       string         `json:"account,omitempty"`
	Subuser       string         `json:"subuser,omitempty"`
	Admin         string         `json:"admin,omitempty"`
	WasFor        string         `json:"was_for,omitempty"` // deleted since
	State         store.State    `json:"state"`
	Name          string         `json:"name"`
	Actions       []string       `json:"actions,omitempty"`
	From          []netip.Prefix `json:"from,omitempty"`
	NotBefore     *time.Time     `json:"not_before,omitempty"`
	Expires       *time.Time     `json:"expires,omitempty"`
	UsesLeft      *int64         `json:"uses_left,omitempty"`
	PerMinute     int64          `json:"per_minute,omitempty"`
	SSO           bool           `json:"sso"`
	Probe         bool           `json:"probe"`
	Strict        bool           `json:"strict"`
	RevealSecrets bool           `json:"reveal_secrets"`
	Created       time.Time      `json:"created"`
	Revoked       *time.Time     `json:"revoked,omitempty"`
	LastUsed      *time.Time     `json:"last_used,omitempty"`
	LastUsedFrom  *netip.Addr    `json:"last_used_from,omitempty"`
}

func rowOfToken(t store.Token, now time.Time) tokenRow {
	row := tokenRow{
		ID: t.ID, Kind: t.Kind, WasFor: t.WasFor, Account: t.Account, State: t.State(now), Name: t.Name, Actions: t.Actions, From: t.Addresses,
		NotBefore: unlessZero(t.NotBefore), Expires: unlessZero(t.Expires), UsesLeft: t.Uses, PerMinute: t.PerMinute,
		SSO: t.SSO, Probe: t.Probe, Strict: t.Strict, RevealSecrets: !t.Masked, Created: t.Created,
		Revoked: unlessZero(t.Revoked), LastUsed: unlessZero(t.LastUse.At), LastUsedFrom: unlessZero(t.LastUse.From),
	}
	switch t.Kind {
	case store.KindSubuser:
		row.Subuser = t.Login
	case store.KindAdmin:
		row.Admin = t.Login
	}
	return row
}

// unlessZero is a value that is left out where there is none.
func unlessZero[T comparable](value T) *T {
	var none T
	if value == none {
		return nil
	}
	return &value
}

// Run prints every token, in whatever state.
func (c *tokenList) Run(ctx context.Context, s streams) error {
	return c.with(ctx, c.openExisting, func(db *store.Store) error {
		rows := []tokenRow{} // an empty list is [], never null
		err := db.Read(ctx, func(tx *store.Tx) error {
			tokens, err := tx.Tokens()
			for _, t := range tokens {
				rows = append(rows, rowOfToken(t, tx.Now()))
			}
			return err
		})
		if err != nil {
			return err
		}
		if c.JSON {
			enc := json.NewEncoder(s.out)
			enc.SetIndent("", "  ")
			return enc.Encode(rows)
		}
		return printTokens(s.out, rows)
	})
}

func printTokens(w io.Writer, rows []tokenRow) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tKIND\tFOR\tSSO\tPROBE\tCREATED\tLAST USE\tSTATE\tNAME")
	for _, r := range rows {
		fmt.Fprintf(table, "%d\t%s\t%s\t%t\t%t\t%s\t%s\t%s\t%s\n", r.ID, r.Kind, r.actsFor(), r.SSO, r.Probe,
			r.Created.Format(time.DateTime), r.lastUse(), r.state(), r.Name)
	}
	return table.Flush()
}

// actsFor names the login that the token is bound to, or was.
func (r tokenRow) actsFor() string {
	if r.WasFor != "" {
		return r.WasFor + " (deleted)"
	}
	switch r.Kind {
	case store.KindSubuser:
		return r.Account + "/" + r.Subuser
	case store.KindAdmin:
		return r.Admin
	}
	return r.Account
}

func (r tokenRow) lastUse() string {
	switch {
	case r.LastUsed == nil:
		return "never"
	case r.LastUsedFrom == nil:
		return r.LastUsed.Format(time.DateTime)
	}
	return r.LastUsed.Format(time.DateTime) + " " + r.LastUsedFrom.String()
}

// state is the state with the time that belongs to it.
func (r tokenRow) state() string {
	at := r.Expires
	switch r.State {
	case store.StateRevoked:
		at = r.Revoked
	case store.StateNotYetValid:
		at = r.NotBefore
	case store.StateGood:
		if r.Expires != nil {
			return "good until " + r.Expires.Format(time.DateTime)
		}
		return string(r.State)
	case store.StateUsedUp:
		return string(r.State)
	}
	if at == nil {
		return string(r.State)
	}
	return string(r.State) + " " + at.Format(time.DateTime)
}
