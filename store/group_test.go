package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// countingClock counts transactions: each of them asks for the time once.
func countingClock(n *atomic.Int64) func(*Options) {
	return func(o *Options) {
		o.Now = func() time.Time { return time.UnixMilli(n.Add(1)) }
	}
}

// queueUp puts writes behind one that holds the writer, in this order, and gives their results
// when all are answered.
func queueUp(t *testing.T, s *Store, writes ...func(*Tx) error) (results func() []error) {
	t.Helper()
	release := hold(t, s)
	errs := make([]error, len(writes))
	var waiting sync.WaitGroup
	for i, fn := range writes {
		waiting.Go(func() { errs[i] = s.Write(context.Background(), fn) })
		eventually(t, "the write to queue", func() bool { return len(s.queue) == i+1 })
	}
	return func() []error {
		if err := release(); err != nil {
			t.Errorf("the write in front: %v", err)
		}
		waiting.Wait()
		return errs
	}
}

func TestWritesShareACommit(t *testing.T) {
	var clock atomic.Int64
	s := mustOpen(t, countingClock(&clock))
	const n = 15 // few enough not to be parted
	var answered atomic.Int64
	stamps := make([]int64, n)
	writes := make([]func(*Tx) error, n)
	for i := range writes {
		writes[i] = func(tx *Tx) error {
			if answered.Load() > 0 {
				t.Error("a write was answered before the commit")
			}
			stamps[i] = tx.stamp()
			return setting(fmt.Sprint("row ", i))(tx)
		}
	}
	results := queueUp(t, s, writes...)
	for i, err := range results() {
		answered.Add(1)
		if err != nil {
			t.Errorf("write %d: %v", i, err)
		}
		if stamps[i] != stamps[0] {
			t.Errorf("write %d was in another transaction", i)
		}
		if !has(t, s, fmt.Sprint("row ", i)) {
			t.Errorf("write %d was acknowledged and is not there", i)
		}
	}
}

// A group is at most batchSize writes: many more take more than one transaction, and far fewer
// than one each.
func TestManyWritersFewCommits(t *testing.T) {
	var clock atomic.Int64
	s := mustOpen(t, countingClock(&clock))
	const n = 600
	writes := make([]func(*Tx) error, n)
	transactions := make(map[int64]int) // the writer is one goroutine
	for i := range writes {
		writes[i] = func(tx *Tx) error {
			transactions[tx.stamp()]++
			return setting(fmt.Sprint("row ", i))(tx)
		}
	}
	for i, err := range queueUp(t, s, writes...)() {
		if err != nil {
			t.Errorf("write %d: %v", i, err)
		}
	}
	for _, size := range transactions {
		if size > batchSize {
			t.Errorf("%d writes in one transaction, want %d at most", size, batchSize)
		}
	}
	if len(transactions) < 3 || len(transactions) > 4 {
		t.Errorf("%d transactions for %d writes", len(transactions), n)
	}
}

// A group leaves some for the next one, which is written while those of the first come back: five eighths of those who
// write, and 16 at least. The first 15 go with the write that held the writer: nobody waited when that began.
func TestAGroupLeavesSome(t *testing.T) {
	for writers, want := range map[int][]int64{10: {10}, 15: {15}, 31: {15, 16}, 100: {15, 63, 22}, 200: {15, 125, 60}} {
		var clock atomic.Int64
		s := mustOpen(t, countingClock(&clock))
		transactions := make(map[int64]int64) // the writer is one goroutine
		writes := make([]func(*Tx) error, writers)
		for i := range writes {
			writes[i] = func(tx *Tx) error {
				transactions[tx.stamp()]++
				return setting(fmt.Sprint("row ", i))(tx)
			}
		}
		for i, err := range queueUp(t, s, writes...)() {
			if err != nil {
				t.Errorf("write %d: %v", i, err)
			}
		}
		var sizes []int64
		for _, at := range slices.Sorted(maps.Keys(transactions)) {
			sizes = append(sizes, transactions[at])
		}
		if !slices.Equal(sizes, want) {
			t.Errorf("%d writers: groups of %d, want %d", writers, sizes, want)
		}
	}
}
