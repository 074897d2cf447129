package store

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
