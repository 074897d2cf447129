package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Inspection is a database that is looked at and not changed: it is not migrated, not written, and no file is made
// beside it.
type Inspection struct{ s *Store }

// ErrChanged means that what a look found may be wrong: a program began to work on the database meanwhile.
var ErrChanged = errors.New("the database was changed while it was looked at: try again")

// Inspect opens a database for a look. There must be one.
func Inspect(ctx context.Context, opts Options) (*Inspection, error) {
	s := newStore(opts)
	var err error
	if s.readDB, err = s.engine.look(ctx); err != nil {
		return nil, err
	}
	if err := s.startReaders(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", s.engine.name(), err), s.Close())
	}
	return &Inspection{s: s}, nil
}

// Close ends the look. [ErrChanged] means that it was no good.
func (i *Inspection) Close() error { return i.s.Close() }

// Read runs fn as [Store.Read] does.
func (i *Inspection) Read(ctx context.Context, fn func(*Tx) error) error { return i.s.Read(ctx, fn) }

// Damage has SQLite look through the whole file. The error is a [*DamagedError] when it found something.
func (i *Inspection) Damage(ctx context.Context) error {
	return i.s.engine.findDamage(ctx, i.s.readDB)
}

// Audit verifies the chains of the audit trail as [Store.VerifyAudit] does.
func (i *Inspection) Audit(ctx context.Context) ([]Chain, error) { return i.s.VerifyAudit(ctx) }

// CheckKeys reports whether the AEAD is the database's and opens what each key has sealed: nil, [ErrOldKeyset] or
// [ErrWrongKeyset].
func (tx *Tx) CheckKeys() error {
	prefix, err := tx.primaryPrefix()
	if err != nil {
		return err
	}
	if _, err := tx.keysetState(prefix); err != nil {
		return err
	}
	for _, c := range sealedColumns() {
		if err := tx.openSamples(c); err != nil {
			return err
		}
	}
	return nil
}

// openSamples opens one value of each key that a column is sealed with.
func (tx *Tx) openSamples(c sealedColumn) error {
	_, err := collect(tx, func(r *row) (none struct{}, err error) {
		id := make([]int64, len(c.row))
		var sealed []byte
		if err := r.Scan(append(pointers(id), &sealed)...); err != nil {
			return none, err
		}
		if _, err := tx.unseal(sealed, c.name, id...); err != nil {
			return none, fmt.Errorf("%w: key %08x is not in it", ErrWrongKeyset, keyID(sealed))
		}
		return none, nil
	}, fmt.Sprintf(`SELECT %[1]s, %[2]s FROM (SELECT %[1]s, %[2]s, row_number() OVER (PARTITION BY substr(%[2]s, 1, %[4]d) ORDER BY %[1]s) AS n
			FROM %[3]s WHERE %[2]s IS NOT NULL) AS numbered WHERE n = 1`,
		strings.Join(c.row, ", "), c.column, c.table, prefixLength))
	return err
}

// Migrations are the numbers of the changes of tables that the database lacks, and of those that this program does not
// know.
func (tx *Tx) Migrations() (lacking, unknown []int64, err error) {
	known, err := tx.conn.engine.migrations().versions()
	if err != nil {
		return nil, nil, err
	}
	applied, err := collect(tx, func(r *row) (v int64, err error) { return v, r.Scan(&v) },
		"SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0")
	if err != nil {
		return nil, nil, err
	}
	for _, version := range known {
		if at := slices.Index(applied, version); at < 0 {
			lacking = append(lacking, version)
		} else {
			applied = slices.Delete(applied, at, at+1)
		}
	}
	return lacking, applied, nil
}

// Newest is when a row was last made or changed, of the audit trail too; the zero time where there is none.
func (tx *Tx) Newest() (time.Time, error) {
	found, err := collect(tx, func(r *row) (ms sql.NullInt64, err error) { return ms, r.Scan(&ms) },
		`SELECT max(at) FROM (SELECT max(updated_at) AS at FROM logins UNION ALL SELECT max(created_at) FROM tokens
			UNION ALL SELECT max(time) FROM audit WHERE time < 9000000000000000000) AS newest`) // what is no number is behind every number
	if newest, err := one(found, err); err != nil || !newest.Valid {
		return time.Time{}, err
	}
	return fromMillis(found[0].Int64), nil
}

// fits reports whether this program, with the keyset that it was given, can work on the database.
func (i *Inspection) fits(ctx context.Context) error {
	return i.Read(ctx, func(tx *Tx) error {
		_, unknown, err := tx.Migrations()
		if err != nil {
			return fmt.Errorf("this is no database of panelgate: %w", err)
		}
		if len(unknown) > 0 {
			return newer(slices.Max(unknown))
		}
		return tx.CheckKeys()
	})
}

// Suits reports whether the tables are those that this program knows, and the AEAD the one that the database was made
// with: [ErrNewer], [ErrOldKeyset], [ErrWrongKeyset]. It opens nothing else that is sealed.
func (i *Inspection) Suits(ctx context.Context) error {
	return i.Read(ctx, func(tx *Tx) error {
		lacking, unknown, err := tx.Migrations()
		switch {
		case err != nil:
			return fmt.Errorf("this is no database of panelgate: %w", err)
		case len(unknown) > 0:
			return newer(slices.Max(unknown))
		case len(lacking) > 0:
			return fmt.Errorf("it was made by an older panelgate: %d migrations are to be applied, which the next start of a server does", len(lacking))
		}
		prefix, err := tx.primaryPrefix()
		if err == nil {
			_, err = tx.keysetState(prefix)
		}
		return err
	})
}
