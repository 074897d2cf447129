package cli

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/store"
)

// lookAfter does what a server does beside answering calls, until ctx ends or stop is called, which waits for it.
func (c *serveCommand) lookAfter(ctx context.Context, db *store.Store, keys *auth.Keyset, g *handlers.Gateway, acme *authority, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { (&keysWatch{db: db, keys: keys, log: log}).run(ctx) })
	if !store.OnServer(c.DB) { // which looks after its own files
		beside.Go(func() { checkIntegrity(ctx, c.DB, g, log) })
	}
	if c.BackupEvery > 0 {
		beside.Go(func() { c.schedule(db, c.DB, log, g.NoteBackup).run(ctx) })
	}
	if c.AuditKeep > 0 {
		beside.Go(func() { c.trimAudit(ctx, db, log) })
	}
	beside.Go(func() { forgetExpired(ctx, db, log) })
	if acme != nil {
		go acme.obtain() // takes as long as the authority does; nothing of the store's is in it
	}
	return func() { cancel(); beside.Wait() }
}

// checkIntegrity looks through the whole database once. That takes too long for a large one to wait with its calls.
func checkIntegrity(ctx context.Context, file string, g *handlers.Gateway, log *slog.Logger) {
	began := time.Now()
	result := handlers.Integrity{Time: began.UTC().Truncate(time.Second)}
	err := store.FindDamage(ctx, file)
	if ctx.Err() != nil {
		return
	}
	var damaged *store.DamagedError
	switch {
	case errors.As(err, &damaged):
		log.Error("database damaged", "found", damaged.Findings, "do", afterDamage)
		result.Error = "the database is damaged: see the log"
	case err != nil:
		log.Error("database not looked through", "error", err)
		result.Error = "not looked through: see the log"
	default:
		result.OK = true
		log.Info("database whole", "duration", time.Since(began))
	}
	g.NoteIntegrity(result)
}

// keysWatch follows the keyset file, and seals everything anew that an older key of it sealed: after keys rotate, and
// after a start where that was broken off.
type keysWatch struct {
	db   *store.Store
	keys *auth.Keyset
	log  *slog.Logger

	told     string // the last error, so that each is logged once
	resealed uint32 // the primary key that seals everything, as far as is known
}

func (w *keysWatch) run(ctx context.Context) {
	again := time.NewTicker(noticeTime / 2)
	defer again.Stop()
	for {
		w.tell(w.look(ctx))
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

func (w *keysWatch) tell(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != w.told && text != "" {
		w.log.Error("keyset", "error", err)
	}
	w.told = text
}

func (w *keysWatch) look(ctx context.Context) error {
	changed, err := w.keys.Refresh()
	if err != nil {
		return err
	}
	keys := w.keys.Keys()
	if changed {
		w.log.Info("keyset read", "keys", len(keys))
	}
	primary := keys[len(keys)-1]
	if !primary.Primary { // it is prepared: other servers may seal with it already
		return nil
	}
	if primary.ID == w.resealed || len(keys) < 2 {
		return nil
	}
	done, err := w.db.Reseal(ctx, nil)
	if ctx.Err() != nil {
		return nil // goes on at the next start
	}
	if err != nil {
		return err
	}
	w.resealed = primary.ID
	w.log.Info("secrets sealed with the newest key", "key", keyName(primary.ID), "values", done.Done)
	if done.Failed > 0 {
		w.log.Error("values that no key of the keyset opens: see panelgate keys status", "values", done.Failed)
	}
	return nil
}
