package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

type runCommand struct {
	Rounds    int    `default:"5" help:"How often the primary is killed."`
	Panelgate string `placeholder:"FILE" help:"The panelgate to try; by default it is built from the folder above."`
	Docs      string `placeholder:"DIR" help:"Where postgres-ha.md gets the figures of the run; nowhere by default."`
	Keep      bool   `help:"Keep the directory with everybody's logs; it is kept in any case when the run fails."`
}

// errNotKept means that the run found a promise that was not kept.
var errNotKept = errors.New("not every promise was kept")

// Run starts the site, kills primaries under load, restarts the nodes, and judges.
func (c *runCommand) Run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "panelgate-ha-")
	if err != nil {
		return err
	}
	defer func() {
		if err == nil && !c.Keep {
			err = os.RemoveAll(dir)
		} else {
			say("logs are in %s", dir)
		}
	}()
	lab, err := openLab(dir)
	if err != nil {
		return err
	}
	defer lab.close()
	if lab.panelgate, err = filepath.Abs(c.Panelgate); err == nil && c.Panelgate == "" {
		err = lab.build()
	}
	if err != nil {
		return err
	}
	result, err := lab.try(ctx, c.Rounds)
	if err != nil {
		return err
	}
	result.print(os.Stdout)
	if c.Docs != "" {
		if err := result.document(filepath.Join(c.Docs, document)); err != nil {
			return err
		}
	}
	if !result.kept() {
		return errNotKept
	}
	return nil
}

// try does all that is tried, under one load.
func (lab *lab) try(ctx context.Context, rounds int) (*report, error) {
	began := time.Now()
	if err := lab.startDatabases(ctx); err != nil {
		return nil, err
	}
	token, err := lab.startNodes(ctx)
	if err != nil {
		return nil, err
	}
	if err := lab.startProxy(ctx); err != nil {
		return nil, err
	}
	say("two database servers, two nodes and HAProxy are up after %.1f s", time.Since(began).Seconds())
	l := newLoad("http://"+lab.Proxy.Listen, token)
	if err := l.start(ctx); err != nil {
		return nil, err
	}
	defer l.end()
	result := &report{Began: began}
	for _, what := range losses(rounds) {
		o, err := lab.lose(ctx, l, what)
		if err != nil {
			return nil, fmt.Errorf("loss %d, of %s: %w", len(result.Outages)+1, what, err)
		}
		result.Outages = append(result.Outages, o)
	}
	if result.Restart, err = lab.restartNodes(ctx, l); err != nil {
		return nil, fmt.Errorf("restart the nodes: %w", err)
	}
	l.end()
	return result, result.judge(ctx, l, lab.nodes[0])
}
