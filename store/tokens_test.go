package store_test

import (
	"errors"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panelgate/store"
)

// mustToken stores a token whose hash is hashOf(i) and gives its ID.
func (c *clock) mustToken(t *testing.T, i int, token store.NewToken) (id int64) {
	t.Helper()
	token.Hash = hashOf(i)
	if token.Kind == "" {
		token.Kind = store.KindAdmin
	}
	c.mustWrite(t, func(tx *store.Tx) (err error) {
		id, err = tx.CreateToken(token)
		return err
	})
	return id
}

// token reads a token by its secret's hash.
func (c *clock) token(t *testing.T, i int) (token store.Token, err error) {
	t.Helper()
	err = c.Read(t.Context(), func(tx *store.Tx) error {
		token, err = tx.TokenByHash(hashOf(i))
		return err
	})
	return token, err
}

func (c *clock) wantState(t *testing.T, i int, want store.State) {
	t.Helper()
	token, err := c.token(t, i)
	if got := token.State(c.now); err != nil || got != want {
		t.Errorf("%s: token %d is %q, %v, want %q", c.now.Format(time.DateTime), i, got, err, want)
	}
}

func TestStatesByTheClock(t *testing.T) {
	c := newClock(t)
	start, none := c.now, int64(0)
	c.mustToken(t, 1, store.NewToken{Terms: store.Terms{NotBefore: start.Add(time.Hour), Expires: start.Add(2 * time.Hour)}})
	c.mustToken(t, 2, store.NewToken{Terms: store.Terms{Uses: &none, Expires: start.Add(time.Hour)}})
	revoked := c.mustToken(t, 3, store.NewToken{Terms: store.Terms{Expires: start.Add(time.Hour)}})
	c.mustWrite(t, func(tx *store.Tx) error { return tx.RevokeToken(revoked) })
	for _, at := range []struct {
		after  time.Duration
		states [3]store.State
	}{
		{0, [3]store.State{store.StateNotYetValid, store.StateUsedUp, store.StateRevoked}},
		{time.Hour - time.Millisecond, [3]store.State{store.StateNotYetValid, store.StateUsedUp, store.StateRevoked}},
		{time.Hour, [3]store.State{store.StateGood, store.StateExpired, store.StateRevoked}},
		{2*time.Hour - time.Millisecond, [3]store.State{store.StateGood, store.StateExpired, store.StateRevoked}},
		{2 * time.Hour, [3]store.State{store.StateExpired, store.StateExpired, store.StateRevoked}},
	} {
		c.now = start.Add(at.after)
		for i, want := range at.states {
			c.wantState(t, i+1, want)
		}
	}
}

func TestTermsAreKept(t *testing.T) {
	c := newClock(t)
	uses := int64(7)
	want := store.Terms{Name: "note", SSO: true, Probe: true, Strict: true, Masked: true, Actions: []string{"POST /users", "!a/b"},
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")},
		NotBefore: c.now, Expires: c.now.Add(time.Hour), Uses: &uses, PerMinute: 30}
	id := c.mustToken(t, 1, store.NewToken{Terms: want})
	c.mustWrite(t, func(tx *store.Tx) error {
		_, err := tx.RotateToken(id, hashOf(2), time.Minute)
		return err
	})
	for i := 1; i <= 2; i++ {
		got, err := c.token(t, i)
		if i == 1 {
			want.Expires = c.now.Add(time.Minute) // it was rotated
		} else {
			want.Expires = c.now.Add(time.Hour)
		}
		if err != nil || !sameTerms(got.Terms, want) {
			t.Errorf("token %d: %+v, %v, want %+v", i, got.Terms, err, want)
		}
	}
}

func sameTerms(a, b store.Terms) bool {
	same := len(a.Actions) == len(b.Actions) && len(a.Addresses) == len(b.Addresses) && *a.Uses == *b.Uses &&
		a.NotBefore.Equal(b.NotBefore) && a.Expires.Equal(b.Expires) && a.Name == b.Name && a.PerMinute == b.PerMinute
	for i := range a.Actions {
		same = same && a.Actions[i] == b.Actions[i]
	}
	for i := range a.Addresses {
		same = same && a.Addresses[i] == b.Addresses[i]
	}
	return same && a.SSO == b.SSO && a.Probe == b.Probe && a.Strict == b.Strict && a.Masked == b.Masked
}

