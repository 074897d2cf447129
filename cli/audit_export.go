package cli

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"panelgate/store"
)

type auditExport struct {
	database
	auditFilter
	Format string `enum:"jsonl,csv" default:"jsonl" help:"jsonl, or csv, where a cell that a spreadsheet would run has ' before it."`
}

// exportAtOnce is how many rows are read at a time; nothing more is held.
const exportAtOnce = 1000

// Run writes rows as they are read.
func (c *auditExport) Run(ctx context.Context, s streams) error {
	return c.inspect(ctx, func(look *store.Inspection) error {
		out := bufio.NewWriter(s.out)
		write := writeJSONL
		if c.Format == "csv" {
			write = writeCSV
			if err := writeRecords(out, [][]string{csvHeader()}); err != nil {
				return err
			}
		}
		return errors.Join(c.export(ctx, look, out, write), out.Flush())
	})
}

func (c *auditExport) export(ctx context.Context, look *store.Inspection, w io.Writer, write func(io.Writer, []store.AuditRow) error) error {
	var last store.AuditRow
	var filter store.AuditFilter
	for first := true; ; first = false {
		var rows []store.AuditRow
		err := look.Read(ctx, func(tx *store.Tx) (err error) {
			if first {
				filter = c.filter(tx.Now())
			}
			rows, err = tx.AuditRowsAfter(filter, last, exportAtOnce)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		next := rows[len(rows)-1]
		if next.Node == last.Node && next.Seq == last.Seq { // SQLite does not compare its time as a number
			return fmt.Errorf("row %d of %s is not as it was written, so there is no way past it: panelgate audit verify", last.Seq, last.Node)
		}
		if err := write(w, rows); err != nil {
			return err
		}
		last = next
	}
}

func writeJSONL(w io.Writer, rows []store.AuditRow) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		if err := enc.Encode(rowOfAudit(r)); err != nil {
			return err
		}
	}
	return nil
}

func csvHeader() []string {
	return []string{"node", "seq", "time", "token_id", "actor", "address", "request_id", "action", "target", "account",
		"before", "after", "result", "code", "duration_us", "hash"}
}

func writeCSV(w io.Writer, rows []store.AuditRow) error {
	records := make([][]string, len(rows))
	for i, r := range rows {
		records[i] = []string{r.Node, strconv.FormatInt(r.Seq, 10), r.Time.Format(time.RFC3339Nano), strconv.FormatInt(r.TokenID, 10),
			r.Actor, r.Address, r.RequestID, r.Action, r.Target, r.Account, r.Before, r.After, r.Result, r.Code,
			strconv.FormatInt(r.Duration.Microseconds(), 10), fmt.Sprintf("%x", r.Hash())}
	}
	return writeRecords(w, records)
}

func writeRecords(w io.Writer, records [][]string) error {
	table := csv.NewWriter(w)
	for _, record := range records {
		for i, cell := range record {
			record[i] = harmless(cell)
		}
		if err := table.Write(record); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

// harmless puts ' before a cell that a spreadsheet would take for a formula: some read wide signs as plain ones, and
// pass over white space.
func harmless(cell string) string {
	if first, _ := utf8.DecodeRuneInString(cell); strings.ContainsRune("=+-@＝＋－＠\t\r\n", first) {
		return "'" + cell
	}
	return cell
}
