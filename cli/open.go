package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"panelgate/auth"
	"panelgate/store"
)

// defaultDB is the database file when none is named.
const defaultDB = "panelgate.db"

// database is the flag of every command that works on the file.
type database struct {
	DB     string `name:"db" default:"${defaultDB}" placeholder:"DB" help:"The database: a file, which is made when there is none, or postgres://USER@HOST:PORT/NAME of a PostgreSQL server, whose password is best in $$PGPASSWORD or ~/.pgpass. The keys of its secrets are in FILE.keyset beside it, or in panelgate.db.keyset in the working directory."`
	Keyset string `placeholder:"FILE" help:"The file of the keys, if not the one beside the database. Several servers on one database each have a copy of the same; $${PANELGATE_KEYS} may hold its content in place of a file."`
	Node   string `placeholder:"NAME" help:"What the audit trail calls this machine; by default its host name."`
}

// keysEnv is the environment variable that may hold the content of a keyset file. It is no flag: those are seen by others.
const keysEnv = "PANELGATE_KEYS"

// name is what people are told of the database: there is no password in it.
func (d database) name() string { return store.NameOf(d.DB) }

// keyset is the file of the keys.
func (d database) keyset() string {
	if d.Keyset != "" {
		return d.Keyset
	}
	return d.beside() + ".keyset"
}

// beside is what the names of files begin with that belong to the database: for one on a server they are in the working
// directory.
func (d database) beside() string {
	if store.OnServer(d.DB) {
		return defaultDB
	}
	return d.DB
}

// isThere reports whether there is a database, as far as that can be told without opening it.
func (d database) isThere() (bool, error) {
	if store.OnServer(d.DB) {
		return true, nil
	}
	return isThere(d.DB)
}

// keys says where the keys are, for people.
func (d database) keys() string {
	if os.Getenv(keysEnv) != "" {
		return "$" + keysEnv
	}
	return d.keyset()
}

// readKeyset reads the keys from where they are.
func (d database) readKeyset() (*auth.Keyset, error) {
	if content := os.Getenv(keysEnv); content != "" {
		return auth.ParseKeyset(content)
	}
	return auth.OpenKeyset(d.keyset())
}

// open opens the database, and makes it together with its keyset when there is neither. A keyset
// that is lost is never replaced: new keys could read nothing of what is stored.
func (d database) open(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	db, _, err := d.openWithKeys(ctx, store.Options{Log: log})
	return db, err
}

// openServing is open for a server, of which a database has one at a time.
func (d database) openServing(ctx context.Context, log *slog.Logger) (*store.Store, *auth.Keyset, error) {
	return d.openWithKeys(ctx, store.Options{Log: log, Serving: true})
}

// openWithKeys is open with more options, and gives the keyset too.
func (d database) openWithKeys(ctx context.Context, o store.Options) (*store.Store, *auth.Keyset, error) {
	keys, made, err := d.openKeyset()
	if err != nil {
		return nil, nil, d.explain(err)
	}
	o.DB, o.AEAD, o.Node = d.DB, keys, d.Node
	db, err := store.Open(ctx, o)
	if made && errors.Is(err, store.ErrWrongKeyset) { // the database has been there before
		return nil, nil, fmt.Errorf("%w; the new one that was made there is of no use to it", d.missingKeyset())
	}
	return db, keys, d.explain(err)
}

func (d database) missingKeyset() error {
	if store.OnServer(d.DB) {
		return fmt.Errorf("the keyset %s of the database %s is missing: copy it from another server of the database, or put it back from your backup", d.keyset(), d.name())
	}
	return fmt.Errorf("the keyset %s of the database %s is missing: put it back from your backup", d.keyset(), d.name())
}

