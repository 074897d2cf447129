package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"panelgate/auth"
	"panelgate/store"
)

type tokenCommand struct {
	Create tokenCreate `cmd:"" help:"Make a token and print its secret, which is kept nowhere."`
	List   tokenList   `cmd:"" help:"List the tokens."`
	Revoke tokenRevoke `cmd:"" help:"Make a token useless at once, on running servers too."`
	Rotate tokenRotate `cmd:"" help:"Make another token like one that there is, and let that one expire."`
}

// createToken stores a token with a new secret and gives the secret.
func createToken(ctx context.Context, db *store.Store, token store.NewToken) (string, error) {
	secret := auth.NewSecret()
	token.Hash = auth.HashSecret(secret)
	return secret, db.Write(ctx, func(tx *store.Tx) error {
		id, err := tx.CreateToken(token)
		if err != nil {
			return err
		}
		return auditToken(tx, "token create", id, nil)
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

type tokenRevoke struct {
	database
	ID int64 `arg:"" help:"The ID, as token list shows it."`
}

// Run revokes the token. Once it returns, a running server refuses it.
func (c *tokenRevoke) Run(ctx context.Context) error {
	defer waitUntilNoticed(ctx)
	return c.with(ctx, c.openExisting, func(db *store.Store) error {
		return noToken(c.ID, db.Write(ctx, func(tx *store.Tx) error {
			was, err := fieldsOfToken(tx, c.ID)
			if err != nil {
				return err
			}
			if err := tx.RevokeToken(c.ID); err != nil {
				return err
			}
			return auditToken(tx, "token revoke", c.ID, was)
		}))
	})
}

// waitUntilNoticed waits until a running server has noticed what was committed.
func waitUntilNoticed(ctx context.Context) {
	select {
	case <-time.After(store.NoticeTime):
	case <-ctx.Done():
	}
}

// noToken words that there is no token of the ID.
func noToken(id int64, err error) error {
	var missing *store.NotFoundError
	if errors.As(err, &missing) {
		return fmt.Errorf("there is no token %d: panelgate token list shows them", id)
	}
	return err
}

type tokenRotate struct {
	database
	ID      int64    `arg:"" help:"The ID, as token list shows it."`
	Overlap duration `default:"24h" help:"How long the old secret can still be used, such as 24h or 7d; 0 for no longer."`
}

// Run prints the new secret alone, so that a script can take it.
func (c *tokenRotate) Run(ctx context.Context, s streams) error {
	if c.Overlap < 0 {
		return usageError{"--overlap must not be negative"}
	}
	secret := auth.NewSecret()
	return c.with(ctx, c.openExisting, func(db *store.Store) error {
		err := db.Write(ctx, func(tx *store.Tx) error {
			was, err := fieldsOfToken(tx, c.ID)
			if err != nil {
				return err
			}
			id, err := tx.RotateToken(c.ID, auth.HashSecret(secret), c.Overlap.span())
			if err != nil {
				return err
			}
			return errors.Join(auditToken(tx, "token rotate", c.ID, was), auditToken(tx, "token create", id, nil))
		})
		var ended *store.ConflictError
		switch {
		case errors.As(err, &ended) && ended.Field == "successor":
			return errors.New(ended.Reason)
		case errors.As(err, &ended):
			return fmt.Errorf("%s: make another with panelgate token create", ended.Reason)
		}
		if err := noToken(c.ID, err); err != nil {
			return err
		}
		waitUntilNoticed(ctx)
		_, err = fmt.Fprintln(s.out, secret)
		return err
	})
}
