package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"panelgate/store"
)

type auditCommand struct {
	List   auditList   `cmd:"" help:"List what was done and refused, newest first."`
	Export auditExport `cmd:"" help:"Write the audit trail out, oldest first."`
	Verify auditVerify `cmd:"" help:"Check that no row of the audit trail was changed or deleted."`
}

// auditFilter chooses rows.
type auditFilter struct {
	Account string `placeholder:"NAME" help:"What concerns this account."`
	Action  string `placeholder:"PATTERN" help:"These actions; * stands for any text, as in accounts/*."`
	Token   int64  `placeholder:"ID" help:"What this token did; token list shows the IDs."`
	Since   moment `placeholder:"TIME" help:"From then on: a date, a date with time, or how long ago, such as 24h or 7d."`
	Until   moment `placeholder:"TIME" help:"Before then."`
}

func (f auditFilter) filter(now time.Time) store.AuditFilter {
	return store.AuditFilter{Account: f.Account, Action: f.Action, TokenID: f.Token, Since: f.Since.ago(now), Until: f.Until.ago(now)}
}

// ago is the moment, seen back from now; zero where none was given.
func (m moment) ago(now time.Time) time.Time {
	if m.later != nil {
		return now.Add(-m.later.span())
	}
	return m.at
}

// auditRow is a row of the trail as list --json and export write it.
type auditRow struct {
	Node      string          `json:"node"`
	Seq       int64           `json:"seq"`
	Time      time.Time       `json:"time"`
	TokenID   int64           `json:"token_id"`
	Actor     string          `json:"actor"`
	Address   string          `json:"address"`
	RequestID string          `json:"request_id"`
	Action    string          `json:"action"`
	Target    string          `json:"target"`
	Account   string          `json:"account"`
	Before    json.RawMessage `json:"before,omitempty"`
	After     json.RawMessage `json:"after,omitempty"`
	Result    string          `json:"result"`
	Code      string          `json:"code"`
	Micros    int64           `json:"duration_us"`
	Hash      string          `json:"hash"`
}

func rowOfAudit(r store.AuditRow) auditRow {
	return auditRow{
		Node: r.Node, Seq: r.Seq, Time: r.Time, TokenID: r.TokenID, Actor: r.Actor, Address: r.Address, RequestID: r.RequestID,
		Action: r.Action, Target: r.Target, Account: r.Account, Before: r.BeforeJSON(), After: r.AfterJSON(),
		Result: r.Result, Code: r.Code, Micros: r.Duration.Microseconds(), Hash: fmt.Sprintf("%x", r.Hash()),
	}
}

type auditList struct {
	database
	auditFilter
	Limit int  `default:"50" help:"At most so many rows."`
	JSON  bool `name:"json" help:"Print JSON, one row a line."`
}

// Run prints rows.
func (c *auditList) Run(ctx context.Context, s streams) error {
	if c.Limit < 1 {
		return usageError{"--limit: want a number above 0"}
	}
	return c.inspect(ctx, func(look *store.Inspection) error {
		var rows []store.AuditRow
		err := look.Read(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.AuditRows(c.filter(tx.Now()), 0, c.Limit)
			return err
		})
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSONL(s.out, rows)
		}
		return printAudit(s.out, rows)
	})
}

func printAudit(w io.Writer, rows []store.AuditRow) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TIME\tNODE\tROW\tTOKEN\tACTOR\tADDRESS\tACTION\tTARGET\tRESULT\tCHANGED")
	for _, r := range rows {
		result := r.Result
		if r.Code != "" {
			result += " " + r.Code
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Time.Format(time.DateTime), r.Node, r.Seq, r.TokenID,
			r.Actor, r.Address, r.Action, r.Target, result, strings.Join(r.Changed(), " "))
	}
	return table.Flush()
}

type auditVerify struct {
	database
}

// Run tells of each chain that it is whole, or its first bad row.
func (c *auditVerify) Run(ctx context.Context, s streams) error {
	chains, lacking, err := c.verifyAudit(ctx)
	if err != nil {
		return err
	}
	bad := lacking
	for _, chain := range chains {
		bad = bad || chain.Bad != 0
		fmt.Fprintln(s.out, verdict(chain))
	}
	if lacking {
		fmt.Fprintln(s.out, noTrail)
	}
	if bad {
		return errSilent
	}
	_, err = fmt.Fprintf(s.out, "OK: %d chains\n", len(chains))
	return err
}

// verifyAudit gives what is found of each chain, and whether there should be one and is none.
func (d database) verifyAudit(ctx context.Context) (chains []store.Chain, lacking bool, err error) {
	err = d.inspect(ctx, func(look *store.Inspection) (err error) {
		if chains, err = look.Audit(ctx); err != nil {
			return err
		}
		return look.Read(ctx, func(tx *store.Tx) (err error) {
			lacking, err = tx.LacksAudit()
			return err
		})
	})
	return chains, lacking, err
}

// noTrail is what is to be said of a database that holds something and has no trail.
const noTrail = "there is no audit trail, though there are tokens or accounts: it was deleted, or they are older than the trail"

func verdict(c store.Chain) string {
	if c.Bad != 0 {
		return fmt.Sprintf("%s: row %d is bad: %s", c.Node, c.Bad, c.Reason)
	}
	text := fmt.Sprintf("%s: %d rows, whole, from %d to %d; the last hash is %x", c.Node, c.Rows, c.Anchor+1, c.Head, c.Hash)
	if c.Back > 0 {
		text += "; the clock was set back before rows: " + strconv.FormatInt(c.Back, 10)
	}
	return text
}
