package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

type runCommand struct {
	Rows      []string `placeholder:"NAME" help:"Rows to measure; all of them by default."`
	Panelgate string   `placeholder:"FILE" help:"The panelgate to measure; by default it is built from the folder above."`
	Docs      string   `placeholder:"DIR" help:"Where benchmarks.md and its plots are written; nowhere by default."`
	Smoke     bool     `help:"A short run on little data that shows that the harness works: no mark is judged."`
}

// plan says how much is measured, and how long.
type plan struct {
	turns
	warmUp      time.Duration
	hashing     turns // where answers come at the rate of bcrypt
	accounts    int   // of most rows
	few, many   int   // accounts of the rows about size
	connections int   // of a load that saturates
	smoke       bool
}

// turns are those that two sides take.
type turns struct {
	rounds int
	round  time.Duration // whole seconds: wrk knows no others
}

func fullPlan() plan {
	return plan{turns: turns{5, 4 * time.Second}, warmUp: 2 * time.Second, hashing: turns{15, 10 * time.Second},
		accounts: 100_000, few: 1_000, many: 1_000_000, connections: 32}
}

func smokePlan() plan {
	return plan{turns: turns{1, time.Second}, hashing: turns{1, time.Second},
		accounts: 1_000, few: 1_000, many: 2_000, connections: 8, smoke: true}
}

// facts are what the document tells of the plan.
func (p plan) facts() map[string]any {
	return map[string]any{"Rounds": p.rounds, "Round": p.round, "WarmUp": p.warmUp, "HashingRounds": p.hashing.rounds,
		"HashingRound": p.hashing.round, "Accounts": p.accounts, "Connections": p.connections, "Many": p.many, "Few": p.few, "Smoke": p.smoke}
}

// lab is where rows are measured.
type lab struct {
	plan
	dir       string // temporary
	self      string // this program, which is most of the peers
	panelgate string // the program that is measured
	serials   atomic.Int64
}

func (lab *lab) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// errMissing means that a row cannot be measured, as what it needs is not installed.
var errMissing = errors.New("missing")

// errShort means that a measure did not reach its mark.
var errShort = errors.New("not every row is at its mark")

// Run measures the rows, prints the table and writes the documents.
func (c *runCommand) Run(ctx context.Context) error {
	chosen, err := c.rows()
	if err != nil {
		return err
	}
	lab, err := c.lab(ctx)
	if err != nil {
		return err
	}
	defer os.RemoveAll(lab.dir)
	result, err := lab.measureAll(ctx, chosen)
	result.print(os.Stdout)
	if err != nil {
		return err
	}
	if c.Docs != "" {
		if err := result.document(ctx, c.Docs); err != nil {
			return err
		}
	}
	if !lab.smoke && slices.ContainsFunc(result.measures, func(m measure) bool { return !m.reached() }) {
		return errShort
	}
	return nil
}

// rows gives the rows that were asked for.
func (c *runCommand) rows() ([]row, error) {
	if len(c.Rows) == 0 {
		return allRows(), nil
	}
	var chosen []row
	for _, name := range c.Rows {
		i := slices.IndexFunc(allRows(), func(r row) bool { return r.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no row %q: the rows are %s", name, strings.Join(rowNames(), ", "))
		}
		chosen = append(chosen, allRows()[i])
	}
	return chosen, nil
}

func (c *runCommand) lab(ctx context.Context) (*lab, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	lab := &lab{plan: fullPlan(), self: self, panelgate: c.Panelgate}
	if c.Smoke {
		lab.plan = smokePlan()
	}
	if lab.dir, err = os.MkdirTemp("", "panelgate-bench-"); err != nil {
		return nil, err
	}
	if lab.panelgate == "" {
		lab.panelgate = filepath.Join(lab.dir, "panelgate")
		lab.say("building panelgate")
		err = buildIn(ctx, "..", lab.panelgate)
	}
	return lab, err
}

// buildIn builds the program of a folder.
func buildIn(ctx context.Context, folder, program string) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir = folder
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", folder, err, out)
	}
	return nil
}

// measureAll measures one row after the other. A row that fails is left out and keeps none from being measured. Where
// something is not installed, it is only said so; in CI that is an error.
func (lab *lab) measureAll(ctx context.Context, rows []row) (result report, err error) {
	var failed []error
	before := usageNow()
	result.began, result.lab = time.Now(), lab
	defer func() { result.others = usageNow().others(before) }()
	for _, r := range rows {
		if r.large && lab.smoke {
			lab.say("%s is left out of a smoke run", r.name)
			continue
		}
		lab.say("measuring %s", r.name)
		measures, err := r.measure(ctx, lab)
		if errors.Is(err, errMissing) && os.Getenv("CI") == "" {
			lab.say("%s is LEFT OUT: %v", r.name, err)
			continue
		}
		if err != nil {
			lab.say("%s FAILED: %v", r.name, err)
			failed = append(failed, fmt.Errorf("%s: %w", r.name, err))
		}
		if ctx.Err() != nil {
			break
		}
		result.add(r, measures)
	}
	return result, errors.Join(failed...)
}

// need looks for a program.
func need(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w: %s (make deps installs it, as root)", errMissing, name)
	}
	return path, nil
}
