package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
)

// Two nodes that read before they write lose nothing: their transactions come one after the other.
func TestNodesWriteOneAfterTheOther(t *testing.T) {
	postgres.Only(t, "nodes")
	one := mustOpen(t)
	two := mustNode(t, one)
	const writers, each = 8, 25
	mustWrite(t, one, func(tx *Tx) error { return tx.saveSetting("count", []byte("0")) })
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for range each {
				err := []*Store{one, two}[i%2].Write(t.Context(), func(tx *Tx) error {
					value, err := tx.setting("count")
					if err != nil {
						return err
					}
					n, err := strconv.Atoi(string(value))
					return errors.Join(err, tx.saveSetting("count", []byte(strconv.Itoa(n+1))), tx.Audit(AuditRow{Action: "count"}))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	mustReadTx(t, one, func(tx *Tx) error {
		if value, err := tx.setting("count"); err != nil || string(value) != fmt.Sprint(writers*each) {
			t.Errorf("counted %s, %v; want %d", value, err, writers*each)
		}
		return nil
	})
	for _, chain := range mustVerify(t, one) { // both are of this machine's name
		if chain.Bad != 0 || chain.Rows != writers*each {
			t.Errorf("%+v", chain)
		}
	}
}

// A node tells which accounts a commit has touched, or that all may be touched.
func TestNodesTellWhatTheyTouched(t *testing.T) {
	postgres.Only(t, "nodes")
	one := mustOpen(t)
	two := mustNode(t, one)
	eventually(t, "two to hear", func() bool { return two.Unchanged(1, two.Moment()) })
	since := two.Moment()
	touch := func(accounts ...int64) func(*Tx) error {
		return func(tx *Tx) error {
			for _, account := range accounts {
				tx.touch(account)
			}
			return nil
		}
	}
	mustWrite(t, one, touch(5, 7, 5))
	eventually(t, "the change of 7 to be heard", func() bool { return !two.Unchanged(7, since) })
	if two.Unchanged(5, since) || !two.Unchanged(6, since) {
		t.Errorf("5 unchanged: %v, 6 unchanged: %v", two.Unchanged(5, since), two.Unchanged(6, since))
	}
	var many []int64
	for i := range int64(3000) {
		many = append(many, 1_000_000+i)
	}
	mustWrite(t, one, touch(many...)) // more than one notice can name
	eventually(t, "the change of many to be heard", func() bool { return !two.Unchanged(6, since) })
}

// What was not heard yet of other nodes counts in a write: it begins after theirs.
func TestWritesKnowWhatIsUnheard(t *testing.T) {
	postgres.Only(t, "nodes")
	one := mustOpen(t)
	two := mustNode(t, one)
	unheard := func(s *Store) (unheard bool) {
		mustWrite(t, s, func(tx *Tx) error { unheard = !tx.Unchanged(1, s.Moment()); return nil })
		return unheard
	}
	mustWrite(t, one, setting("own"))
	eventually(t, "all to be heard", func() bool { return !unheard(one) })
	mustWrite(t, one, setting("own again"))
	if unheard(one) {
		t.Error("its own write is taken for another's")
	}
	listener := ofPostgres(one).listener
	listener.end()
	<-listener.stopped
	mustWrite(t, two, setting("other's"))
	for range 3 { // as long as nobody has heard of it
		if !unheard(one) {
			t.Error("what another node has committed passes for unchanged")
		}
		mustWrite(t, one, setting(fmt.Sprint("own at ", time.Now().UnixNano())))
	}
}

// A name is one server's. It is free once that one's session has ended, and each server knows how many there are.
func TestNodesHaveNames(t *testing.T) {
	postgres.Only(t, "nodes")
	named := func(name string) func(*Options) {
		return func(o *Options) { o.Node, o.Serving = name, true }
	}
	one := mustOpen(t, named("one"))
	if again, err := Open(t.Context(), one.opts); !errors.Is(err, ErrInUse) {
		t.Errorf("a second one of the name: %v, %v", again, err)
	}
	two := mustNode(t, one, named("two"))
	command := mustNode(t, one, func(o *Options) { o.Serving = false })
	for _, s := range []*Store{one, two, command} {
		eventually(t, "both servers to be known", func() bool { return s.Nodes() == 2 })
	}
	if err := two.Close(); err != nil {
		t.Error(err)
	}
	eventually(t, "the end of one to be known", func() bool { return one.Nodes() == 1 })
	if one.Size() < 1<<20 {
		t.Errorf("the database takes %d bytes", one.Size())
	}
	// A session that is lost takes the name back as soon as it is there again.
	mustRun(t, mustSession(t, one), "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = "+fmt.Sprint(lockNode))
	var held int64
	eventually(t, "the name to be taken again", func() bool {
		held = mustCount(t, one, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = "+fmt.Sprint(lockNode))
		return held == 1
	})
	mustOpen(t, func(o *Options) { *o = one.opts; o.Node = "three" })
}

// A node whose name another took while it was away is not ready, until the name is free again. Before that is told it
// waits for as long as its own session of before may hold the name.
func TestANodeWithoutItsNameIsNotReady(t *testing.T) {
	postgres.Only(t, "nodes")
	log := new(bytes.Buffer)
	const nameTime = 2 * time.Second
	s := mustOpen(t, func(o *Options) {
		o.Node, o.Serving, o.nameTime, o.Log = "one", true, nameTime, slog.New(slog.NewTextHandler(log, nil))
	})
	<-time.After(nameTime) // since when it has the name is of no account
	other := mustSession(t, s)
	took := make(chan error, 1)
	go func() {
		_, err := other.ExecContext(context.Background(), "SELECT pg_advisory_lock($1::int, hashtext('one'))", lockNode)
		took <- err
	}()
	const locks = ` FROM pg_locks WHERE locktype = 'advisory'
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	eventually(t, "another to want the name", func() bool { return mustCount(t, s, "SELECT count(*)"+locks+" AND NOT granted") == 1 })
	mustRun(t, mustSession(t, s), fmt.Sprint("SELECT pg_terminate_backend(pid)", locks, " AND granted AND classid = ", lockNode))
	if err := <-took; err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	eventually(t, "it to listen again", func() bool { return ofPostgres(s).times.Load() > 0 && s.Unchanged(1, s.Moment()) })
	if err := s.Ping(t.Context()); err != nil && time.Since(began) < nameTime/2 {
		t.Errorf("it was not ready at once: %v", err)
	}
	eventually(t, "the loss of the name to be told", func() bool { return errors.Is(s.Ping(t.Context()), ErrInUse) })
	mustWrite(t, s, setting("goes on")) // what was sent here all the same is served
	mustRun(t, other, "SELECT pg_advisory_unlock_all()")
	eventually(t, "the name to be taken back", func() bool { return s.Ping(t.Context()) == nil })
	if err := s.Close(); err != nil || strings.Count(log.String(), "has taken this node's name") != 1 {
		t.Errorf("%v, log: %s", err, log)
	}
}

// What is changed by SQL is heard of when it is told as nodes tell what they commit.
func TestChangesBySQLCanBeTold(t *testing.T) {
	postgres.Only(t, "NOTIFY")
	s := mustOpen(t)
	session := mustSession(t, s)
	for payload, others := range map[string]bool{"sql *": false, "sql 7": true, "": false, "sql seven": false} {
		since := s.Moment()
		mustRun(t, session, fmt.Sprintf("SELECT pg_notify('%s', '%s')", channel, payload))
		eventually(t, "the change to be heard of", func() bool { return !s.Unchanged(7, since) })
		if s.Unchanged(8, since) != others {
			t.Errorf("%q: another account's is unchanged: %v", payload, !others)
		}
	}
}

// A node that is stopped within a write keeps the others from writing for seconds, and no longer.
func TestAStoppedNodeHoldsUpNobodyForLong(t *testing.T) {
	postgres.Only(t, "nodes")
	one := mustOpen(t)
	two := mustNode(t, one)
	mustRun(t, mustSession(t, one), "CREATE TABLE slow (n BIGINT)")
	release := hold(t, one)
	began := time.Now()
	eventually(t, "the other to write", func() bool { return two.Write(t.Context(), setting("other's")) == nil })
	if took := time.Since(began); took > idleTime+turnTime+2*time.Second {
		t.Errorf("it took %v", took)
	}
	mustBeUnavailable(t, "the write that was stopped", release())
	mustWrite(t, one, setting("goes on"))
}
