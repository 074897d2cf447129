package store

import (
	"strings"
	"time"
)

// selectAudit reads rows, and of each whether every value is kept as the kind that was written.
func (tx *Tx) selectAudit() string {
	return `SELECT node, seq, time, token_id, actor, address, request_id, action, target, account,
	before, after, result, code, duration_us, prev_hash, hash, ` + tx.conn.engine.auditKinds() + " FROM audit"
}

func scanAuditRow(r *row) (a AuditRow, err error) {
	var stamp, took int64
	err = r.Scan(&a.Node, &a.Seq, &stamp, &a.TokenID, &a.Actor, &a.Address, &a.RequestID, &a.Action, &a.Target, &a.Account,
		&a.Before, &a.After, &a.Result, &a.Code, &took, &a.prevHash, &a.hash, &a.ofKind)
	a.Time, a.Duration = fromMillis(stamp), time.Duration(took)*time.Microsecond
	return a, err
}

// AuditFilter chooses rows of the audit trail. The zero value of a field does not restrict.
type AuditFilter struct {
	Account string    // without regard to case
	Action  string    // * stands for any text
	TokenID int64     //
	Since   time.Time // from then on
	Until   time.Time // before then

	after *trailMark // of its node, in place of Since
}

func (f AuditFilter) where() (string, []any) {
	conditions, args := []string{"TRUE"}, []any(nil)
	add := func(condition string, arg any) {
		conditions, args = append(conditions, condition), append(args, arg)
	}
	if f.Account != "" {
		add("account <> '' AND account = ?", loginKey(f.Account)) // the first half lets the index serve
	}
	if f.Action != "" {
		pattern := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`, "*", "%").Replace(loginKey(f.Action))
		add(`LOWER(action) LIKE ? ESCAPE '\'`, pattern)
	}
	if f.TokenID != 0 {
		add("token_id = ?", f.TokenID)
	}
	switch {
	case f.after != nil:
		conditions = append(conditions, "CASE WHEN node = ? THEN seq > ? ELSE time >= ? END")
		args = append(args, f.after.Node, f.after.Seq, f.Since.UnixMilli())
	case !f.Since.IsZero():
		add("time >= ?", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		add("time < ?", f.Until.UnixMilli())
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

// AuditRows gives the newest rows that the filter chooses, newest first: at most limit, after the
// first offset of them.
func (tx *Tx) AuditRows(f AuditFilter, offset, limit int) ([]AuditRow, error) {
	where, args := f.where()
	return collect(tx, scanAuditRow, tx.selectAudit()+where+" ORDER BY time DESC, node DESC, seq DESC LIMIT ? OFFSET ?",
		append(args, limit, offset)...)
}

// AuditRowsAfter gives at most limit rows that the filter chooses, oldest first, from the one after
// the given row on; the zero row begins.
func (tx *Tx) AuditRowsAfter(f AuditFilter, after AuditRow, limit int) ([]AuditRow, error) {
	where, args := f.where()
	if after.Seq > 0 {
		where += " AND (time, node, seq) > (?, ?, ?)"
		args = append(args, after.Time.UnixMilli(), after.Node, after.Seq)
	}
	return collect(tx, scanAuditRow, tx.selectAudit()+where+" ORDER BY time, node, seq LIMIT ?", append(args, limit)...)
}

// CountAudit counts the rows that the filter chooses.
func (tx *Tx) CountAudit(f AuditFilter) (int64, error) {
	where, args := f.where()
	return one(collect(tx, scanCount, "SELECT COUNT(*) FROM audit"+where, args...))
}
