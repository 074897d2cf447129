package cli

import (
	"context"
	"log/slog"
	"time"

	"panelgate/store"
)

// forgetEvery is how often what is remembered of calls is looked through for what has expired: new calls do it too, if
// there are any.
const forgetEvery = 10 * time.Minute

// forgetExpired deletes what is remembered of calls beyond its time, at once and then every so often, until ctx ends.
func forgetExpired(ctx context.Context, db *store.Store, log *slog.Logger) {
	again := time.NewTicker(forgetEvery)
	defer again.Stop()
	for {
		for some := int64(1); some > 0 && ctx.Err() == nil; {
			err := db.Write(ctx, func(tx *store.Tx) (err error) {
				some, err = tx.ForgetExpired()
				return err
			})
			if err != nil {
				some = 0
				log.Warn("what is remembered of calls stays beyond its time", "error", err)
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}
