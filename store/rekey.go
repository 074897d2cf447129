package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// resealAtOnce is how many values are sealed anew in one write; others take their turn between two of them.
const resealAtOnce = 100

// Resealed counts what [Store.Reseal] has done.
type Resealed struct {
	Done   int // values that the newest key seals now
	Failed int // values that no key of the keyset opens
}

// Reseal seals everything with the primary key that an older one sealed, a few values a write, so that other writes
// get through, of other processes too. What is left to do stands in the values themselves: where it was broken off, by
// the end of ctx or of the process, the next call goes on. It is safe to run beside others. note, if not nil, is told
// what was done after each write.
func (s *Store) Reseal(ctx context.Context, note func(Resealed)) (total Resealed, err error) {
	if err := s.Write(ctx, (*Tx).AdoptKeys); err != nil {
		return total, err
	}
	for _, c := range sealedColumns() {
		last := slices.Repeat([]int64{math.MinInt64}, len(c.row))
		for {
			began := time.Now()
			rows, err := s.oldRows(ctx, c, last)
			if err != nil {
				return total, err
			}
			if len(rows) == 0 {
				break
			}
			last = rows[len(rows)-1]
			some, err := s.resealRows(ctx, c, rows)
			if err != nil {
				return total, fmt.Errorf("seal %s anew: %w", c.name, err)
			}
			total.Done, total.Failed = total.Done+some.Done, total.Failed+some.Failed
			if note != nil {
				note(total)
			}
			if err := pause(ctx, time.Since(began)); err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

// pause leaves the database to others for a time.
func pause(ctx context.Context, d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// oldRows gives the next rows whose value is not sealed with the primary key. It only reads, so that a long search
// keeps no write waiting.
func (s *Store) oldRows(ctx context.Context, c sealedColumn, after []int64) (rows [][]int64, err error) {
	key := strings.Join(c.row, ", ")
	query := fmt.Sprintf("SELECT %s FROM %s WHERE (%s) > (%s) AND substr(%s, 1, %d) <> ? ORDER BY %s LIMIT %d",
		key, c.table, key, strings.TrimSuffix(strings.Repeat("?, ", len(after)), ", "), c.column, prefixLength, key, resealAtOnce)
	return rows, s.Read(ctx, func(tx *Tx) error {
		prefix, err := tx.primaryPrefix()
		if err != nil {
			return err
		}
		rows, err = collect(tx, func(r *row) ([]int64, error) {
			id := make([]int64, len(c.row))
			return id, r.Scan(pointers(id)...)
		}, query, append(arguments(after), prefix)...)
		return err
	})
}

func pointers(numbers []int64) []any {
	all := make([]any, len(numbers))
	for i := range numbers {
		all[i] = &numbers[i]
	}
	return all
}

func arguments(numbers []int64) []any {
	all := make([]any, len(numbers), len(numbers)+1)
	for i, n := range numbers {
		all[i] = n
	}
	return all
}

func (s *Store) resealRows(ctx context.Context, c sealedColumn, rows [][]int64) (some Resealed, err error) {
	return some, s.Write(ctx, func(tx *Tx) error {
		some = Resealed{}
		prefix, err := tx.primaryPrefix()
		if err != nil {
			return err
		}
		for _, id := range rows {
			err := tx.reseal(c, id, prefix)
			switch {
			case errors.Is(err, errUnopened):
				some.Failed++
			case err != nil:
				return err
			default:
				some.Done++
			}
		}
		return nil
	})
}

// errUnopened means that no key of the keyset opens a value.
var errUnopened = errors.New("no key opens the value")

// reseal seals one value anew. The row may be gone, or sealed anew, since it was found.
func (tx *Tx) reseal(c sealedColumn, id []int64, primary []byte) error {
	where := " WHERE " + strings.Join(c.row, " = ? AND ") + " = ?"
	found, err := collect(tx, func(r *row) (v []byte, err error) { return v, r.Scan(&v) },
		"SELECT "+c.column+" FROM "+c.table+where, arguments(id)...)
	if err != nil || len(found) == 0 || found[0] == nil || bytes.HasPrefix(found[0], primary) {
		return err
	}
	secret, err := tx.unseal(found[0], c.name, id...)
	if err != nil {
		return errUnopened
	}
	sealed, err := tx.seal(secret, c.name, id...)
	if err != nil {
		return err
	}
	_, err = tx.exec("UPDATE "+c.table+" SET "+c.column+" = ?"+where, append([]any{sealed}, arguments(id)...)...)
	return err
}

// KeyUse counts the values that each key seals, by the key's ID.
func (tx *Tx) KeyUse() (map[uint32]int, error) {
	use := make(map[uint32]int)
	queries := []string{"SELECT value, 1 FROM settings WHERE name = '" + keysetCheck + "'"}
	for _, c := range sealedColumns() {
		queries = append(queries, fmt.Sprintf("SELECT substr(%[1]s, 1, %[2]d), count(*) FROM %[3]s WHERE %[1]s IS NOT NULL GROUP BY 1",
			c.column, prefixLength, c.table))
	}
	for _, query := range queries {
		_, err := collect(tx, func(r *row) (n int, err error) {
			var sealed []byte
			err = r.Scan(&sealed, &n)
			use[keyID(sealed)] += n
			return n, err
		}, query)
		if err != nil {
			return nil, err
		}
	}
	return use, nil
}