// explain says of an error about the database or its keyset which files it is about and what to do.
func (d database) explain(err error) error {
	switch {
	case errors.Is(err, store.ErrInUse) && store.OnServer(d.DB):
		return fmt.Errorf("%w: give this one another with --node", err)
	case errors.Is(err, store.ErrInUse):
		return fmt.Errorf("%w: a database has one server at a time; stop that one first, or name another file with --db", err)
	case errors.Is(err, store.ErrReadOnly):
		return fmt.Errorf("%w: let the user that panelgate runs as (%d) write to %s, to the files beside it and to their directory", err, os.Getuid(), d.DB)
	case store.IsDamage(err):
		return fmt.Errorf("%w: %s; panelgate doctor looks at the rest", err, afterDamage)
	case errors.Is(err, store.ErrOldKeyset):
		return fmt.Errorf("the keyset %s is from before the keys of the database %s were rotated: put the newer one back from your backup", d.keys(), d.name())
	case errors.Is(err, store.ErrWrongKeyset):
		return fmt.Errorf("the keyset %s does not belong to the database %s: put the right one back from your backup", d.keys(), d.name())
	}
	return err
}

// openKeyset reads the keys, and makes a file of them for a database that is new.
func (d database) openKeyset() (keys *auth.Keyset, made bool, err error) {
	if os.Getenv(keysEnv) != "" {
		keys, err = d.readKeyset()
		return keys, false, err
	}
	hasKeys, err := isThere(d.keyset())
	if err != nil {
		return nil, false, err
	}
	if !hasKeys {
		if made, err = d.makeKeyset(); err != nil {
			return nil, false, err
		}
	}
	keys, err = d.readKeyset()
	return keys, made, err
}

// makeKeyset makes the keys of a database that is not there. Whether one on a server is, is known when it is opened.
func (d database) makeKeyset() (made bool, err error) {
	if !store.OnServer(d.DB) {
		if exists, err := isThere(d.DB); err != nil || exists {
			return false, errors.Join(err, d.missingKeyset())
		}
	}
	// Another process may be making it at the same time; then that one is the database's.
	err = auth.CreateKeyset(d.keyset())
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return false, fmt.Errorf("make the keyset: %w", err)
	}
	return err == nil, nil
}

// openExisting is open for commands that have nothing to say of a database that is not there.
func (d database) openExisting(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	if err := d.mustExist(); err != nil {
		return nil, err
	}
	return d.open(ctx, log)
}

// mustExist refuses a file that is not there. Whether a database on a server is, its server tells; for one that is to be
// there no keys are made.
func (d database) mustExist() error {
	if store.OnServer(d.DB) {
		_, err := d.readKeyset()
		if errors.Is(err, fs.ErrNotExist) {
			return d.missingKeyset()
		}
		return err
	}
	exists, err := d.isThere()
	if err == nil && !exists {
		err = fmt.Errorf("there is no database %s: name its file with --db", d.DB)
	}
	return err
}

// inspect opens a database for fn to look at. It is neither written nor migrated, so that looking works beside a server
// of another version, and without the right to write.
func (d database) inspect(ctx context.Context, fn func(*store.Inspection) error) error {
	if err := d.mustExist(); err != nil {
		return err
	}
	keys, err := d.readKeyset()
	if errors.Is(err, fs.ErrNotExist) {
		return d.missingKeyset()
	}
	if err != nil {
		return err
	}
	look, err := store.Inspect(ctx, store.Options{DB: d.DB, AEAD: keys, Readers: 1})
	if err != nil {
		return err
	}
	if err = d.explain(look.Suits(ctx)); err == nil {
		err = fn(look)
	}
	return errors.Join(err, look.Close())
}

// afterDamage is what to do with a database that is damaged.
const afterDamage = "stop the server, keep the file aside and restore the newest backup: panelgate restore"

// mustBeFile refuses what works on files for a database on a server.
func (d database) mustBeFile(what string) error {
	if store.OnServer(d.DB) {
		return usageError{what + " is for database files: PostgreSQL is backed up by its own tools, pg_dump, or pg_basebackup with an archive of the write-ahead log; keep the keyset, too"}
	}
	return nil
}

// isThere reports whether a file exists and holds something.
func isThere(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil && info.IsDir() {
		return false, fmt.Errorf("%s is a directory: name a file", path)
	}
	return err == nil && info.Size() > 0, err
}
