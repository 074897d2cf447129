package store

import "errors"

// insert asks SQLite for the number of the row rather than the row: for RETURNING it makes a table to hold it, which takes
// as long as the INSERT.
func (e *sqliteFile) insert(tx *Tx, query string, args []any) (int64, error) {
	wrote := tx.wrote
	result, err := tx.execAside(query, args...)
	if err != nil {
		return 0, err
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		tx.wrote = wrote
		return 0, errors.Join(err, errNothingNew)
	}
	return result.LastInsertId()
}

// lastID reads where SQLite keeps it.
func (e *sqliteFile) lastID(tx *Tx, table string) (int64, error) {
	return one(collect(tx, scanCount, "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = ?", table))
}

// setLastID writes where SQLite keeps it. For a table that goes on behind the rows that are there SQLite does not look.
func (e *sqliteFile) setLastID(tx *Tx, table string, id int64) error {
	if _, err := tx.exec("DELETE FROM sqlite_sequence WHERE name = ?", table); err != nil || id == 0 {
		return err
	}
	_, err := tx.exec("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, id)
	return err
}
