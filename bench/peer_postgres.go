package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// queryCommand is the bare peer of reads on PostgreSQL: panelgate's statement about random accounts, run by pgx straight.
// It opens no transaction, and makes nothing of what it reads.
type queryCommand struct {
	URL      string        `required:""`
	Query    string        `required:"" help:"File of the statement; its first argument is the account."`
	Clients  int           `required:""`
	Accounts int           `required:""`
	Length   time.Duration `required:""`
}

// Run reads and tells how often.
func (c *queryCommand) Run(ctx context.Context) error {
	query, err := os.ReadFile(c.Query)
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, c.URL+"&pool_max_conns="+strconv.Itoa(c.Clients))
	if err != nil {
		return err
	}
	defer pool.Close()
	var rows atomic.Int64
	one := func() (int, error) {
		var all sync.WaitGroup
		errs := make([]error, c.Clients)
		for i := range c.Clients {
			all.Go(func() {
				for range readsAtOnce {
					n, err := read(ctx, pool, string(query), fmt.Sprintf("u%07d", 1+rand.IntN(c.Accounts)))
					errs[i] = errors.Join(errs[i], err)
					rows.Add(int64(n))
				}
			})
		}
		all.Wait()
		return c.Clients * readsAtOnce, errors.Join(errs...)
	}
	t, err := work(ctx, time.Second/2, c.Length, one)
	if err == nil && rows.Load() < int64(t.Done) {
		err = fmt.Errorf("%d reads gave %d rows", t.Done, rows.Load())
	}
	if err != nil {
		return err
	}
	return t.print()
}

// readsAtOnce is how often each client reads between two looks at the clock.
const readsAtOnce = 100

// read runs the statement as panelgate does for the operator, and reads its rows.
func read(ctx context.Context, pool *pgxpool.Pool, query, account string) (n int, err error) {
	rows, err := pool.Query(ctx, query, account, true, 0, nil)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if _, err := rows.Values(); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}
