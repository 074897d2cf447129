package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"panelgate/gatewaytest/postgres"
)

// measurePostgres compares reads on PostgreSQL with their statement alone, and two nodes with one.
func measurePostgres(ctx context.Context, lab *lab) (all []measure, err error) {
	server, err := postgres.Start(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMissing, err)
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	admin, err := sql.Open("pgx", server.URL("postgres"))
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	node, err := lab.fillPostgres(ctx, admin, server.URL("panelgate"))
	if err != nil {
		return nil, err
	}
	query, err := lab.queryOf(ctx, server, admin, func() (*process, string, error) { return node("asked") })
	if err != nil {
		return nil, err
	}
	one, oneAPI, err := node("one")
	if err != nil {
		return nil, err
	}
	defer one.stop()
	const action = "user/listsubusers"
	reads := lab.reads(action, one, oneAPI, lab.accounts)
	taken, err := lab.alternate(ctx, reads, lab.peer("query", "--url", server.URL("panelgate"), "--query", query,
		"--clients", strconv.Itoa(lab.connections), "--accounts", strconv.Itoa(lab.accounts)))
	if err != nil {
		return nil, err
	}
	all = append(all, measure{What: "`user/listsubusers` on PostgreSQL", Against: "the same statement by pgx straight, from as many callers",
		Of: "requests/s", Values: taken.ratios(byRate), Mark: atLeast(0.6), Detail: taken.detail()})

	two, twoAPI, err := node("two")
	if err != nil {
		return nil, err
	}
	defer two.stop()
	taken, err = lab.alternate(ctx, lab.both(reads, lab.reads(action, two, twoAPI, lab.accounts)), reads)
	if err != nil {
		return nil, err
	}
	return append(all, measure{What: "`user/listsubusers` on PostgreSQL, two nodes", Against: "one node; all on this machine's cores, which one node uses up",
		Of: "requests/s", Values: taken.ratios(byRate), Mark: atLeast(0.9), Detail: taken.detail()}), nil
}

// both is two sides at the same time.
func (lab *lab) both(a, b side) side {
	return side{name: a.name + " twice", servers: append(append([]*process{}, a.servers...), b.servers...), run: func(ctx context.Context, length time.Duration) (sample, error) {
		other := make(chan sample, 1)
		failed := make(chan error, 1)
		go func() {
			s, err := b.run(ctx, length)
			other <- s
			failed <- err
		}()
		first, err := a.run(ctx, length)
		second := <-other
		first.rate, first.answers = first.rate+second.rate, first.answers+second.answers
		for i := range first.latency {
			first.latency[i] = max(first.latency[i], second.latency[i])
		}
		return first, errors.Join(err, <-failed)
	}}
}

// fillPostgres makes a database, copies the seeded one into it, and gives what serves it.
func (lab *lab) fillPostgres(ctx context.Context, admin *sql.DB, url string) (node func(name string) (*process, string, error), err error) {
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE panelgate"); err != nil {
		return nil, err
	}
	from, err := lab.database(ctx, lab.accounts)
	if err != nil {
		return nil, err
	}
	lab.say("copying %d accounts to PostgreSQL", lab.accounts)
	copied := exec.CommandContext(ctx, lab.panelgate, "copy", "--from", from, "--to", url, "--keyset", from+".keyset")
	if out, err := copied.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("panelgate copy: %w: %s", err, out)
	}
	return func(name string) (*process, string, error) {
		return lab.startPanelgate(ctx, url, "--keyset", from+".keyset", "--node", name)
	}, nil
}

// queryOf gives a file of the statement that a read runs, as the server's log tells it of a node that is only asked once.
func (lab *lab) queryOf(ctx context.Context, server *postgres.Server, admin *sql.DB, node func() (*process, string, error)) (string, error) {
	const told = "ALTER ROLE postgres SET log_min_messages = 'log'; ALTER ROLE postgres SET log_statement = 'all'"
	if _, err := admin.ExecContext(ctx, told); err != nil {
		return "", err
	}
	asked, api, err := node()
	if err != nil {
		return "", err
	}
	_, err = post(ctx, api, form("action", "user/listsubusers", "accountuser", "u0000001"))
	asked.stop()
	if err != nil {
		return "", err
	}
	if _, err := admin.ExecContext(ctx, "ALTER ROLE postgres RESET ALL"); err != nil {
		return "", err
	}
	log, err := os.ReadFile(filepath.Join(server.Dir, "log"))
	if err != nil {
		return "", err
	}
	_, query, found := strings.Cut(string(log), ": "+startOfRead)
	query, _, ended := strings.Cut(startOfRead+query, "\n20") // the next line of the log begins with its time
	if !found || !ended {
		return "", errors.New("the server's log tells of no read of subusers")
	}
	file := filepath.Join(lab.dir, "read.sql")
	return file, os.WriteFile(file, []byte(strings.ReplaceAll(query, "\n\t", "\n")), 0o600)
}

// startOfRead is how the statement of user/listsubusers begins.
const startOfRead = "SELECT COALESCE(s.id, 0)"
