package store

import "time"

// trailMark is the last row of a node before some moment.
type trailMark struct {
	Node string
	Seq  int64
}

// beginTrail notes where the trail of a new account begins, if its time alone does not tell.
func (tx *Tx) beginTrail(id int64, name string) error {
	if may, err := tx.mayBeTold(name); err != nil || !may {
		return err
	}
	later, err := tx.CountAudit(AuditFilter{Account: name, Since: tx.now})
	if err != nil || later == 0 {
		return err
	}
	last, err := one(collect(tx, scanCount, "SELECT COALESCE(max(seq), 0) FROM audit WHERE node = ?", tx.node))
	if err != nil {
		return err
	}
	_, err = tx.execAside("INSERT INTO account_trails (account_id, node, seq) VALUES (?, ?, ?)", id, tx.node, last)
	return err
}

// mayBeTold reports whether there may be rows about an account that are not older than the transaction. That is asked of the
// whole trail, once: but for its own rows nothing changes there meanwhile.
func (tx *Tx) mayBeTold(name string) (bool, error) {
	if tx.told[loginKey(name)] {
		return true, nil
	}
	if tx.told == nil {
		newer, err := collect(tx, scanCount, "SELECT 1 FROM audit WHERE time >= ? LIMIT 1", tx.stamp())
		if err != nil {
			return false, err
		}
		tx.told, tx.ahead = make(map[string]bool), len(newer) > 0
	}
	return tx.ahead, nil
}

// Trail chooses the rows about an account since it was created: another of the name may have been there before.
func (tx *Tx) Trail(account Account) (AuditFilter, error) {
	filter := AuditFilter{Account: account.Name, Since: account.Created}
	marks, err := collect(tx, func(r *row) (m trailMark, err error) { return m, r.Scan(&m.Node, &m.Seq) },
		"SELECT node, seq FROM account_trails WHERE account_id = ?", account.ID)
	if err == nil && len(marks) > 0 {
		filter.after = &marks[0]
	}
	return filter, err
}

// AuditGap is the time between the newest row that was written before a moment and the next one, or now where there is none:
// how long nothing was written. It is 0 where no row is that old.
func (tx *Tx) AuditGap(before time.Time) (time.Duration, error) {
	return one(collect(tx, func(r *row) (gap time.Duration, err error) {
		var older, newer *int64
		if err := r.Scan(&older, &newer); err != nil || older == nil {
			return 0, err
		}
		next := tx.now
		if newer != nil {
			next = fromMillis(*newer)
		}
		return next.Sub(fromMillis(*older)), nil
	}, "SELECT (SELECT max(time) FROM audit WHERE time < ?1), (SELECT min(time) FROM audit WHERE time >= ?1 AND time < 9000000000000000000)", before.UnixMilli()))
}
