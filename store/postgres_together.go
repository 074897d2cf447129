package store

import (
	"context"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Glances that wait at the same time share the way to the server and back, as writes share a commit: for four at once the
// driver and the server need half of the time that they need for one after the other. Each is of one statement, and is of one
// moment by itself. None waits for others to come.

// question is the statement of a glance.
type question struct {
	ctx      context.Context
	query    string
	args     []any
	each     func(*row) error
	answered bool
	done     chan struct{}
}

const (
	askedAtOnce = 16          // questions that are sent together
	askedLate   = time.Second // how long after its end one may be waited for that shares the way with others
)

// askers is how many groups of questions may be under way. With more of them the groups are smaller, and cost more.
func askers() int { return max(2, runtime.GOMAXPROCS(0)) }

func (e *postgresServer) startAsking(s *Store) {
	e.asked = make(chan *question, queueLength)
	for range askers() {
		e.asking.Go(func() { e.askThem(s) })
	}
}

// askTogether has a question asked with those that wait. Whatever is wrong with an answer shows when the glance runs
// again, by itself.
func (e *postgresServer) askTogether(tx *Tx, query string, args []any, each func(*row) error) error {
	q := &question{ctx: tx.ctx, query: query, args: args, each: each, done: make(chan struct{})}
	select {
	case e.asked <- q:
	default: // so many wait that this one may have to give up
		select {
		case e.asked <- q:
		case <-tx.ctx.Done():
			return tx.ctx.Err()
		}
	}
	if <-q.done; !q.answered {
		tx.glance.again = true
		return errAgain
	}
	return nil
}

// askThem asks groups of questions, one after the other, until there are no more to come.
func (e *postgresServer) askThem(s *Store) {
	for q := range e.asked {
		if q.endIfGivenUp() {
			continue
		}
		c, err := s.readers.take(q.ctx)
		if err != nil {
			close(q.done)
			continue
		}
		group := e.waiting(q)
		if c.renew(q.ctx) == nil {
			e.askGroup(c, group)
		}
		s.readers.give(c)
		for _, q := range group {
			close(q.done)
		}
	}
}

// waiting is a question with those that wait behind it.
func (e *postgresServer) waiting(first *question) []*question {
	group := append(make([]*question, 0, askedAtOnce), first)
	for len(group) < askedAtOnce {
		select {
		case q := <-e.asked:
			if !q.endIfGivenUp() {
				group = append(group, q)
			}
		default:
			return group
		}
	}
	return group
}

// endIfGivenUp ends a question that nobody waits for any more, and says so: asked with others it would cut their time short.
func (q *question) endIfGivenUp() bool {
	given := q.ctx.Err() != nil
	if given {
		close(q.done)
	}
	return given
}

// askGroup answers a group on a connection. After one that fails the server does nothing of those behind it.
func (e *postgresServer) askGroup(c *conn, group []*question) {
	defer func() {
		if recover() != nil { // the driver, which does so again for who asks again
			c.broken = true
		}
	}()
	err := c.Raw(func(driver any) error {
		session := driver.(*stdlib.Conn).Conn()
		defer bound(session, endOf(group))()
		if len(group) == 1 {
			q := group[0]
			rows, _ := session.Query(context.Background(), c.text(q.query), q.args...) // its error is that of the rows too
			return q.read(rows)
		}
		var batch pgx.Batch
		for _, q := range group {
			batch.Queue(c.text(q.query), q.args...)
		}
		results := session.SendBatch(context.Background(), &batch)
		for _, q := range group {
			rows, _ := results.Query()
			_ = q.read(rows) // what is wrong is so for those behind it too, or for it alone
		}
		return results.Close()
	})
	_ = e.failure(c, err) // for whether the connection is lost
}

// endOf is when a group of questions ends at the latest: when the first of their contexts does, but for one that has
// hardly any time left, since the connection ends with it.
func endOf(group []*question) time.Time {
	until := end(group[0].ctx)
	for _, q := range group[1:] {
		if other := end(q.ctx); other.Before(until) {
			until = other
		}
	}
	if least := time.Now().Add(askedLate); until.Before(least) {
		return least
	}
	return until
}

// read has a question take its answer. One that panics does so again in the goroutine that asked.
func (q *question) read(rows pgx.Rows) (err error) {
	defer func() {
		if recover() != nil { // and is not answered
			rows.Close()
		}
	}()
	err = readAll(rows, q.each)
	q.answered = err == nil
	return err
}
