package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// Tx is one transaction: what a function given to [Store.Write] or [Store.Read] works on.
// It must not be kept after that function returns.
type Tx struct {
	ctx  context.Context
	conn *conn
	aead tink.AEAD
	node string // whose audit chain its rows are in
	now  time.Time

	replays  ReplayLimits
	versions *versions
	chains   *chains // nil where nothing is remembered
	touched  touched // what was written, for what others keep in memory
	unheard  bool    // others may have committed what nobody has told yet

	wrote  bool  // a statement may have changed something
	failed bool  // a statement failed, and the engine may have undone more than that
	lost   error // why it failed, where the transaction lost against another

	glance glance
	whole  bool // no statement is stopped by the end of ctx, which is looked at before each

	found          // nothing once anything was written
	unsaved *chain // the audit chain with the rows of this transaction; nil while there are none

	told  map[string]bool // the accounts that rows of this transaction are about, once that is asked; see mayBeTold
	ahead bool            // the audit trail had rows then that were not older than this transaction
}

// found is what was looked for last.
type found struct {
	sought   *sought
	owner    owner
	websites *websites
}

// websites are an account's.
type websites struct {
	account int64
	list    []Website
}

// sought is an account that was looked for and what was found. An action and the audit trail look for
// the same one, one after the other.
type sought struct {
	scope   Scope
	name    string
	account Account
	err     error
}

// owner is the ID of an account that was looked for, 0 where there is none.
type owner struct {
	scope Scope
	name  string
	id    int64
}

// Now is the time of the transaction; every row that it writes carries this one.
func (tx *Tx) Now() time.Time { return tx.now }

// stamp is Now as the tables keep it.
func (tx *Tx) stamp() int64 { return tx.now.UnixMilli() }

// errFailed is what statements give after one that failed. SQLite may have ended the transaction with it (disk full, I/O
// error); then whatever came next would be kept, each by itself. PostgreSQL does nothing more in it.
var errFailed = errors.New("a statement of the transaction failed before")

// next says why no further statement can be run.
func (tx *Tx) next() error {
	if tx.failed {
		return errFailed
	}
	if !tx.glance.next() {
		return errAgain
	}
	return nil
}

// statement gives a statement and what it is to run in. Where a context may end, the driver and database/sql start
// goroutines for each statement to watch it: a quarter of what a write cost.
func (tx *Tx) statement(query string, whole bool) (*sql.Stmt, context.Context, error) {
	if err := tx.next(); err != nil {
		return nil, nil, err
	}
	if tx.glance.is && tx.conn.Conn == nil { // only what is read is asked together with others
		tx.glance.again = true
		return nil, nil, errAgain
	}
	var stmt *sql.Stmt
	err := tx.conn.begun(tx.ctx)
	if err == nil {
		stmt, err = tx.conn.prepared(tx.ctx, query)
	}
	tx.failed = err != nil
	if err == nil {
		err = tx.ctx.Err()
	}
	if whole && !tx.conn.engine.far() {
		return stmt, context.WithoutCancel(tx.ctx), err
	}
	return stmt, tx.ctx, err
}

// exec changes what anything that is kept in memory may depend on.
func (tx *Tx) exec(query string, args ...any) (sql.Result, error) {
	tx.touched.all = true
	return tx.execAside(query, args...)
}

// execOf changes what depends on one account and nothing else.
func (tx *Tx) execOf(account int64, query string, args ...any) (sql.Result, error) {
	tx.touch(account)
	return tx.execAside(query, args...)
}

// execOfKind is execOf for an account's own row. What the accounts of a reseller hold depends on its row.
func (tx *Tx) execOfKind(kind string, account int64, query string, args ...any) (sql.Result, error) {
	if kind == TypeReseller {
		return tx.exec(query, args...)
	}
	return tx.execOf(account, query, args...)
}

