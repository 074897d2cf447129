package store

import (
	"database/sql"
	"errors"
)

// insert has the INSERT give the number of its row.
func (e *postgresServer) insert(tx *Tx, query string, args []any) (id int64, _ error) {
	query += " RETURNING id"
	stmt, ctx, err := tx.statement(query, tx.whole)
	if err != nil {
		return 0, err
	}
	err = stmt.QueryRowContext(ctx, args...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errNothingNew
	}
	return id, tx.ran(query, err)
}

// lastID reads what the sequence of a table gave last.
func (e *postgresServer) lastID(tx *Tx, table string) (int64, error) {
	return one(collect(tx, scanCount, `SELECT COALESCE((SELECT last_value FROM pg_sequences
		WHERE format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence(CAST(? AS TEXT), 'id')), 0)`, table))
}

// setLastID has the sequence go on.
func (e *postgresServer) setLastID(tx *Tx, table string, id int64) error {
	_, err := collect(tx, scanCount, "SELECT setval(pg_get_serial_sequence(CAST(? AS TEXT), 'id'), GREATEST(CAST(? AS BIGINT), 1), CAST(? AS BIGINT) > 0)",
		table, id, id)
	return err
}
