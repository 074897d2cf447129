package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// writeCommand is the bare peer of durable writes: the rows of new users straight to the driver, so many users in a
// transaction. It writes what panelgate wrote of the model user, with other names and numbers, and nothing besides: it
// reads nothing, seals nothing and hashes nothing.
type writeCommand struct {
	DB     string        `required:""`
	Group  int           `required:""`
	Length time.Duration `required:""`
}

// Run writes users and tells how many.
func (c *writeCommand) Run(ctx context.Context) error {
	db, err := sql.Open("sqlite", "file:"+c.DB+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	w, err := newWriter(ctx, db)
	if err != nil {
		return err
	}
	t, err := work(ctx, time.Second/2, c.Length, func() (int, error) { return c.Group, w.group(ctx, c.Group) })
	if err := errors.Join(err, w.close()); err != nil {
		return err
	}
	return t.print()
}

// writer writes users like the model user.
type writer struct {
	begin, commit, chain *sql.Stmt
	rows                 []modelRow
	model                int64 // ID of the model user
	next, audit          int64 // of the next user, and of its row in the trail
	ends                 []byte
}

// modelRow is one row of the model user.
type modelRow struct {
	insert  *sql.Stmt
	columns []string
	values  []any
}

// modelTables are those that a user has rows in, with the condition that finds the model's.
var modelTables = []struct{ name, where string }{
	{"logins", "key = '" + modelUser + "'"},
	{"accounts", "id = @id"},
	{"websites", "account_id = @id"},
	{"website_vhosts", "account_id = @id"},
	{"website_databases", "account_id = @id"},
	{"audit", "account = '" + modelUser + "'"},
}

func newWriter(ctx context.Context, db *sql.DB) (w *writer, err error) {
	w = &writer{}
	row := db.QueryRowContext(ctx, "SELECT (SELECT id FROM logins WHERE key = ?), (SELECT MAX(id) + 1 FROM logins), (SELECT MAX(seq) + 1 FROM audit), ends FROM audit_chains", modelUser)
	if err := row.Scan(&w.model, &w.next, &w.audit, &w.ends); err != nil {
		return nil, fmt.Errorf("find the model user: %w", err)
	}
	for _, table := range modelTables {
		if err := w.learn(ctx, db, table.name, table.where); err != nil {
			return nil, fmt.Errorf("%s: %w", table.name, err)
		}
	}
	for stmt, query := range map[**sql.Stmt]string{&w.begin: "BEGIN IMMEDIATE", &w.commit: "COMMIT", &w.chain: "UPDATE audit_chains SET ends = ?"} {
		if *stmt, err = db.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// learn takes the model's rows of a table.
func (w *writer) learn(ctx context.Context, db *sql.DB, table, where string) error {
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+table+" WHERE "+where, sql.Named("id", w.model))
	if err != nil {
		return err
	}
	defer rows.Close()
	var found []modelRow
	for rows.Next() {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		one := modelRow{columns: columns, values: make([]any, len(columns))}
		places := make([]any, len(columns))
		for i := range places {
			places[i] = &one.values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return err
		}
		found = append(found, one)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("the model user has %d rows, want 1", len(found))
	}
	one := found[0]
	one.insert, err = db.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table,
		strings.Join(one.columns, ", "), strings.TrimSuffix(strings.Repeat("?, ", len(one.columns)), ", ")))
	w.rows = append(w.rows, one)
	return err
}

// group writes so many users in one transaction. The chain of the trail ends with the last of them, and is written once.
func (w *writer) group(ctx context.Context, users int) error {
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return err
	}
	for range users {
		if err := w.user(ctx); err != nil {
			return err
		}
	}
	if _, err := w.chain.ExecContext(ctx, w.ends); err != nil {
		return err
	}
	_, err := w.commit.ExecContext(ctx)
	return err
}

func (w *writer) user(ctx context.Context) error {
	name := fmt.Sprintf("n%09d", w.next)
	for _, row := range w.rows {
		values := make([]any, len(row.values))
		for i, value := range row.values {
			values[i] = w.anew(row.columns[i], value, name)
		}
		if _, err := row.insert.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	w.next++
	w.audit++
	return nil
}

// anew is a value of the model's in the row of another user.
func (w *writer) anew(column string, value any, name string) any {
	switch {
	case column == "id" || column == "account_id":
		return w.next
	case column == "seq":
		return w.audit
	}
	if text, ok := value.(string); ok {
		return strings.ReplaceAll(text, modelUser, name)
	}
	return value
}

func (w *writer) close() error {
	errs := []error{w.begin.Close(), w.commit.Close(), w.chain.Close()}
	for _, row := range w.rows {
		errs = append(errs, row.insert.Close())
	}
	return errors.Join(errs...)
}