// execAside changes what nothing that is kept in memory depends on.
func (tx *Tx) execAside(query string, args ...any) (sql.Result, error) {
	tx.found = found{}
	stmt, ctx, err := tx.statement(query, tx.whole)
	if err != nil {
		return nil, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	return result, tx.ran(query, err)
}

// ran takes note of what a statement may have done, and gives its error.
func (tx *Tx) ran(query string, err error) error {
	if !faultUndone.is(err) {
		tx.wrote = tx.wrote || !strings.HasPrefix(query, "SELECT ")
		tx.failed = tx.failed || err != nil
		if faultAgain.is(err) {
			tx.lost = err
		}
	}
	return tx.conn.engine.failure(tx.conn, err)
}

// touch notes that the account's rows change.
func (tx *Tx) touch(account int64) {
	if n := len(tx.touched.accounts); n == 0 || tx.touched.accounts[n-1] != account {
		tx.touched.accounts = append(tx.touched.accounts, account)
	}
}

// insert executes an INSERT of one row and gives its id. What is new is kept nowhere yet.
func (tx *Tx) insert(query string, args ...any) (int64, error) {
	tx.found = found{}
	return tx.conn.engine.insert(tx, query, args)
}

// errNothingNew is what insert gives where ON CONFLICT DO NOTHING did nothing.
var errNothingNew = errors.New("there is such a row already")

// row is what one line of a result is scanned from, one line at a time.
type row struct{ scan func(to ...any) error }

// Scan reads the columns of the line, as [sql.Rows.Scan] does.
func (r *row) Scan(to ...any) error { return r.scan(to...) }

// collect runs a query and scans every line of its result.
func collect[T any](tx *Tx, scan func(*row) (T, error), query string, args ...any) ([]T, error) {
	return collectWith(tx, tx.whole, scan, query, args)
}

// seek is collect for what an index finds at once. It is not interrupted when the context ends, as no statement of a
// write is.
func seek[T any](tx *Tx, scan func(*row) (T, error), query string, args ...any) ([]T, error) {
	return collectWith(tx, true, scan, query, args)
}

func collectWith[T any](tx *Tx, whole bool, scan func(*row) (T, error), query string, args []any) (all []T, _ error) {
	err := tx.conn.engine.query(tx, whole, query, args, func(r *row) error {
		one, err := scan(r)
		if err == nil {
			all = append(all, one)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// first gives the first line of a result, or a [*NotFoundError] when there is none.
func first[T any](found []T, err error, noun Noun, names ...string) (one T, _ error) {
	if err != nil {
		return one, err
	}
	if len(found) == 0 {
		return one, &NotFoundError{Noun: noun, Names: names}
	}
	return found[0], nil
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// one gives the only line of a result that always has one.
func one[T any](found []T, err error) (T, error) {
	return first(found, err, "row")
}

// all finds the row of every name, each once though it be named twice. The error names every one
// that is not there, rather than the first.
func all[T any](names []string, noun Noun, find func(string) (T, error)) ([]T, error) {
	found, absent, err := each(names, noun, find)
	if err == nil && len(absent) > 0 {
		err = &NotFoundError{Noun: noun, Names: absent}
	}
	return found, err
}

// each is all for callers who have more to say of the names that are there.
func each[T any](names []string, noun Noun, find func(string) (T, error)) (found []T, absent []string, _ error) {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[loginKey(name)] {
			continue
		}
		seen[loginKey(name)] = true
		one, err := find(name)
		var missing *NotFoundError
		switch {
		case errors.As(err, &missing) && missing.Noun == noun:
			absent = append(absent, name)
		case err != nil:
			return nil, nil, err
		default:
			found = append(found, one)
		}
	}
	return found, absent, nil
}

// refuseAll makes one error of all that keeps a call on many names from being done: names that are
// not there, and reasons about those that are. It is nil when nothing does.
func refuseAll(field string, noun Noun, absent, reasons []string) error {
	if len(absent) > 0 && len(reasons) == 0 {
		return &NotFoundError{Noun: noun, Names: absent}
	}
	if len(absent) > 0 {
		reasons = append(reasons, fmt.Sprintf("there is no %s named %s", noun, strings.Join(absent, ", ")))
	}
	if len(reasons) == 0 {
		return nil
	}
	return &ConflictError{Field: field, Reason: strings.Join(reasons, "; ")}
}
