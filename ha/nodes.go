package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// node is a machine with panelgate.
type node struct {
	machine
	lab      *lab
	settings []string // its environment
	process  *process
}

// unlimited are flags of the servers beside the recipe's: all clients of a run share one address and one token.
var unlimited = []string{"--rate-token", "0", "--rate-address", "0"}

// startNodes makes a token, with which the database is made and the keyset, which both nodes get, and starts them.
func (lab *lab) startNodes(ctx context.Context) (token string, err error) {
	if err := lab.makeDatabase(ctx); err != nil {
		return "", err
	}
	for _, m := range lab.Nodes {
		n := &node{machine: m, lab: lab}
		if n.settings, err = lab.settings("panelgate.env", m); err != nil {
			return "", err
		}
		lab.nodes = append(lab.nodes, n)
	}
	out, err := lab.nodes[0].command(ctx, "token", "create", "--kind", "admin", "--name", "load", "--strict")
	if err != nil {
		return "", err
	}
	keys, err := os.ReadFile(lab.Nodes[0].Keyset)
	if err != nil {
		return "", err
	}
	for _, n := range lab.nodes[1:] {
		if err := os.WriteFile(n.Keyset, keys, 0o600); err != nil {
			return "", err
		}
	}
	for _, n := range lab.nodes {
		if err := n.start(ctx); err != nil {
			return "", err
		}
	}
	return strings.TrimSpace(out), nil
}

// makeDatabase makes panelgate's role and database. Who asks the standby before it has done the same is told that there is
// none, and asks no further.
func (lab *lab) makeDatabase(ctx context.Context) error {
	primary, standby, err := lab.roles(ctx)
	if err != nil {
		return err
	}
	sql, err := lab.render("panelgate.sql.tmpl", machine{})
	if err != nil {
		return err
	}
	if _, err := primary.sql(ctx, sql); err != nil {
		return err
	}
	return await(ctx, startTime, "the standby to have the database", func(ctx context.Context) error {
		found, err := standby.sql(ctx, "SELECT count(*) FROM pg_database WHERE datname = 'panelgate'")
		if err == nil && found != "1\n" {
			err = errNotYet
		}
		return err
	})
}

// command runs a command of panelgate on the node's machine, and gives what it prints.
func (n *node) command(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, n.lab.panelgate, args...)
	command.Env = append(os.Environ(), n.settings...)
	var complaint strings.Builder
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		err = fmt.Errorf("panelgate %s: %w: %s%s", args[0], err, out, complaint.String())
	}
	return string(out), err
}

// start starts the server, and waits until it is ready.
func (n *node) start(ctx context.Context) (err error) {
	n.process, err = n.lab.start(program{name: n.Name, path: n.lab.panelgate, args: append([]string{"serve"}, unlimited...), env: n.settings, death: syscall.SIGKILL})
	if err != nil {
		return err
	}
	return n.awaitReady(ctx, startTime)
}

func (n *node) awaitReady(ctx context.Context, most time.Duration) error {
	return await(ctx, most, n.Name+" to be ready", func(ctx context.Context) error {
		select {
		case <-n.process.ended:
			return fmt.Errorf("it ended: see %s", filepath.Base(n.lab.logOf(n.Name)))
		default:
			return expect(ctx, "http://"+n.Listen+"/readyz", http.StatusOK)
		}
	})
}
