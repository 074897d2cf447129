package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// trail is what the audit trail says was done.
type trail struct {
	emails  map[string]bool // account and email: each that an account was given
	created map[string]int  // account → how often it was made
	verdict string          // of panelgate audit verify
}

// readTrail reads the audit trail through a node's command line, and verifies its chains. Every write that was acknowledged
// must be in it, whatever overwrote it later.
func (n *node) readTrail(ctx context.Context) (trail, error) {
	found := trail{emails: map[string]bool{}, created: map[string]int{}}
	verdict, err := n.command(ctx, "audit", "verify")
	if err != nil {
		return found, err
	}
	lines := strings.Split(strings.TrimSpace(verdict), "\n")
	found.verdict = lines[len(lines)-1]
	export, err := n.command(ctx, "audit", "export", "--format", "jsonl")
	if err != nil {
		return found, err
	}
	for line := range strings.Lines(export) {
		var row struct {
			Account, Result string
			Before, After   map[string]any
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return found, fmt.Errorf("audit export: %w: %s", err, line)
		}
		if row.Result != "success" {
			continue
		}
		if email, ok := row.After["email"].(string); ok {
			found.emails[row.Account+" "+email] = true
		}
		if name, ok := row.After["name"].(string); ok && row.Before == nil {
			found.created[name]++
		}
	}
	return found, nil
}

// compare holds what clients were told of the registers against the trail: acknowledged writes that are not in it, and
// refused ones that are.
func (t trail) compare(calls []call) (acknowledged, lost, kept int) {
	for _, c := range calls {
		if !c.write || c.worker == 0 {
			continue
		}
		there := t.emails[c.account+" "+c.value]
		switch c.fate {
		case done:
			acknowledged++
			if !there {
				lost++
			}
		case refused:
			if there {
				kept++
			}
		}
	}
	return acknowledged, lost, kept
}

// notOnce is how many accounts were made never, or more than once.
func (t trail) notOnce(accounts []string) (wrong int) {
	for _, name := range accounts {
		if t.created[name] != 1 {
			wrong++
		}
	}
	return wrong
}
