package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"hash"
)

// Digest is what a database holds, in 32 bytes for each table and for all: two are equal where every row is, whatever
// the engine. Rows are hashed in the order of their keys, columns in that of their names, each value with its kind and length.
type Digest struct {
	Sum    [sha256.Size]byte
	Tables []TableDigest
}

// TableDigest is what one table holds. Last is the highest number that a row ever had, where none is given twice.
type TableDigest struct {
	Name string
	Rows int
	Last int64
	Sum  [sha256.Size]byte
}

// Digest reads all that is stored. show is told of the rows that were read, out of how many.
func (tx *Tx) Digest(show Progress) (digest Digest, err error) {
	tables, total, err := tx.copiedTables()
	if err != nil {
		return digest, err
	}
	all, done := sha256.New(), 0
	for _, t := range tables {
		sum, rows := sha256.New(), 0
		err := tx.pages(t, t.rows(), nil, func(page [][]any) error {
			for _, row := range page {
				t.addRow(sum, row)
			}
			rows += len(page)
			show(done+rows, max(total, done+rows))
			return nil
		})
		if err != nil {
			return digest, err
		}
		done += rows
		one := TableDigest{Name: t.name, Rows: rows}
		if t.ids == onceEach {
			if one.Last, err = tx.lastID(t); err != nil {
				return digest, err
			}
		}
		sum.Sum(one.Sum[:0])
		digest.Tables = append(digest.Tables, one)
		addBytes(all, kindText, []byte(t.name))
		addBytes(all, kindBytes, one.Sum[:])
		addNumber(all, kindNumber, one.Last)
	}
	all.Sum(digest.Sum[:0])
	return digest, nil
}

// addRow hashes one row.
func (t copied) addRow(to hash.Hash, row []any) {
	for i, c := range t.columns {
		switch v := row[i].(type) {
		case *sql.NullInt64:
			addIf(to, v.Valid, func() { addNumber(to, c.kind, v.Int64) })
		case *sql.NullBool:
			flag := int64(0)
			if v.Bool {
				flag = 1
			}
			addIf(to, v.Valid, func() { addNumber(to, c.kind, flag) })
		case *sql.NullString:
			addIf(to, v.Valid, func() { addBytes(to, c.kind, []byte(v.String)) })
		case *[]byte:
			addIf(to, *v != nil, func() { addBytes(to, c.kind, *v) })
		}
	}
}

// addIf hashes a value, or that there is none.
func addIf(to hash.Hash, is bool, add func()) {
	if is {
		add()
		return
	}
	to.Write([]byte{0})
}

func addNumber(to hash.Hash, kind columnKind, n int64) {
	to.Write(binary.BigEndian.AppendUint64([]byte{byte(kind)}, uint64(n)))
}

func addBytes(to hash.Hash, kind columnKind, b []byte) {
	to.Write(binary.BigEndian.AppendUint64([]byte{byte(kind)}, uint64(len(b))))
	to.Write(b)
}

// differences names the tables in which two databases differ.
func (d Digest) differences(other Digest) (names []string) {
	for i, t := range d.Tables {
		if t != other.Tables[i] {
			names = append(names, t.Name)
		}
	}
	return names
}
