package store

import (
	"context"
	"fmt"
	"time"
)

const (
	beginTime = 5 * time.Second // how long to wait for another process that writes
	// beginStep is PRAGMA busy_timeout for that: how long not to look around meanwhile.
	beginStep = "PRAGMA busy_timeout = 100"
)

// begin begins a write transaction. While it waits for another process to end its own, it notices what that one and
// others commit: calls are answered from memory meanwhile.
func (e *sqliteFile) begin(c *conn) (unheard bool, err error) {
	if !c.impatient {
		if err := c.run(context.Background(), beginStep); err != nil {
			return false, err
		}
		c.impatient = true
	}
	for until := time.Now().Add(beginTime); ; {
		err := c.run(context.Background(), "BEGIN IMMEDIATE")
		e.lookAround(c)
		if !isLocked(err) || time.Now().After(until) {
			return false, err
		}
	}
}

// fresh is true: the writer looks often enough.
func (e *sqliteFile) fresh() bool { return true }

// commit makes the transaction last. When it fails and SQLite has no transaction any more, nobody
// knows whether it lasts, unless there was no room for it.
func (e *sqliteFile) commit(c *conn, _ touched) error {
	err := c.run(context.Background(), "COMMIT")
	if err == nil {
		return nil
	}
	fate := ErrUncertain
	if isNoRoom(err) {
		fate = ErrNoRoom
	}
	if endErr := c.run(context.Background(), "ROLLBACK"); isNoTransaction(endErr) {
		return fmt.Errorf("%w: commit: %w", fate, err)
	} else if endErr != nil {
		c.broken = true
		return fmt.Errorf("%w: commit: %w, rollback: %w", fate, err, endErr)
	}
	return fmt.Errorf("commit: %w", err)
}

// dataVersion is a number that differs from the one before where another process has committed.
func dataVersion(c *conn) (int64, error) {
	stmt, err := c.prepared(context.Background(), "PRAGMA data_version")
	if err != nil {
		return 0, err
	}
	var version int64
	return version, stmt.QueryRow().Scan(&version)
}

// lookedAt is what was seen of other processes' commits. Numbers of different connections say nothing of each other.
type lookedAt struct {
	version int64 // see dataVersion
	opened  int   // of the connection
}

// lookAround notices commits of other processes. One that cannot be ruled out is taken for one.
func (e *sqliteFile) lookAround(c *conn) {
	version, err := dataVersion(c)
	now := lookedAt{version, c.opened}
	if err != nil || now != e.seen {
		e.outdate()
	}
	e.seen = now
}
