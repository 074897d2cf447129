package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"panelgate/auth"
	"panelgate/store"
)

// token is the admin token of every database here. Its answers have true statuses, so that a load can tell refusals.
const token = "bench-admin-token"

// The seed in SQL: statements of the schema that store's migrations make, which take no time in the driver.
// Names are of a fixed width, so that every request and every answer is as long as the next. Grants name pages rather
// than whole categories, so that a peer can answer without the catalogue.
const (
	seedNumbers = `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
		INSERT INTO `
	seedHash   = "'$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'" // bcrypt, cost 10
	seedTime   = "1760000000000"
	seedGrants = `CASE k WHEN 1 THEN '"all"' WHEN 2 THEN '{"email":["accounts","forwarders"],"domain":["domains","redirects"]}'
		ELSE '{"email":["accounts"]}' END`
)

var seedStatements = []string{
	seedNumbers + `logins (id, kind, name, key, password_hash, created_at, updated_at)
		SELECT 4 * n + k, CASE k WHEN 0 THEN 'account' ELSE 'subuser' END, name, name, ` + seedHash + `, ` + seedTime + `, ` + seedTime + `
		FROM (SELECT n, k, printf(CASE k WHEN 0 THEN 'u%07d' ELSE 'u%07d_s%d' END, n, k) AS name
			FROM number, (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3))`,
	seedNumbers + `accounts (id, type, email, language, package, suspended, permissions, domain, quota, inodes, disk_used, inodes_used)
		SELECT 4 * n, 'user', printf('u%07d@example.com', n), 'en', '', FALSE, '"all"', printf('u%07d.example.com', n), 10000, 200000,
			n % 10000, n % 200000 FROM number`,
	seedNumbers + `subusers (id, account_id, permissions)
		SELECT 4 * n + k, 4 * n, ` + seedGrants + ` FROM number, (SELECT 1 AS k UNION ALL SELECT 2 UNION ALL SELECT 3)`,
}

// seed makes a database of as many accounts, named u0000001 and on, with three subusers each.
func seed(ctx context.Context, path string, accounts int) error {
	if err := auth.CreateKeyset(path + ".keyset"); err != nil {
		return err
	}
	keys, err := auth.OpenKeyset(path + ".keyset")
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{DB: path, AEAD: keys})
	if err != nil {
		return err
	}
	err = db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.CreateToken(store.NewToken{Hash: auth.HashSecret(token), Kind: store.KindAdmin, Terms: store.Terms{Strict: true}})
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return fill(ctx, path, accounts)
}

func fill(ctx context.Context, path string, accounts int) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(OFF)&_pragma=cache_size(-200000)")
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, statement := range seedStatements {
		if _, err := tx.ExecContext(ctx, statement, accounts); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// database gives the file of a seeded database, which is made when it is first asked for. Nothing may be written to it.
func (lab *lab) database(ctx context.Context, accounts int) (string, error) {
	path := filepath.Join(lab.dir, fmt.Sprintf("seed-%d.db", accounts))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	lab.say("seeding %d accounts and %d subusers", accounts, 3*accounts)
	return path, seed(ctx, path, accounts)
}

// copyOf gives the file of a copy of a seeded database, for those who write.
func (lab *lab) copyOf(ctx context.Context, accounts int) (string, error) {
	original, err := lab.database(ctx, accounts)
	if err != nil {
		return "", err
	}
	return lab.copyFrom(original)
}

// copyFrom copies a database that nobody has open, with its keyset.
func (lab *lab) copyFrom(original string) (string, error) {
	path := filepath.Join(lab.dir, fmt.Sprintf("copy-%d.db", lab.serials.Add(1)))
	return path, errors.Join(copyFile(path, original), copyFile(path+".keyset", original+".keyset"))
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
