package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
)

// checkRoots looks at the page with which each table and index begins, and so at the schema: however large the database
// is, it takes the time of some dozen pages.
func (e *sqliteFile) checkRoots(ctx context.Context, db *sql.DB) error {
	return e.withConn(ctx, db, func(tx *Tx) error {
		bad, err := collect(tx, scanName, `SELECT s.name FROM sqlite_schema s WHERE s.rootpage > 0 AND
			(SELECT d.pagetype FROM dbstat d WHERE d.name = s.name LIMIT 1) NOT IN ('internal', 'leaf')`)
		if err == nil && len(bad) > 0 {
			return &DamagedError{[]string{"the first page of " + strings.Join(bad, ", ") + " cannot be read"}}
		}
		return asDamage(err)
	})
}

// withConn runs fn on a connection of a pool, without a transaction.
func (e *sqliteFile) withConn(ctx context.Context, db *sql.DB, fn func(*Tx) error) error {
	taken, err := db.Conn(ctx)
	if err != nil {
		return asDamage(err)
	}
	tx := &Tx{ctx: ctx, conn: &conn{engine: e, Conn: taken, pool: db, stmts: make(map[string]*sql.Stmt)}}
	return errors.Join(fn(tx), tx.conn.close())
}

func (e *sqliteFile) findDamage(ctx context.Context, db *sql.DB) error {
	return e.check(ctx, db, "quick_check")
}

// check has SQLite make a check, and looks for rows that belong to nothing.
func (e *sqliteFile) check(ctx context.Context, db *sql.DB, check string) error {
	return e.withConn(ctx, db, func(tx *Tx) error { return tx.findDamage(check) })
}

func (tx *Tx) findDamage(check string) error {
	findings, err := collect(tx, scanName, "PRAGMA "+check)
	if err != nil {
		return asDamage(err)
	}
	if !slices.Equal(findings, []string{"ok"}) {
		return &DamagedError{findings}
	}
	orphans, err := collect(tx, scanName,
		`SELECT DISTINCT "table" FROM pragma_foreign_key_check`)
	if err != nil {
		return err
	}
	if len(orphans) > 0 {
		return &DamagedError{[]string{"rows that belong to nothing in " + strings.Join(orphans, ", ")}}
	}
	return nil
}
