package store

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// ErrUsedUp means that a token has no uses left.
var ErrUsedUp = errors.New("the token is used up")

// NewToken is what [Tx.CreateToken] makes a token of.
type NewToken struct {
	Hash    [32]byte // SHA-256 of the secret
	Kind    string
	Account string // of a client or reseller token; must exist, and be a reseller for the latter
	Subuser string // of a subuser token
	Admin   string // of an admin token; "" is the operator
	Terms
}

// CreateToken stores a token and gives its ID. Whom it is for must exist: else it is a
// [*NotFoundError], or an [*InvalidError] on "account" for one that is no reseller.
func (tx *Tx) CreateToken(t NewToken) (int64, error) {
	login, err := tx.holderOf(t)
	if err != nil {
		return 0, err
	}
	return tx.insertToken(t.Hash, t.Kind, login, 0, t.Terms)
}

// holderOf finds whom a token is for; 0 is the operator.
func (tx *Tx) holderOf(t NewToken) (int64, error) {
	switch t.Kind {
	case KindSubuser:
		who, err := tx.Person(ScopeAll(), RoleUser, t.Subuser)
		if err == nil && who.Kind != NounSubuser || isMissing(err) {
			err = &NotFoundError{Noun: NounSubuser, Names: []string{t.Subuser}}
		}
		return who.ID, err
	case KindAdmin:
		if t.Admin == "" {
			return 0, nil
		}
		admin, err := tx.Admin(t.Admin)
		return admin.ID, err
	}
	account, err := tx.Account(ScopeAll(), t.Account)
	if err == nil && t.Kind == KindReseller && account.Type != TypeReseller {
		err = &InvalidError{Field: "account", Reason: fmt.Sprintf("%q is not a reseller", account.Name)}
	}
	return account.ID, err
}

func isMissing(err error) bool {
	var missing *NotFoundError
	return errors.As(err, &missing)
}

// insertToken stores a token. Where root is an ID, the uses of that token count for this one.
func (tx *Tx) insertToken(hash [32]byte, kind string, login, root int64, t Terms) (int64, error) {
	uses := t.Uses
	if root != 0 {
		uses = nil
	}
	return tx.insert(`INSERT INTO tokens (hash, kind, login_id, name, sso, probe, strict, masked, actions, addresses, not_before,
			expires_at, uses_left, root_id, per_minute, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		hash[:], kind, nonZero(login), t.Name, t.SSO, t.Probe, t.Strict, t.Masked, strings.Join(t.Actions, "\n"),
		joinAddresses(t.Addresses), millisOf(t.NotBefore), millisOf(t.Expires), uses, nonZero(root), nonZero(t.PerMinute), tx.stamp())
}

func joinAddresses(prefixes []netip.Prefix) string {
	texts := make([]string, len(prefixes))
	for i, p := range prefixes {
		texts[i] = p.Masked().String()
	}
	return strings.Join(texts, "\n")
}

// RotateToken makes another token like the one of that ID, and lets that one expire once overlap has
// passed, unless it does before. Both count the same uses meanwhile, and repeat each other's calls. A token that cannot be used
// any more is a [*ConflictError] on "id", one that was rotated before on "successor": it lives only as long as it overlaps.
func (tx *Tx) RotateToken(id int64, hash [32]byte, overlap time.Duration) (int64, error) {
	was, err := tx.Token(id)
	if err != nil {
		return 0, err
	}
	next, err := collect(tx, scanCount, "SELECT id FROM tokens WHERE root_id = ? AND id > ? ORDER BY id LIMIT 1", was.Root, id)
	if err != nil {
		return 0, err
	}
	if len(next) > 0 {
		return 0, &ConflictError{Field: "successor", Reason: fmt.Sprintf("token %d was rotated already: rotate token %d, which took its place", id, next[0])}
	}
	if state := was.State(tx.now); state != StateGood && state != StateNotYetValid {
		return 0, &ConflictError{Field: "id", Reason: fmt.Sprintf("token %d is %s", id, state)}
	}
	made, err := tx.insertToken(hash, was.Kind, was.LoginID, was.Root, was.Terms)
	if err != nil {
		return 0, err
	}
	end := tx.now.Add(overlap)
	if !was.Expires.IsZero() && was.Expires.Before(end) {
		end = was.Expires
	}
	return made, tx.updateToken("UPDATE tokens SET expires_at = ? WHERE id = ?", end.UnixMilli(), id)
}

// SpendUse takes one of a token's uses. Where none is left it is [ErrUsedUp]. It belongs into the
// transaction of what the use is for, so that exactly as many calls succeed as were paid for.
func (tx *Tx) SpendUse(id int64) error {
	err := tx.updateToken(`UPDATE tokens SET uses_left = uses_left - 1
		WHERE id = (SELECT COALESCE(root_id, id) FROM tokens WHERE id = ?) AND uses_left > 0`, id)
	if isMissing(err) {
		return ErrUsedUp
	}
	return err
}
