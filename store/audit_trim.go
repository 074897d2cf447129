package store

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// ErrTampered means that a row of the audit trail is not as it was written.
var ErrTampered = errors.New("the audit trail was changed")

// Trimmed is what [Tx.TrimAudit] did.
type Trimmed struct {
	Deleted int
	Broken  []error // why a chain was left as it is, each an [ErrTampered]; the others are none the worse
}

// TrimAudit deletes the oldest rows that were written before a time, at most limit of each chain. Each chain keeps its
// head and, as its anchor, the hash of the last row that was deleted: what is left can still be verified. A row that was
// changed, and all behind it, stays for whoever looks into it.
func (tx *Tx) TrimAudit(before time.Time, limit int) (done Trimmed, err error) {
	if err := tx.saveUnsaved(); err != nil {
		return done, err
	}
	nodes, err := collect(tx, scanName, "SELECT node FROM audit_chains ORDER BY id")
	if err != nil {
		return done, err
	}
	for _, node := range nodes {
		n, err := tx.trimNode(node, before, limit)
		switch {
		case errors.Is(err, ErrTampered):
			done.Broken = append(done.Broken, err)
		case err != nil:
			return done, err
		}
		done.Deleted += n
	}
	return done, nil
}

func (tx *Tx) trimNode(node string, before time.Time, limit int) (int, error) {
	found, err := collect(tx, scanChain(tx), selectChains+" WHERE node = ?", node)
	if errors.Is(err, errBrokenChain) {
		return 0, fmt.Errorf("%w: %w: %s", ErrTampered, errBrokenChain, node)
	}
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return tx.trimChain(found[0], before, limit)
}

// trimChain deletes from the front only, up to the first row that is to stay: a clock that was set back makes
// rows stay longer, never a gap.
func (tx *Tx) trimChain(c chain, before time.Time, limit int) (int, error) {
	oldest, err := collect(tx, scanAuditRow, tx.selectAudit()+" WHERE node = ? ORDER BY seq LIMIT ?", c.Node, limit)
	if err != nil {
		return 0, err
	}
	n := 0
	for n < len(oldest) && oldest[n].Time.Before(before) {
		if oldest[n].Seq != c.Anchor+1 || !oldest[n].ofKind || !bytes.Equal(oldest[n].hash, oldest[n].sum(c.AnchorHash)) {
			break
		}
		c.Anchor, c.AnchorHash = oldest[n].Seq, oldest[n].hash
		n++
	}
	if n == 0 {
		if len(oldest) > 0 && oldest[0].Time.Before(before) {
			return 0, fmt.Errorf("%w: row %d of %s", ErrTampered, c.Anchor+1, c.Node)
		}
		return 0, nil
	}
	if _, err := tx.execAside("DELETE FROM audit WHERE node = ? AND seq <= ?", c.Node, c.Anchor); err != nil {
		return 0, err
	}
	return n, tx.saveChain(c)
}
