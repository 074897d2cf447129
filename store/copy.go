package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

const (
	rowsAtOnce = 500       // rows that are copied together
	copying    = "copying" // the setting of a database that is being copied into: whose keyset check the source has
)

var (
	// ErrHalfCopied means that a copy into the database was begun and not finished.
	ErrHalfCopied = errors.New("a copy into it was begun and not finished")
	// ErrNotEmpty means that a database that is to be copied into holds something.
	ErrNotEmpty = errors.New("it holds something already")
	// ErrCopyDiffers means that what was copied is not what the source holds.
	ErrCopyDiffers = errors.New("the copy is not what the source holds")
)

// Copied is a copy that is equal to its source.
type Copied struct {
	Digest  Digest
	Resumed bool // an earlier copy was broken off, and this one went on
}

// Copy copies all that a database holds into another, of whatever engine, which is made where there is none and must
// hold nothing, or the beginning of a copy of the same source: then it goes on there. What is sealed stays sealed with the
// same keys. At the end both are read and compared; until then nobody opens the new one ([ErrHalfCopied]). A source
// that somebody serves is [ErrInUse]. show is told of rows, each of which is copied and then read twice.
func Copy(ctx context.Context, from, to Options, show Progress) (copied Copied, err error) {
	from.Serving, to.Serving, to.target = true, true, true
	source, err := openAlone(ctx, from)
	if err != nil {
		return copied, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := openAlone(ctx, to)
	if err != nil {
		return copied, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	err = source.Read(ctx, func(tx *Tx) error {
		c := copier{source: tx, target: target, show: show}
		if copied.Resumed, err = c.begin(ctx); err != nil {
			return fmt.Errorf("copy to %s: %w", target.Name(), err)
		}
		if err := c.copyTables(ctx); err != nil {
			return err
		}
		copied.Digest, err = c.compare(ctx)
		return err
	})
	return copied, err
}

// openAlone opens a database that no server may have meanwhile.
func openAlone(ctx context.Context, opts Options) (*Store, error) {
	s, err := Open(ctx, opts)
	if err == nil && s.Nodes() > 1 {
		err = errors.Join(fmt.Errorf("open database %s: %w", s.Name(), ErrInUse), s.Close())
	}
	return s, err
}

// copier is one copy under way.
type copier struct {
	source *Tx // a snapshot
	target *Store
	show   Progress

	tables      []copied
	total, done int // rows, each counted when it is copied and each time that it is read to be compared
}

// begin marks the target as one that is being copied into, unless it is marked with this source already.
func (c *copier) begin(ctx context.Context) (resumed bool, err error) {
	if c.tables, c.total, err = c.source.copiedTables(); err != nil {
		return false, err
	}
	c.total *= 3
	check, err := c.source.setting(keysetCheck)
	if err != nil {
		return false, err
	}
	return resumed, c.target.Write(ctx, func(tx *Tx) error {
		mark, err := tx.setting(copying)
		if resumed = mark != nil && bytes.Equal(mark, check); err != nil || resumed {
			return err
		}
		if empty, err := tx.isEmpty(); err != nil {
			return err
		} else if !empty || mark != nil {
			return ErrNotEmpty
		}
		return tx.saveSetting(copying, check)
	})
}

// copyTables copies every table: first all rows, then once more those that refer to others of the same table.
func (c *copier) copyTables(ctx context.Context) error {
	for _, t := range c.tables {
		last, err := c.lastKey(ctx, t)
		if err != nil {
			return err
		}
		if err := c.copyRows(ctx, t, t.rows(), last, true); err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
		for _, column := range t.self {
			if err := c.copyRows(ctx, t, column+" IS NOT NULL", nil, false); err != nil {
				return fmt.Errorf("copy %s.%s: %w", t.name, column, err)
			}
		}
	}
	return c.copyCounters(ctx)
}

// lastKey is that of the last row which the target has, nil where it has none: rows came in the order of their keys.
// Settings, which are few, are copied each time: the mark of the copy is among them. So is what other tables make rows in.
func (c *copier) lastKey(ctx context.Context, t copied) (key []any, err error) {
	if t.name == "settings" || t.made {
		return nil, nil
	}
	return key, c.target.Read(ctx, func(tx *Tx) error {
		last, err := collect(tx, t.scan, t.last())
		if err != nil || len(last) == 0 {
			return err
		}
		key = t.keyOf(last[0])
		rows, err := tx.count(t)
		c.note(rows)
		return err
	})
}

// copyRows copies the rows behind a key for which a condition holds. At first they refer to none of the same table.
func (c *copier) copyRows(ctx context.Context, t copied, condition string, behind []any, first bool) error {
	return c.source.pages(t, condition, behind, func(page [][]any) error {
		rows := t.arguments(page, first)
		if first {
			c.note(len(page))
		}
		return c.target.Write(ctx, func(tx *Tx) error { return tx.storeRows(t, rows) })
	})
}

// note counts rows that are done with.
func (c *copier) note(rows int) {
	c.done += rows
	c.show(c.done, max(c.total, c.done))
}

// copyCounters has the target go on counting where the source would.
func (c *copier) copyCounters(ctx context.Context) error {
	return c.target.Write(ctx, func(tx *Tx) error {
		for _, t := range c.tables {
			if t.ids == noCounter {
				continue
			}
			last, err := c.source.lastID(t)
			if err == nil {
				err = tx.conn.engine.setLastID(tx, t.name, last)
			}
			if err != nil {
				return fmt.Errorf("count on in %s: %w", t.name, err)
			}
		}
		return nil
	})
}

// lastID is the number behind which a table goes on.
func (tx *Tx) lastID(t copied) (int64, error) {
	if t.ids == onceEach {
		return tx.conn.engine.lastID(tx, t.name)
	}
	return one(collect(tx, scanCount, "SELECT COALESCE(MAX(id), 0) FROM "+t.name))
}

// compare reads both databases whole, and opens the target to everybody when they are equal.
func (c *copier) compare(ctx context.Context) (digest Digest, err error) {
	copied := c.done
	if digest, err = c.source.Digest(func(done, _ int) { c.show(copied+done, c.total) }); err != nil {
		return digest, err
	}
	var is Digest
	err = c.target.Read(ctx, func(tx *Tx) (err error) {
		is, err = tx.Digest(func(done, _ int) { c.show(2*copied+done, c.total) })
		return err
	})
	if err != nil {
		return digest, err
	}
	if differ := digest.differences(is); len(differ) > 0 {
		return digest, fmt.Errorf("%w: %s", ErrCopyDiffers, strings.Join(differ, ", "))
	}
	return digest, c.target.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec("DELETE FROM settings WHERE name = ?", copying)
		return err
	})
}
