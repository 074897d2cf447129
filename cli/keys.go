package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"panelgate/auth"
	"panelgate/store"
)

type keysCommand struct {
	Prepare keysPrepare `cmd:"" help:"Add a key to the keyset that seals nothing until keys rotate: first give the file to all servers that share the database."`
	Rotate  keysRotate  `cmd:"" help:"Add a key to the keyset, or take the prepared one, and seal everything anew with it; servers may run."`
	Reseal  keysReseal  `cmd:"" help:"Go on where keys rotate was broken off and no server runs, which would by itself."`
	Status  keysStatus  `cmd:"" help:"Show how much each key seals."`
	Retire  keysRetire  `cmd:"" help:"Remove a key that seals nothing any more."`
}

// noticeTime is how long a running server may take to read a keyset that was changed: see keysWatch.
const noticeTime = 2 * time.Second

// keyName is how a key is shown and named.
func keyName(id uint32) string { return fmt.Sprintf("%08x", id) }

type keysPrepare struct{ database }

// Run adds the key under the database's write lock, as keys rotate does.
func (c *keysPrepare) Run(ctx context.Context, s streams) error {
	return c.withKeys(ctx, func(db *store.Store, keys *auth.Keyset) error {
		var id uint32
		prepare := sync.OnceValues(keys.Prepare)
		err := db.Write(ctx, func(tx *store.Tx) (err error) {
			if id, err = prepare(); err != nil {
				return err
			}
			return auditKeys(tx, "keys prepare", id, keys)
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "key %s is prepared: give %s to every server of the database, then run panelgate keys rotate\n", keyName(id), c.keyset())
		return err
	})
}

type keysRotate struct {
	database
	Background bool `help:"Return as soon as the new key seals, and leave the rest to the running server."`
}

// Run adds the key under the database's write lock: see docs/adr about keys.
func (c *keysRotate) Run(ctx context.Context, s streams) error {
	return c.withKeys(ctx, func(db *store.Store, keys *auth.Keyset) error {
		if all := keys.Keys(); db.Nodes() > 1 && all[len(all)-1].Primary {
			return fmt.Errorf("%d servers share the database, and each has a keyset of its own: run panelgate keys prepare, give the keyset to all of them, then rotate", db.Nodes())
		}
		var id uint32
		rotate := sync.OnceValues(keys.Rotate) // the write may run again, and one key is enough
		err := db.Write(ctx, func(tx *store.Tx) (err error) {
			if id, err = rotate(); err != nil {
				return err
			}
			return errors.Join(tx.AdoptKeys(), auditKeys(tx, "keys rotate", id, keys))
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "key %s seals from now on: back up %s now, it is needed together with the database\n", keyName(id), c.keyset())
		if c.Background {
			return nil
		}
		return reseal(ctx, s, db, keys)
	})
}

// auditKeys writes down what was done to a key, and which keys there are now.
func auditKeys(tx *store.Tx, action string, id uint32, keys *auth.Keyset) error {
	var names []string
	for _, key := range keys.Keys() {
		names = append(names, keyName(key.ID))
	}
	return auditOperator(tx, action, "key "+keyName(id), map[string][]string{"keys": names})
}

// withKeys opens the database with its keyset for fn.
func (d database) withKeys(ctx context.Context, fn func(*store.Store, *auth.Keyset) error) error {
	if err := d.mustExist(); err != nil { // rather than make a new one
		return err
	}
	db, keys, err := d.openWithKeys(ctx, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(fn(db, keys), db.Close())
}

type keysReseal struct{ database }

// Run does what is left of a rotation.
func (c *keysReseal) Run(ctx context.Context, s streams) error {
	return c.withKeys(ctx, func(db *store.Store, keys *auth.Keyset) error { return reseal(ctx, s, db, keys) })
}

// reseal seals everything with the primary key, and says which keys are not needed any more.
func reseal(ctx context.Context, s streams, db *store.Store, keys *auth.Keyset) error {
	rows, err := keyRows(ctx, db.Read, keys)
	if err != nil {
		return err
	}
	left := 0
	for _, key := range rows {
		if !key.Primary {
			left += key.Values
		}
	}
	show, end := progress(s.err, "sealing anew")
	done, err := db.Reseal(ctx, func(r store.Resealed) { show(r.Done+r.Failed, max(left, r.Done+r.Failed)) })
	end()
	if done.Done > 0 { // some of it may be done where the rest is not
		err = errors.Join(err, db.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			return auditOperator(tx, "keys reseal", "", map[string]int{"values": done.Done, "failed": done.Failed})
		}))
	}
	if err != nil {
		return fmt.Errorf("%w: a running server goes on with it, or keys reseal does", err)
	}
	fmt.Fprintf(s.out, "%d values sealed anew\n", done.Done)
	if done.Failed > 0 {
		return fmt.Errorf("%d values cannot be opened with any key of the keyset and stay as they are: keys status names the key that is missing; put it back from a backup", done.Failed)
	}
	for _, key := range keys.Keys() {
		switch {
		case key.Primary || key.Prepared:
		case db.Nodes() > 1:
			fmt.Fprintf(s.out, "key %s seals nothing any more here: give the keyset, as it is now, to every server; then panelgate keys retire --given %[1]s\n", keyName(key.ID))
		default:
			fmt.Fprintf(s.out, "key %s seals nothing any more: panelgate keys retire %[1]s\n", keyName(key.ID))
		}
	}
	return nil
}

type keysRetire struct {
	database
	ID    string `arg:"" help:"The key, as keys status shows it."`
	Given bool   `help:"Every server that shares the database has the keyset in which another key seals. One that has not would go on sealing with this one, and nobody could read it."`
}

// Run removes the key under the database's write lock, so that nothing is sealed with it meanwhile.
func (c *keysRetire) Run(ctx context.Context, s streams) error {
	number, err := strconv.ParseUint(c.ID, 16, 32)
	if err != nil {
		return usageError{c.ID + ": want a key as keys status shows it, such as 1f2e3d4c"}
	}
	id := uint32(number)
	return c.withKeys(ctx, func(db *store.Store, keys *auth.Keyset) error {
		if db.Nodes() > 1 && !c.Given {
			return fmt.Errorf("%d servers share the database: give the keyset, as it is now, to all of them, then run this again with --given", db.Nodes())
		}
		if err := c.waitForServers(ctx); err != nil {
			return err
		}
		known := keys.Keys()
		remove := sync.OnceValue(func() error { return keys.Remove(id) }) // the write may run again
		err := db.Write(ctx, func(tx *store.Tx) error {
			use, err := tx.KeyUse()
			if err != nil {
				return err
			}
			if err := mayRetire(id, known, use[id]); err != nil {
				return err
			}
			if err := remove(); err != nil {
				return err
			}
			return auditKeys(tx, "keys retire", id, keys)
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "key %s is removed; backups made while it sealed something need the keyset of their time\n", keyName(id))
		return err
	})
}

// waitForServers gives servers the time to read the keyset in which another key became the primary one.
func (c *keysRetire) waitForServers(ctx context.Context) error {
	if os.Getenv(keysEnv) != "" {
		return auth.ErrFixedKeyset
	}
	info, err := os.Stat(c.keyset())
	if err != nil {
		return err
	}
	over := time.NewTimer(min(time.Until(info.ModTime().Add(noticeTime)), noticeTime))
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func mayRetire(id uint32, keys []auth.Key, values int) error {
	at := slices.IndexFunc(keys, func(k auth.Key) bool { return k.ID == id })
	switch {
	case at < 0:
		return fmt.Errorf("there is no key %s in the keyset: panelgate keys status shows them", keyName(id))
	case keys[at].Primary:
		return fmt.Errorf("key %s seals what is new: rotate the keys first", keyName(id))
	case values > 0:
		return fmt.Errorf("key %s still seals %d values: wait for the running server to seal them anew, or run panelgate keys reseal", keyName(id), values)
	}
	return nil
}
