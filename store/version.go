package store

import (
	"slices"
	"sync/atomic"
)

// Moment is a point in the order of commits, for what is kept in memory of what was read: see
// [Store.Unchanged].
type Moment uint64

// slots is how many accounts are told apart. Two that share a slot outdate each other, which costs
// a read and nothing else.
const slots = 1 << 16

// versions knows when an account, or all that is stored, was changed last. A number is given out
// before a commit and another after it, so what was read while it went on is out of date too: from
// then on, everybody sees the new state, or everybody the old one until it is done.
type versions struct {
	now      atomic.Uint64
	all      atomic.Uint64
	accounts [slots]atomic.Uint64
}

// touched is what a transaction may have changed of what others keep in memory.
type touched struct {
	all      bool
	accounts []int64
}

// Moment is now. Take it before a read begins that is to be kept.
func (s *Store) Moment() Moment { return Moment(s.versions.now.Load()) }

// Unchanged reports whether a read that began at since would give the same now, for all that is
// stored about an account: its own row, its login, subusers, websites and tokens, and what it holds
// by its resellers. Account 0 stands for what belongs to none, such as the operator's tokens. Changes by another process
// are noticed within a quarter of a second.
func (s *Store) Unchanged(account int64, since Moment) bool {
	return s.versions.unchanged(account, since) && s.engine.fresh()
}

// Unchanged is [Store.Unchanged] within a transaction: what was written in it before counts too.
func (tx *Tx) Unchanged(account int64, since Moment) bool {
	return !tx.unheard && !tx.touched.all && !slices.Contains(tx.touched.accounts, account) && tx.versions.unchanged(account, since)
}

func (v *versions) unchanged(account int64, since Moment) bool {
	return v.all.Load() <= uint64(since) && v.accounts[account%slots].Load() <= uint64(since)
}

// Outdate makes all that was read before out of date.
func (s *Store) Outdate() { s.versions.touch(touched{all: true}) }

func (v *versions) touch(t touched) {
	now := v.now.Add(1)
	if t.all {
		raise(&v.all, now)
	}
	for _, account := range t.accounts {
		raise(&v.accounts[account%slots], now)
	}
}

// raise sets a number, unless somebody who came later was faster.
func raise(number *atomic.Uint64, to uint64) {
	for is := number.Load(); is < to && !number.CompareAndSwap(is, to); is = number.Load() {
	}
}
