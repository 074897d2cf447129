package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The results of a call, as the audit trail names them.
const (
	ResultSuccess  = "success"
	ResultReplayed = "replayed" // a success that was given again; nothing was done
	ResultRefused  = "refused"
	ResultFailed   = "failed" // through no fault of the caller
)

// AuditRow is one entry of the audit trail: a change, or a refusal. Before and After are the fields that
// changed, as JSON objects with secrets masked; "" where there are none.
type AuditRow struct {
	Node      string // whose chain the row is in
	Seq       int64  // its number there, from 1
	Time      time.Time
	TokenID   int64  // 0: the command line
	Actor     string // who the token is
	Address   string
	RequestID string
	Action    string
	Target    string
	Account   string // whose trail the row is in too, without regard to case; "" for the operator's alone
	Before    string
	After     string
	Result    string // ResultSuccess …
	Code      string // why a call was refused
	Duration  time.Duration

	prevHash []byte
	hash     []byte
	ofKind   bool // each value is kept as the kind that was written; of a row that was read
}

// Hash is what the chain says of the row and of all before it.
func (r AuditRow) Hash() []byte { return bytes.Clone(r.hash) }

// usualRow is what is enough for most rows in the form that is hashed.
const usualRow = 2048

// sum gives the hash of the row after a row with hash prev. What is hashed names the format, and
// every text has its length before it, so that no two rows are written alike.
func (r *AuditRow) sum(prev []byte) []byte {
	buf := append(make([]byte, 0, usualRow), "panelgate audit 1\x00"...)
	buf = append(buf, prev...)
	for _, n := range []int64{r.Seq, r.Time.UnixMilli(), r.TokenID, r.Duration.Microseconds()} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(n))
	}
	for _, text := range []string{r.Node, r.Actor, r.Address, r.RequestID, r.Action, r.Target, r.Account,
		r.Before, r.After, r.Result, r.Code} {
		buf = binary.AppendUvarint(buf, uint64(len(text)))
		buf = append(buf, text...)
	}
	hash := sha256.Sum256(buf)
	return hash[:]
}

// chain is where a node's rows begin and end. It is kept sealed: without the keyset nobody can
// make one that fits other rows.
type chain struct {
	Node       string
	Anchor     int64 // the last row that retention deleted, 0 while there is none
	AnchorHash []byte
	Head       int64 // the last row
	HeadHash   []byte

	id int64
}

const sealedEnds = "audit_chains.ends"

func scanChain(tx *Tx) func(*row) (chain, error) {
	return func(r *row) (c chain, err error) {
		var id int64
		var node string
		var sealed []byte
		if err := r.Scan(&id, &node, &sealed); err != nil {
			return c, err
		}
		text, err := tx.unseal(sealed, sealedEnds, id)
		if errors.Is(err, ErrUnknownKey) { // it is the keyset that is not as it was
			return c, err
		}
		if err != nil || len(text) < endsLength || text[endsLength:] != node {
			return c, errors.Join(errBrokenChain, err)
		}
		return readEnds(id, []byte(text)), nil
	}
}

// endsLength is that of what stands before the node in the ends of a chain: two numbers and two hashes.
const endsLength = 2*8 + 2*sha256.Size

func (c chain) ends() string {
	ends := binary.BigEndian.AppendUint64(nil, uint64(c.Anchor))
	ends = binary.BigEndian.AppendUint64(ends, uint64(c.Head))
	return string(append(append(ends, c.AnchorHash...), c.HeadHash...)) + c.Node
}

func readEnds(id int64, ends []byte) chain {
	hashes := ends[2*8:]
	return chain{
		id: id, Node: string(ends[endsLength:]),
		Anchor: int64(binary.BigEndian.Uint64(ends)), AnchorHash: hashes[:sha256.Size],
		Head: int64(binary.BigEndian.Uint64(ends[8:])), HeadHash: hashes[sha256.Size : 2*sha256.Size],
	}
}

// errBrokenChain means that somebody has written where only the chain's owner does.
var errBrokenChain = errors.New("the sealed ends of the audit chain cannot be read")

const selectChains = "SELECT id, node, ends FROM audit_chains"

