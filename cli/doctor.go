package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	"panelgate/auth"
	"panelgate/store"
)

type doctorCommand struct {
	database
	TLSCert    string   `name:"tls-cert" placeholder:"FILE" help:"The certificate that serve is given."`
	TLSKey     string   `name:"tls-key" placeholder:"FILE" help:"Its key."`
	ACMEDomain []string `name:"acme-domain" placeholder:"NAME" help:"The names that serve is given."`
	PublicURL  string   `name:"public-url" placeholder:"URL" help:"The address that serve is given; the certificate must be good for it."`
	BackupDir  string   `placeholder:"DIR" help:"The directory that serve is given."`
	MinFree    int      `name:"min-free" default:"1024" placeholder:"MB" help:"Warn below so much free space."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

// The states of a finding, from good to bad. A warning is for soon, a problem for now.
const (
	stateOK      = "ok"
	stateWarning = "warning"
	stateProblem = "problem"
)

// finding is what one check found.
type finding struct {
	State string `json:"state"`
	Check string `json:"check"`
	Found string `json:"found"`
	Do    string `json:"do,omitempty"`
}

// doctor collects findings.
type doctor struct {
	*doctorCommand
	ctx      context.Context
	findings []finding
}

func (d *doctor) add(state, check, found, do string) {
	d.findings = append(d.findings, finding{state, check, found, do})
}

// report adds what is wrong, or that nothing is.
func (d *doctor) report(check, good string, wrong []finding) {
	if len(wrong) == 0 {
		d.add(stateOK, check, good, "")
	}
	for _, f := range wrong {
		d.add(f.State, check, f.Found, f.Do)
	}
}

// Run looks at everything and changes nothing. It fails when there is a problem.
func (c *doctorCommand) Run(ctx context.Context, s streams) error {
	d := &doctor{doctorCommand: c, ctx: ctx}
	d.examine()
	if err := c.print(s.out, d.findings); err != nil {
		return err
	}
	for _, f := range d.findings {
		if f.State == stateProblem {
			return errSilent
		}
	}
	return ctx.Err()
}

func (c *doctorCommand) print(w io.Writer, findings []finding) error {
	if c.JSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(findings)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.State, f.Check, f.Found)
		if f.Do != "" {
			fmt.Fprintf(table, "\t\tdo: %s\n", f.Do)
		}
	}
	return table.Flush()
}

func (d *doctor) examine() {
	if store.OnServer(d.DB) {
		d.examineServer()
		return
	}
	if _, err := os.Stat(d.DB); err != nil {
		d.add(stateProblem, "files", err.Error(), "name the database with --db, or make a new one with panelgate serve")
		return
	}
	d.checkFiles()
	d.checkSpace()
	d.checkCertificate()
	look, keys, err := d.inspect()
	if err != nil {
		d.damaged(err)
		d.tellUnchecked()
		return
	}
	d.checkDatabase(look, keys)
	switch err := look.Close(); {
	case errors.Is(err, store.ErrChanged):
		d.add(stateWarning, "database", err.Error(), "run doctor again")
	case err != nil:
		d.damaged(err)
	}
	d.tellUnchecked()
}

// inspect opens the database for a look, with the keyset where that can be used.
func (d *doctor) inspect() (*store.Inspection, *auth.Keyset, error) {
	keys := d.openKeyset()
	options := store.Options{DB: d.DB, Readers: 1}
	if keys != nil {
		options.AEAD = keys
	}
	look, err := store.Inspect(d.ctx, options)
	return look, keys, err
}

// openKeyset gives nil, and says why, where the keyset cannot be used. That others can read it is said with the files.
func (d *doctor) openKeyset() *auth.Keyset {
	keys, err := d.readKeyset()
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.add(stateProblem, "keyset", d.keyset()+" is missing", "put it back from your backup: nothing else opens the secrets")
	case errors.Is(err, os.ErrPermission):
		d.add(stateProblem, "keyset", oneLine(err), "run doctor as the user of the server")
	case errors.Is(err, auth.ErrNotPrivate):
		return nil
	case err != nil:
		d.add(stateProblem, "keyset", oneLine(err), "put it back from your backup: nothing else opens the secrets")
	}
	return keys
}

// tellUnchecked says of what depends on something that is wrong that nobody looked at it.
func (d *doctor) tellUnchecked() {
	first := "integrity"
	if store.OnServer(d.DB) {
		first = "server"
	}
	for _, check := range []string{first, "migrations", "clock", "keyset", "audit"} {
		if !slices.ContainsFunc(d.findings, func(f finding) bool { return f.Check == check }) {
			d.add(stateWarning, check, "not checked", "do what is said above, then run doctor again")
		}
	}
}

func (d *doctor) damaged(err error) {
	if store.OnServer(d.DB) {
		d.add(stateProblem, "server", oneLine(err), "see what PostgreSQL's log says of it")
		return
	}
	d.add(stateProblem, "integrity", oneLine(err), afterDamage)
}

// checkDatabase goes on as far as it makes sense: what is damaged, or another program's, is not asked for more.
func (d *doctor) checkDatabase(look *store.Inspection, keys *auth.Keyset) {
	if err := look.Damage(d.ctx); err != nil {
		d.damaged(err)
		return
	}
	d.add(stateOK, "integrity", "whole", "")
	if current := d.checkMigrations(look); !current {
		return
	}
	d.checkClock(look)
	if keys != nil && d.checkKeys(look, keys) {
		d.checkAudit(look)
	}
}