func TestRotate(t *testing.T) {
	c := newClock(t)
	start := c.now
	rotate := func(id int64, i int, overlap time.Duration) (made int64, err error) {
		err = c.Write(t.Context(), func(tx *store.Tx) error {
			made, err = tx.RotateToken(id, hashOf(i), overlap)
			return err
		})
		return made, err
	}
	first := c.mustToken(t, 1, store.NewToken{Terms: store.Terms{Expires: start.Add(30 * time.Hour)}})
	second, err := rotate(first, 2, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	c.wantState(t, 1, store.StateGood)
	c.wantState(t, 2, store.StateGood)
	c.now = start.Add(24*time.Hour - time.Millisecond)
	c.wantState(t, 1, store.StateGood)
	c.now = start.Add(24 * time.Hour)
	c.wantState(t, 1, store.StateExpired)
	c.wantState(t, 2, store.StateGood)

	if _, err := rotate(second, 3, 24*time.Hour); err != nil { // ends before the overlap would
		t.Fatal(err)
	}
	c.now = start.Add(30 * time.Hour)
	c.wantState(t, 2, store.StateExpired)
	c.wantState(t, 3, store.StateExpired)

	var ended *store.ConflictError
	if _, err := rotate(first, 4, 0); !errors.As(err, &ended) {
		t.Errorf("an expired token is rotated: %v", err)
	}
	if _, err := rotate(99, 4, 0); !isGone(err) {
		t.Errorf("a token that is not there: %v", err)
	}
	at := c.mustToken(t, 5, store.NewToken{})
	if _, err := rotate(at, 6, 0); err != nil {
		t.Fatal(err)
	}
	c.wantState(t, 5, store.StateExpired)
	c.wantState(t, 6, store.StateGood)
}

// The old secret and the new one share what uses are left, whoever of the two spends them first.
func TestRotatedTokensShareTheirUses(t *testing.T) {
	c := newClock(t)
	uses := int64(100)
	ids := []int64{c.mustToken(t, 1, store.NewToken{Terms: store.Terms{Uses: &uses}}), 0, 0}
	for i := range 2 {
		c.mustWrite(t, func(tx *store.Tx) (err error) {
			ids[i+1], err = tx.RotateToken(ids[i], hashOf(i+2), time.Hour)
			return err
		})
	}
	var spent atomic.Int64
	var all sync.WaitGroup
	for i := range 3 * 60 {
		all.Go(func() {
			err := c.Write(t.Context(), func(tx *store.Tx) error { return tx.SpendUse(ids[i%3]) })
			switch {
			case err == nil:
				spent.Add(1)
			case !errors.Is(err, store.ErrUsedUp):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if spent.Load() != uses {
		t.Errorf("%d uses were spent, want %d", spent.Load(), uses)
	}
	for i := range 3 {
		c.wantState(t, i+1, store.StateUsedUp)
	}
}

func TestTokensEndWithWhomTheyActFor(t *testing.T) {
	c := newClock(t)
	c.mustWrite(t, func(tx *store.Tx) error { return fillHouse(tx) })
	for i, token := range []store.NewToken{
		{Kind: store.KindAdmin, Admin: "BOSS"},
		{Kind: store.KindReseller, Account: "Shop"},
		{Kind: store.KindClient, Account: "acme"},
		{Kind: store.KindSubuser, Subuser: "Helper"},
	} {
		c.mustToken(t, i, token)
		if got, err := c.token(t, i); err != nil || got.Login == "" || got.LoginID == 0 {
			t.Errorf("%s: %+v, %v", token.Kind, got, err)
		}
	}
	c.mustWrite(t, func(tx *store.Tx) error {
		_, adminErr := tx.DeleteAdmins([]string{"boss"})
		_, subuserErr := tx.DeleteSubusers(store.ScopeAll(), "acme", []string{"helper"})
		return errors.Join(adminErr, subuserErr, tx.DeleteAccounts(store.ScopeAll(), []string{"acme", "shop"}))
	})
	for i, name := range []string{"boss", "shop", "acme", "acme/helper"} {
		got, err := c.token(t, i)
		if err != nil || got.State(c.now) != store.StateRevoked || !strings.EqualFold(got.WasFor, name) || got.LoginID != 0 || !got.Held.IsNone() {
			t.Errorf("the token of %s, deleted since, is %+v, %v", name, got, err)
		}
	}
}

func TestTokensNeedWhomTheyActFor(t *testing.T) {
	c := newClock(t)
	c.mustWrite(t, func(tx *store.Tx) error { return fillHouse(tx) })
	for i, token := range []store.NewToken{
		{Kind: store.KindAdmin, Admin: "nobody"}, {Kind: store.KindAdmin, Admin: "acme"},
		{Kind: store.KindReseller, Account: "nobody"}, {Kind: store.KindReseller, Account: "acme"},
		{Kind: store.KindClient}, {Kind: store.KindClient, Account: "helper"},
		{Kind: store.KindSubuser}, {Kind: store.KindSubuser, Subuser: "acme"},
	} {
		token.Hash = hashOf(i)
		err := c.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.CreateToken(token)
			return err
		})
		var invalid *store.InvalidError
		if !isGone(err) && !errors.As(err, &invalid) {
			t.Errorf("%+v was made: %v", token, err)
		}
	}
}

func TestLastUse(t *testing.T) {
	c := newClock(t)
	id := c.mustToken(t, 1, store.NewToken{})
	if token, err := c.token(t, 1); err != nil || !token.LastUse.At.IsZero() {
		t.Errorf("before its first use: %+v, %v", token.LastUse, err)
	}
	from := netip.MustParseAddr("2001:db8::7")
	c.NoteUse(id, netip.MustParseAddr("192.0.2.1"))
	c.NoteUse(id, from)
	c.NoteUse(99, from) // revoked and gone meanwhile
	for deadline := time.Now().Add(30 * time.Second); ; <-time.After(10 * time.Millisecond) {
		token, err := c.token(t, 1)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the last use was not written: %+v, %v", token.LastUse, err)
		}
		if token.LastUse.From == from && token.LastUse.At.Equal(c.now) {
			return
		}
	}
}
