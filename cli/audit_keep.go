package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"panelgate/store"
)

// auditFlags say how long the audit trail is kept.
type auditFlags struct {
	AuditKeep duration `default:"400d" placeholder:"TIME" help:"Delete rows of the audit trail that are older, such as 400d; 0: keep them for ever."`
}

func (f *auditFlags) check() error {
	if f.AuditKeep < 0 {
		return usageError{"--audit-keep: want a duration such as 400d, or 0 to keep all"}
	}
	return nil
}

const (
	trimEvery  = time.Hour
	trimAtOnce = 500 // rows a write: others take their turn between two of them
)

// trimAudit deletes old rows, at once and then every hour, until ctx ends.
func (f *auditFlags) trimAudit(ctx context.Context, db *store.Store, log *slog.Logger) {
	again := time.NewTicker(trimEvery)
	defer again.Stop()
	for {
		deleted, err := f.trim(ctx, db)
		if err != nil && ctx.Err() == nil {
			log.Error("old rows of the audit trail stay", "error", err)
		}
		if deleted > 0 {
			log.Info("old rows of the audit trail deleted", "rows", deleted)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// longestPause is after how long without any row the clock is doubted, at least.
const longestPause = 24 * time.Hour

// doubt is an error where nothing was written for longer than rows are kept, just before the oldest row that is to stay: a
// clock that is ahead looks like that, and would have everything deleted at once.
func (f *auditFlags) doubt(ctx context.Context, db *store.Store) error {
	var gap time.Duration
	err := db.Read(ctx, func(tx *store.Tx) (err error) {
		gap, err = tx.AuditGap(tx.Now().Add(-f.AuditKeep.span()))
		return err
	})
	if err == nil && gap > max(f.AuditKeep.span(), longestPause) {
		err = fmt.Errorf("nothing was written for %s: is the clock ahead? If it is right, old rows go once newer ones are as old", gap.Round(time.Hour))
	}
	return err
}

func (f *auditFlags) trim(ctx context.Context, db *store.Store) (deleted int, err error) {
	if err := f.doubt(ctx, db); err != nil {
		return 0, err
	}
	for {
		var done store.Trimmed
		err := db.Write(ctx, func(tx *store.Tx) (err error) {
			done, err = tx.TrimAudit(tx.Now().Add(-f.AuditKeep.span()), trimAtOnce)
			return err
		})
		deleted += done.Deleted
		if err != nil || done.Deleted == 0 {
			return deleted, errors.Join(err, errors.Join(done.Broken...))
		}
	}
}
