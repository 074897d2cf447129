package spanel

import (
	"encoding/json"
	"strings"
	"time"

	"panelgate/handlers"
	"panelgate/phpform"
	"panelgate/store"
)

// An action of this server's own.
func listAudit() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "toolbox/audit", Page: "user/manage", For: handlers.ForAccount,
		Summary: "Lists what was done to an account and by it, newest first. Who acts for the operator is called the operator.",
	}, func(r *handlers.Request, in listAuditArgs) (auditTrail, error) {
		account, err := r.Tx.Account(r.Caller.Scope, r.Account)
		if err != nil {
			return auditTrail{}, err
		}
		filter, err := r.Trail(account)
		if err != nil {
			return auditTrail{}, err
		}
		total, err := r.CountAudit(filter)
		if err != nil {
			return auditTrail{}, err
		}
		rows, err := r.AuditRows(filter, int(in.Offset.Value), in.limit())
		trail := auditTrail{Total: total, Rows: make([]auditRow, len(rows))}
		for i, row := range rows {
			trail.Rows[i] = rowOfAudit(row)
		}
		return trail, err
	})
}

type listAuditArgs struct {
	Offset phpform.Optional[uint32] `url:"offset" doc:"How many of the newest to leave out; 0 by default."`
	Limit  phpform.Optional[uint32] `url:"limit" doc:"Most rows to list, from 1 to 250; 50 by default."`
}

// maxAuditRows is the most that limit may ask for.
const maxAuditRows = 250

// Check refuses a limit out of range.
func (a *listAuditArgs) Check() error {
	if a.Limit.Set && (a.Limit.Value < 1 || a.Limit.Value > maxAuditRows) {
		return handlers.Invalid("limit", "must be a whole number from 1 to 250")
	}
	return nil
}

func (a *listAuditArgs) limit() int {
	if a.Limit.Set {
		return int(a.Limit.Value)
	}
	return 50
}

// auditTrail is a page of an account's trail.
type auditTrail struct {
	Total int64      `json:"total"`
	Rows  []auditRow `json:"rows"`
}

// auditRow is a row as the account sees it: of the operator's and of resellers' tokens neither which
// one it was nor where it was used.
type auditRow struct {
	Time      string          `json:"time"`
	By        string          `json:"by"`
	Token     *int64          `json:"token,omitempty"`
	Address   string          `json:"address,omitempty"`
	RequestID string          `json:"request_id"`
	Action    string          `json:"action"`
	Target    string          `json:"target"`
	Before    json.RawMessage `json:"before,omitempty"`
	After     json.RawMessage `json:"after,omitempty"`
	Result    string          `json:"result"`
	Code      string          `json:"code,omitempty"`
}

func rowOfAudit(r store.AuditRow) auditRow {
	row := auditRow{
		Time: r.Time.Format(time.RFC3339), By: "operator", RequestID: r.RequestID, Action: r.Action, Target: r.Target,
		Before: r.BeforeJSON(), After: r.AfterJSON(), Result: r.Result, Code: r.Code,
	}
	switch kind, _, _ := strings.Cut(r.Actor, " "); kind {
	case store.KindClient, store.KindSubuser:
		row.By, row.Token, row.Address = r.Actor, &r.TokenID, r.Address
	}
	return row
}
