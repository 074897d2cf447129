package store

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A COMMIT that waits for a standby is on one disk already. Whoever ends the wait, be it by a timeout, makes everybody see
// what the standby does not have and may never have: PostgreSQL then warns, and says COMMIT all the same. So nothing here
// ends it, and one that was ended is not known to be stored.

// commits is what is known of a connection's COMMIT.
type commits struct {
	waiting atomic.Bool // for its answer; still so when the connection is lost
	warned  atomic.Bool
}

// commitsKey is where a connection has its commits.
const commitsKey = "commits"

// errOnOneDisk means that a COMMIT ended before the standby had it.
var errOnOneDisk = errors.New("the server did not wait for its standby")

// watchCommits prepares a connection that is to be opened.
func watchCommits(config *pgx.ConnConfig) {
	c := new(commits)
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if c.waiting.Load() { // the driver would ask the server to cancel what gave no answer
			return nil, context.Canceled
		}
		return dial(ctx, network, address)
	}
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) {
		if notice.SeverityUnlocalized == "WARNING" {
			c.warned.Store(true)
		}
	}
	config.AfterConnect = func(_ context.Context, conn *pgconn.PgConn) error {
		conn.CustomData()[commitsKey] = c
		return nil
	}
}

// sendCommit is send for what ends with COMMIT. After an error of a connection that is broken nobody knows what became of it.
func (e *postgresServer) sendCommit(c *conn, statements string) (results []*pgconn.Result, err error) {
	var own *commits
	err = c.Raw(func(driver any) error {
		own = driver.(*stdlib.Conn).Conn().PgConn().CustomData()[commitsKey].(*commits)
		return nil
	})
	if err != nil {
		return nil, e.failure(c, err)
	}
	own.warned.Store(false)
	own.waiting.Store(true)
	results, err = e.send(c, statements, answerTime)
	if !c.broken {
		own.waiting.Store(false)
	}
	if err == nil && own.warned.Load() {
		c.broken, err = true, errOnOneDisk
	}
	return results, err
}
