package store

import (
	"crypto/sha256"
	"errors"
	"strconv"
	"testing"
	"time"
)

// jumps are what a clock is set to, one after the other, and how far it is from right.
var jumps = []struct {
	name string
	off  time.Duration
}{
	{"right", 0}, {"an hour back", -time.Hour}, {"right again", 0}, {"a year ahead", 365 * 24 * time.Hour}, {"back from there", 0},
}

// Whatever the clock is set to: what was stored is there, the audit trail is whole and says how often the clock went
// back, retention leaves what is younger than it keeps, and tokens are good when the clock says so.
func TestFaultsClockIsSet(t *testing.T) {
	const keep = 400 * 24 * time.Hour
	c := &clock{noon}
	s := mustOpen(t, onNode, at(c))
	expires := noon.Add(30 * time.Minute)
	good, revoked := sha256.Sum256([]byte("good")), sha256.Sum256([]byte("revoked"))
	mustWrite(t, s, func(tx *Tx) error {
		_, err := tx.CreateToken(NewToken{Hash: good, Kind: KindAdmin, Terms: Terms{Expires: expires}})
		id, revokeErr := tx.CreateToken(NewToken{Hash: revoked, Kind: KindAdmin})
		return errors.Join(err, revokeErr, tx.RevokeToken(id))
	})
	var made []string
	for _, jump := range jumps {
		c.now = noon.Add(jump.off)
		mustAccount(t, s, AccountChange{Name: "acme-" + strconv.Itoa(len(made))})
		made = append(made, "acme-"+strconv.Itoa(len(made)))
		mustAudit(t, s, 3)
		mustWrite(t, s, func(tx *Tx) error {
			if done, err := tx.TrimAudit(tx.Now().Add(-keep), 100); done.Deleted > 0 || done.Broken != nil || err != nil {
				t.Errorf("%s: %+v, %v", jump.name, done, err)
			}
			token, err := tx.TokenByHash(good)
			if want := map[bool]State{true: StateGood, false: StateExpired}[c.now.Before(expires)]; token.State(tx.Now()) != want {
				t.Errorf("%s: the token is %v, want %v", jump.name, token.State(tx.Now()), want)
			}
			gone, goneErr := tx.TokenByHash(revoked)
			if gone.State(tx.Now()) != StateRevoked {
				t.Errorf("%s: a revoked token is %v", jump.name, gone.State(tx.Now()))
			}
			for _, name := range made {
				_, missing := tx.Account(ScopeAll(), name)
				err = errors.Join(err, missing)
			}
			return errors.Join(err, goneErr)
		})
	}
	chain := mustVerify(t, s)[0]
	if chain.Bad != 0 || chain.Rows != int64(3*len(jumps)) || chain.Back != 2 {
		t.Errorf("audit trail: %+v", chain)
	}
	t.Logf("%d times set: %d accounts, all there; %d rows in the audit trail, whole, %d times back", len(jumps), len(made), chain.Rows, chain.Back)
}

// Links and sessions live no longer than they are made for, whatever the clock is set to; one that was not set back by
// more than a little ends none of them early.
func TestFaultsClockAndSignOn(t *testing.T) {
	c := &clock{noon}
	s := mustOpen(t, at(c))
	who := mustAccount(t, s, AccountChange{Name: "acme"})
	for name, tt := range map[string]struct {
		made, now       time.Duration // by the clock, from noon
		ticket, session bool
	}{
		"at once":            {0, 0, true, true},
		"a step back":        {0, -30 * time.Second, true, true},
		"an hour back":       {0, -time.Hour, false, false},
		"a year back":        {365 * 24 * time.Hour, 0, false, false},
		"a year ahead":       {0, 365 * 24 * time.Hour, false, false},
		"an hour later":      {0, time.Hour, false, true},
		"an hour and back":   {-time.Hour, 0, false, true},
		"the session's time": {0, SessionLife, false, false},
	} {
		hash := sha256.Sum256([]byte(name))
		c.now = noon.Add(tt.made)
		mustWrite(t, s, func(tx *Tx) error {
			return errors.Join(tx.CreateTicket(Ticket{Hash: hash, LoginID: who.ID, Expires: tx.Now().Add(TicketLife)}),
				tx.CreateSession(hash, who.ID, tx.Now().Add(SessionLife)))
		})
		c.now = noon.Add(tt.now)
		mustWrite(t, s, func(tx *Tx) error {
			_, err := tx.Session(hash)
			if (err == nil) != tt.session {
				t.Errorf("%s: session %v, want good: %t", name, err, tt.session)
			}
			if _, _, err = tx.OpenTicket(hash); (err == nil) != tt.ticket {
				t.Errorf("%s: link %v, want good: %t", name, err, tt.ticket)
			}
			return nil
		})
	}
}

// The last use of a token is the last one, and not for a year the one of a clock that was ahead.
func TestFaultsClockAndLastUse(t *testing.T) {
	c := &clock{noon}
	s := mustOpen(t, at(c))
	hash := sha256.Sum256([]byte("token"))
	var id int64
	mustWrite(t, s, func(tx *Tx) (err error) {
		id, err = tx.CreateToken(NewToken{Hash: hash, Kind: KindAdmin})
		return err
	})
	for _, jump := range jumps {
		c.now = noon.Add(jump.off)
		mustWrite(t, s, func(tx *Tx) error {
			return errors.Join(tx.setLastUse(id, Use{At: c.now}), tx.setLastUse(id, Use{At: c.now.Add(-time.Minute)})) // written late
		})
		mustReadTx(t, s, func(tx *Tx) error {
			token, err := tx.TokenByHash(hash)
			if !token.LastUse.At.Equal(c.now) {
				t.Errorf("%s: last used %v, want %v", jump.name, token.LastUse.At, c.now)
			}
			return err
		})
	}
}
