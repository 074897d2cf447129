package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// measureStream compares a list of all accounts with the same query and encoding/json.
func measureStream(ctx context.Context, lab *lab) ([]measure, error) {
	db, err := lab.database(ctx, lab.accounts)
	if err != nil {
		return nil, err
	}
	panelgate, api, err := lab.startPanelgate(ctx, db)
	if err != nil {
		return nil, err
	}
	defer panelgate.stop()
	if _, err := post(ctx, api, form("action", "accounts/listaccounts", "accountuser", "u0000001")); err != nil {
		return nil, err
	}
	before, _, err := panelgate.memory()
	if err := errors.Join(err, panelgate.forgetPeak()); err != nil {
		return nil, err
	}
	taken, err := lab.alternate(ctx, lab.lists(panelgate, api), lab.peer("list", "--db", db))
	if err != nil {
		return nil, err
	}
	_, peak, err := panelgate.memory()
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("`accounts/listaccounts` of %d rows", lab.accounts)
	return []measure{
		{What: what, Against: "the same query and `encoding/json` straight from the driver", Of: "rows/s",
			Values: taken.ratios(byRate), Mark: atLeast(0.6), Detail: taken.detail()},
		{What: what, Of: "growth", Values: []float64{float64(peak-before) / (1 << 20)}, Mark: mark{limit: 32, unit: "MiB"}},
	}, nil
}

// lists is a side that lists all accounts over and over, and counts them.
func (lab *lab) lists(server *process, api string) side {
	return side{name: server.name, servers: []*process{server}, run: func(ctx context.Context, length time.Duration) (sample, error) {
		t, err := work(ctx, 0, length, func() (int, error) {
			rows, err := countRows(ctx, api, form("action", "accounts/listaccounts"))
			if err == nil && rows != lab.accounts {
				err = fmt.Errorf("%d rows were listed, want %d", rows, lab.accounts)
			}
			return rows, err
		})
		return sample{rate: float64(t.Done) / t.Seconds, answers: t.Done}, err
	}}
}

// countRows counts the rows of a list while it arrives.
func countRows(ctx context.Context, api, form string) (rows int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, api, strings.NewReader(form))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	for buf := make([]byte, 64<<10); ; {
		n, err := response.Body.Read(buf)
		rows += bytes.Count(buf[:n], []byte("{")) // no text here holds a brace
		if errors.Is(err, io.EOF) {
			return rows - 1, nil // the one that is around the rows
		}
		if err != nil {
			return rows, err
		}
	}
}

// listCommand is the bare peer of long lists: one query, encoding/json, nobody who reads it.
type listCommand struct {
	DB     string        `required:""`
	Length time.Duration `required:""`
}

// Run lists over and over and tells how many rows that were.
func (c *listCommand) Run(ctx context.Context) error {
	db, err := sql.Open("sqlite", "file:"+c.DB+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	t, err := work(ctx, 0, c.Length, func() (int, error) { return listOnce(ctx, db, io.Discard) })
	if err != nil {
		return err
	}
	return t.print()
}

// listedRow has the fields of a row of accounts/listaccounts.
type listedRow struct {
	Domain         string `json:"domain"`
	User           string `json:"user"`
	IP             string `json:"ip"`
	Disk           string `json:"disk"`
	Inodes         string `json:"inodes"`
	HomeDir        string `json:"homedir"`
	NumAddons      string `json:"numaddons"`
	NumSubdomains  string `json:"numsubdomains"`
	NumDatabases   string `json:"numdatabases"`
	NumEmails      string `json:"numemails"`
	NumFTPAccounts string `json:"numftpaccts"`
	Suspended      string `json:"suspended"`
	DiskLimit      string `json:"disklimit"`
	InodesLimit    string `json:"inodeslimit"`
	DomainsLimit   string `json:"domainslimit"`
	EmailsLimit    string `json:"emailslimit"`
	DatabasesLimit string `json:"databaseslimit"`
	SetupDate      string `json:"setupDate"`
	Package        string `json:"package"`
	Email          string `json:"email"`
	SSH            string `json:"ssh"`
}

// listQuery reads what a row of the list is made of, as the store does.
const listQuery = `SELECT a.id, l.name, COALESCE(p.name, ''), a.type, a.email, a.language, a.package, a.permissions,
	a.domain, a.quota, a.inodes, a.domains, a.emails, a.databases, a.disk_used, a.inodes_used,
	(SELECT COUNT(*) FROM websites w WHERE w.account_id = a.id),
	(SELECT COUNT(*) FROM website_databases d WHERE d.account_id = a.id),
	a.ssh, a.suspended, COALESCE(a.suspended_at, 0), a.suspended_by, a.suspend_reason, l.created_at, l.updated_at
	FROM accounts a JOIN logins l ON l.id = a.id LEFT JOIN logins p ON p.id = a.parent_id ORDER BY a.id`

func listOnce(ctx context.Context, db *sql.DB, w io.Writer) (n int, err error) {
	rows, err := db.QueryContext(ctx, listQuery)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for encoder := json.NewEncoder(w); rows.Next(); n++ {
		row, err := scanListed(rows)
		if err != nil {
			return n, err
		}
		if err := encoder.Encode(row); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

func scanListed(rows *sql.Rows) (row listedRow, err error) {
	var id, websites, databases, since, created, updated, disk, inodes int64
	var parent, kind, language, grant, by, reason string
	var limits [5]sql.NullInt64
	var ssh, suspended bool
	err = rows.Scan(&id, &row.User, &parent, &kind, &row.Email, &language, &row.Package, &grant, &row.Domain,
		&limits[0], &limits[1], &limits[2], &limits[3], &limits[4], &disk, &inodes, &websites, &databases,
		&ssh, &suspended, &since, &by, &reason, &created, &updated)
	row.HomeDir, row.NumSubdomains, row.NumEmails, row.NumFTPAccounts = "home", "0", "0", "0"
	row.Disk, row.Inodes = strconv.FormatInt(disk, 10), strconv.FormatInt(inodes, 10)
	row.NumAddons, row.NumDatabases = strconv.FormatInt(max(websites-1, 0), 10), strconv.FormatInt(databases, 10)
	row.Suspended, row.SSH = bit(suspended), bit(ssh)
	for i, text := range []*string{&row.DiskLimit, &row.InodesLimit, &row.DomainsLimit, &row.EmailsLimit, &row.DatabasesLimit} {
		if *text = "Unlimited"; limits[i].Valid {
			*text = strconv.FormatInt(limits[i].Int64, 10)
		}
	}
	if row.Package == "" {
		row.Package = "Custom"
	}
	row.SetupDate = time.UnixMilli(created).UTC().Format("02.01.2006")
	return row, err
}

func bit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