// chain gives the chain of this node. Where its ends cannot be read any more, or are gone although there
// are rows, the next row leaves a number out: the trail goes on, and verifying it finds the place for ever. Ends that
// are sealed with a key that is missing are no such place: nothing is written until the keyset is back.
func (tx *Tx) chain() (chain, error) {
	if tx.unsaved != nil {
		return *tx.unsaved, nil
	}
	found, err := collect(tx, scanChain(tx), selectChains+" WHERE node = ?", tx.node)
	if err == nil && len(found) == 1 {
		return found[0], nil
	}
	if err != nil && !errors.Is(err, errBrokenChain) {
		return chain{}, err
	}
	broken := err != nil
	last, err := collect(tx, scanAuditRow, tx.selectAudit()+" WHERE node = ? ORDER BY seq DESC LIMIT 1", tx.node)
	if err != nil {
		return chain{}, err
	}
	c := chain{Node: tx.node, AnchorHash: make([]byte, sha256.Size), HeadHash: make([]byte, sha256.Size)}
	if len(last) > 0 {
		c.Head, broken = last[0].Seq, true
	}
	if broken {
		c.Head++
	}
	c.id, err = one(collect(tx, scanCount, `INSERT INTO audit_chains (node, ends) VALUES (?, ?)
		ON CONFLICT (node) DO UPDATE SET ends = excluded.ends RETURNING id`, tx.node, []byte{}))
	return c, err
}

func (tx *Tx) saveChain(c chain) error {
	sealed, err := tx.seal(c.ends(), sealedEnds, c.id)
	if err != nil {
		return err
	}
	_, err = tx.execAside("UPDATE audit_chains SET ends = ? WHERE id = ?", sealed, c.id)
	return err
}

// saveUnsaved seals the end of the chain that rows were added to. Nothing reads it before the commit, so it is sealed
// once for all the writes of a transaction.
func (tx *Tx) saveUnsaved() error {
	if tx.unsaved == nil {
		return nil
	}
	c := *tx.unsaved
	tx.unsaved = nil
	return tx.saveChain(c)
}

// Audit writes rows into the trail, in the transaction of what they tell. Node, Seq and Time are
// the transaction's to fill in.
func (tx *Tx) Audit(rows ...AuditRow) error {
	if len(rows) == 0 {
		return nil
	}
	c, err := tx.chain()
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	for _, r := range rows {
		r.Node, r.Seq, r.Time = tx.node, c.Head+1, fromMillis(tx.stamp())
		r.Account, r.Duration = loginKey(r.Account), r.Duration.Truncate(time.Microsecond)
		r.makePlain()
		r.prevHash, r.hash = c.HeadHash, r.sum(c.HeadHash)
		if err := tx.insertAudit(r); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		c.Head, c.HeadHash = r.Seq, r.hash
		if tx.told != nil {
			tx.told[r.Account] = true
		}
	}
	tx.unsaved = &c
	return nil
}

// makePlain replaces what is no text, and what PostgreSQL takes for none, in what callers may have sent.
func (r *AuditRow) makePlain() {
	for _, text := range []*string{&r.Actor, &r.Address, &r.RequestID, &r.Action, &r.Target, &r.Before, &r.After, &r.Result, &r.Code} {
		if !utf8.ValidString(*text) || strings.IndexByte(*text, 0) >= 0 {
			*text = strings.ReplaceAll(strings.ToValidUTF8(*text, string(utf8.RuneError)), "\x00", string(utf8.RuneError))
		}
	}
}

func (tx *Tx) insertAudit(r AuditRow) error {
	_, err := tx.execAside(`INSERT INTO audit (node, seq, time, token_id, actor, address, request_id, action, target, account,
			before, after, result, code, duration_us, prev_hash, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Node, r.Seq, r.Time.UnixMilli(), r.TokenID, r.Actor, r.Address, r.RequestID, r.Action, r.Target, r.Account,
		r.Before, r.After, r.Result, r.Code, r.Duration.Microseconds(), r.prevHash, r.hash)
	return err
}

// Changed names the fields that changed, in order.
func (r AuditRow) Changed() []string {
	names := make(map[string]json.RawMessage)
	for _, text := range []string{r.Before, r.After} {
		_ = json.Unmarshal([]byte(text), &names) // "" is none; what is no JSON names nothing
	}
	return slices.Sorted(maps.Keys(names))
}

// BeforeJSON is Before as it stands, empty where it is empty; a string where somebody has made it no JSON at all.
func (r AuditRow) BeforeJSON() json.RawMessage { return rawJSON(r.Before) }

// AfterJSON is BeforeJSON of After.
func (r AuditRow) AfterJSON() json.RawMessage { return rawJSON(r.After) }

func rawJSON(text string) json.RawMessage {
	if text != "" && !json.Valid([]byte(text)) {
		quoted, _ := json.Marshal(text) // a string always encodes
		return quoted
	}
	return json.RawMessage(text)
}
