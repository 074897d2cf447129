package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"panelgate/auth"
	"panelgate/store"
)

type tokenCommand struct {
	Create tokenCreate `cmd:"" help:"Make a token and print its secret, which is kept nowhere."`
	List   tokenList   `cmd:"" help:"List the tokens."`
	Revoke tokenRevoke `cmd:"" help:"Make a token useless at once, on running servers too."`
}

type tokenCreate struct {
	database
	Kind    string `enum:"admin,client" required:"" help:"admin, or client for the actions of one account."`
	Account string `placeholder:"NAME" help:"The account of a client token."`
	SSO     bool   `name:"sso" help:"Let the token make sign-on links."`
	Probe   bool   `help:"Let the token make the server test connections (dryrun=all)."`
	Name    string `placeholder:"NOTE" help:"What the token is for."`
}

// Run prints the secret alone, so that a script can take it.
func (c *tokenCreate) Run(ctx context.Context, s streams) error {
	if (c.Kind == store.KindClient) != (c.Account != "") {
		return usageError{"--account NAME goes with --kind client, and only with it"}
	}
	return c.with(ctx, c.open, func(db *store.Store) error {
		secret, err := createToken(ctx, db, store.NewToken{Kind: c.Kind, Account: c.Account, SSO: c.SSO, Probe: c.Probe, Name: c.Name})
		var missing *store.NotFoundError
		if errors.As(err, &missing) {
			return fmt.Errorf("there is no account named %s: create it first, with the action users/upsert", c.Account)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, secret)
		return err
	})
}

// createToken stores a token with a new secret and gives the secret.
func createToken(ctx context.Context, db *store.Store, token store.NewToken) (string, error) {
	secret := auth.NewSecret()
	token.Hash = auth.HashSecret(secret)
	return secret, db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.CreateToken(token)
		return err
	})
}

// with opens the database for fn.
func (d database) with(ctx context.Context, open func(context.Context, *slog.Logger) (*store.Store, error), fn func(*store.Store) error) error {
	db, err := open(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return errors.Join(fn(db), db.Close())
}

func allTokens(ctx context.Context, db *store.Store) (tokens []store.Token, err error) {
	err = db.Read(ctx, func(tx *store.Tx) (err error) {
		tokens, err = tx.Tokens()
		return err
	})
	return tokens, err
}

type tokenList struct {
	database
	JSON bool `name:"json" help:"Print JSON."`
}

// tokenRow is a token as token list shows it.
type tokenRow struct {
	ID      int64      `json:"id"`
	Kind    string     `json:"kind"`
	Account string     `json:"account,omitempty"`
	SSO     bool       `json:"sso"`
	Probe   bool       `json:"probe"`
	Name    string     `json:"name"`
	Created time.Time  `json:"created"`
	Revoked *time.Time `json:"revoked,omitempty"`
}

// Run prints every token, revoked ones too.
func (c *tokenList) Run(ctx context.Context, s streams) error {
	return c.with(ctx, c.openExisting, func(db *store.Store) error {
		tokens, err := allTokens(ctx, db)
		if err != nil {
			return err
		}
		rows := make([]tokenRow, len(tokens))
		for i, t := range tokens {
			rows[i] = tokenRow{ID: t.ID, Kind: t.Kind, Account: t.Account, SSO: t.SSO, Probe: t.Probe, Name: t.Name, Created: t.Created}
			if !t.Revoked.IsZero() {
				rows[i].Revoked = &t.Revoked
			}
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
	fmt.Fprintln(table, "ID\tKIND\tACCOUNT\tSSO\tPROBE\tCREATED\tSTATE\tNAME")
	for _, r := range rows {
		state := "good"
		if r.Revoked != nil {
			state = "revoked " + r.Revoked.Format(time.DateTime)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%t\t%t\t%s\t%s\t%s\n",
			r.ID, r.Kind, r.Account, r.SSO, r.Probe, r.Created.Format(time.DateTime), state, r.Name)
	}
	return table.Flush()
}

type tokenRevoke struct {
	database
	ID int64 `arg:"" help:"The ID, as token list shows it."`
}

// Run revokes the token; a running server refuses it from its next call on.
func (c *tokenRevoke) Run(ctx context.Context) error {
	return c.with(ctx, c.openExisting, func(db *store.Store) error {
		err := db.Write(ctx, func(tx *store.Tx) error { return tx.RevokeToken(c.ID) })
		var missing *store.NotFoundError
		if errors.As(err, &missing) {
			return fmt.Errorf("there is no token %d: panelgate token list shows them", c.ID)
		}
		return err
	})
}
