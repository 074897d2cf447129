package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

// Chain is what [Store.VerifyAudit] found of one node's rows.
type Chain struct {
	Node   string
	Rows   int64
	Anchor int64 // the last row that retention deleted, 0 while there is none
	Head   int64 // the last row
	Hash   []byte
	Back   int64 // rows whose time is before that of the row before them: the clock was set back

	Bad    int64  // the number of the first row that is not as it was written, 0 where all are
	Reason string // what is wrong with it
}

// errStop ends a verification at the first bad row.
var errStop = errors.New("bad row")

// VerifyAudit reads every chain from its anchor to its head and says of each whether it is whole. The rows are read
// one by one, in one snapshot.
func (s *Store) VerifyAudit(ctx context.Context) (chains []Chain, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		chains = nil
		nodes, err := collect(tx, scanName, "SELECT node FROM audit_chains UNION SELECT DISTINCT node FROM audit ORDER BY 1")
		if err != nil {
			return err
		}
		for _, node := range nodes {
			v := verifier{Chain: Chain{Node: node}}
			if err := v.verify(tx); err != nil {
				return err
			}
			chains = append(chains, v.Chain)
		}
		return nil
	})
	return chains, err
}

// verifier walks along one chain.
type verifier struct {
	Chain
	ends chain
	seq  int64
	hash []byte
	time time.Time
}

func (v *verifier) verify(tx *Tx) error {
	if err := v.begin(tx); errors.Is(err, errStop) {
		return nil
	} else if err != nil {
		return err
	}
	_, err := collect(tx, v.row, tx.selectAudit()+" WHERE node = ? ORDER BY seq", v.Node)
	if err == nil {
		err = v.end()
	}
	v.Head, v.Hash = v.seq, v.hash
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// bad notes the first bad row.
func (v *verifier) bad(seq int64, format string, args ...any) error {
	v.Bad, v.Reason = seq, fmt.Sprintf(format, args...)
	return errStop
}

func (v *verifier) begin(tx *Tx) error {
	found, err := collect(tx, scanChain(tx), selectChains+" WHERE node = ?", v.Node)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return v.bad(1, "the record of where the chain begins and ends is sealed with a key that is not in the keyset, so no row can be trusted: put the right keyset back")
	case errors.Is(err, errBrokenChain):
		return v.bad(1, "the sealed record of where the chain begins and ends was changed, so no row can be trusted")
	case err != nil:
		return err
	case len(found) == 0:
		return v.bad(1, "the sealed record of where the chain begins and ends is gone, so no row can be trusted")
	}
	v.ends = found[0]
	v.Anchor, v.seq, v.hash = v.ends.Anchor, v.ends.Anchor, v.ends.AnchorHash
	return nil
}

// row checks one row; what it gives is nothing, so that rows take no memory.
func (v *verifier) row(r *row) (nothing struct{}, _ error) {
	a, err := scanAuditRow(r)
	if err != nil || a.Seq == v.seq+1 && !a.ofKind {
		return nothing, v.bad(v.seq+1, "it holds a value of the wrong kind")
	}
	if err := v.check(a); err != nil {
		return nothing, err
	}
	if a.Time.Before(v.time) {
		v.Back++
	}
	v.seq, v.hash, v.time = a.Seq, a.hash, a.Time
	v.Rows++
	return nothing, nil
}

func (v *verifier) check(a AuditRow) error {
	next := v.seq + 1
	switch {
	case a.Seq <= v.ends.Anchor:
		return v.bad(a.Seq, "it stands before row %d, with which the chain begins", v.ends.Anchor+1)
	case a.Seq > v.ends.Head:
		return v.bad(a.Seq, "it stands after row %d, with which the chain ends", v.ends.Head)
	case a.Seq != next:
		return v.bad(next, "it is missing; row %d comes next", a.Seq)
	case bytes.Equal(a.hash, a.sum(v.hash)) && bytes.Equal(a.prevHash, v.hash):
		return nil
	case v.Rows > 0 && bytes.Equal(a.hash, a.sum(a.prevHash)): // whole in itself, so the one before is not
		return v.bad(v.seq, "it was changed and its hash made anew: row %d was written after another", a.Seq)
	}
	return v.bad(a.Seq, "its hash does not fit: it was changed after it was written")
}

func (v *verifier) end() error {
	switch {
	case v.seq < v.ends.Head:
		return v.bad(v.seq+1, "it is missing, and so is all up to row %d, with which the chain ends", v.ends.Head)
	case !bytes.Equal(v.hash, v.ends.HeadHash):
		return v.bad(v.seq, "its hash is not the one with which the chain ends: rows were written anew")
	}
	return nil
}

// LacksAudit reports whether there is no trail at all beside tokens or accounts, of whose making it would tell.
func (tx *Tx) LacksAudit() (bool, error) {
	return one(collect(tx, func(r *row) (lacks bool, err error) { return lacks, r.Scan(&lacks) },
		`SELECT NOT EXISTS (SELECT 1 FROM audit_chains) AND NOT EXISTS (SELECT 1 FROM audit)
			AND (EXISTS (SELECT 1 FROM tokens) OR EXISTS (SELECT 1 FROM accounts))`))
}
