package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// ErrNewer means that a newer panelgate has changed the tables.
var ErrNewer = errors.New("it was made by a newer panelgate")

func newer(migration int64) error {
	return fmt.Errorf("%w (migration %d): use that one or a later one", ErrNewer, migration)
}

// tableSet is all that an engine's tables are made of, change by change.
type tableSet struct {
	dir     string
	dialect goose.Dialect
	options []goose.ProviderOption
}

// versions are the numbers of the changes.
func (t tableSet) versions() (all []int64, err error) {
	files, err := fs.Glob(migrations, t.dir+"/*.sql")
	for _, file := range files {
		version, numberErr := goose.NumericComponent(file)
		all, err = append(all, version), errors.Join(err, numberErr)
	}
	return all, err
}

func (t tableSet) provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, t.dir)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(t.dialect, db, dir, t.options...)
}

// migrate runs the migrations that the database has not seen, each in its own transaction. Where
// another program migrates the same file meanwhile, its migrations fail here, since what they make
// is there already, and are found done the next time; each can be lost in this way once. A database that knows more
// migrations than this program is [ErrNewer], and stays as it is.
func migrate(ctx context.Context, db *sql.DB, tables tableSet) error {
	provider, err := tables.provider(db)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	for range len(provider.ListSources()) + 1 { // goose's own table may be lost, too
		var current, known int64
		if current, known, err = provider.GetVersions(ctx); err == nil && current > known {
			return newer(current)
		}
		if _, err = provider.Up(ctx); err == nil {
			return nil
		}
	}
	return fmt.Errorf("migrate: %w", err)
}
