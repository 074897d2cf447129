package handlers

import (
	"context"
	"strings"
	"time"
	"unicode"

	"panelgate/auth"
	"panelgate/store"
)

// entry is what the audit trail tells of a call, as far as is known of it.
type entry struct {
	call    *Call
	caller  *auth.Caller // of nobody, TokenID 0, where the call could not be authenticated
	action  *Action      // nil until it is found
	usedUp  bool         // the caller's token is: only what it was answered before is answered
	masked  map[string]bool
	started time.Time
	request Request // what the action sees
}

// row makes a row about a target. How long the call took is until now, before its commit.
func (e *entry) row(result, target string) store.AuditRow {
	row := store.AuditRow{
		TokenID: e.caller.TokenID, Actor: actor(e.caller), RequestID: e.call.ID, Action: clean(e.call.Action),
		Target: clean(target), Account: e.account(result, target), Result: result, Duration: time.Since(e.started),
	}
	if e.call.Address.IsValid() {
		row.Address = e.call.Address.String()
	}
	return row
}

// actor says what kind of token calls, and for whom.
func actor(c *auth.Caller) string { return strings.TrimSpace(c.Kind + " " + c.Login) }

// account names the account whose trail a row is in too; "" is the operator's alone. What somebody is refused
// is in their own trail, not in that of the account they named: its owner shall not learn who tried.
func (e *entry) account(result, target string) string {
	own, done := e.caller.Account, result == store.ResultSuccess || result == store.ResultReplayed
	switch {
	case !e.caller.IsAdmin() && !done:
		return own
	case e.action == nil || e.action.For == ForAccount:
		return clean(e.call.Account)
	case e.action.Subject == Account:
		return clean(target)
	}
	return own
}

// longestText is how much of a text that a caller made up the trail keeps.
const longestText = 255

// clean makes a caller's text one short line that no terminal takes for a command.
func clean(text string) string {
	if len(text) > longestText {
		text = text[:longestText]
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// targets names what a call acts on, each once.
func (e *entry) targets() []string {
	if e.action == nil || e.action.Target == "" || e.masked[e.action.Target] {
		return nil
	}
	value, _ := e.call.Form.Get(e.action.Target)
	if !value.IsArray() {
		return nonEmpty(value.Text())
	}
	var names []string
	seen := make(map[string]bool)
	for _, one := range value.Array().All() {
		if key := strings.ToLower(one.Text()); key != "" && !seen[key] {
			seen[key] = true
			names = append(names, one.Text())
		}
	}
	return names
}

func nonEmpty(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// tells reports whether a refusal is written down. Of reads, it is what somebody was not allowed to see. A call
// that the server was too busy for, or that came too often, is not: it would be one more write where there are
// too many.
func (e *entry) tells(refused *Error) bool {
	switch {
	case e.caller.TokenID == 0, refused.Code == CodeBusy, refused.Code == CodeRateLimited:
		return false
	case e.action != nil && !e.action.Writes:
		return refused.Code == CodeForbidden
	}
	return true
}

const (
	// refusalsAtOnce is how many refusals may be on their way into the trail; more are lost.
	refusalsAtOnce = 256
	// refusalWait is how long an answer waits for its row; the row comes all the same.
	refusalWait = time.Second
)

// auditRefusal writes down what a known caller was refused. The caller is told in any case: what cannot be
// written is counted and logged.
func (g *Gateway) auditRefusal(ctx context.Context, e *entry, refused *Error) {
	if !e.tells(refused) {
		return
	}
	result := store.ResultRefused
	if refused.Code == CodeInternal {
		result = store.ResultFailed
	}
	rows := e.refusals(result, refused.Code.String())
	select {
	case g.refusals <- struct{}{}:
	default:
		g.loseRefusal(ctx, rows[0], "too many wait")
		return
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		defer func() { <-g.refusals }()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
		defer cancel()
		if err := g.store.Write(ctx, func(tx *store.Tx) error { return tx.Audit(rows...) }); err != nil {
			g.loseRefusal(ctx, rows[0], err.Error())
		}
	}()
	patience := time.NewTimer(refusalWait)
	defer patience.Stop()
	select {
	case <-written:
	case <-patience.C:
	}
}

// refusals are the rows of a refused call: one where it is in one trail, else one for each account that it names.
func (e *entry) refusals(result, code string) (rows []store.AuditRow) {
	names := e.targets()
	if len(names) < 2 || e.action.Subject != Account || !e.caller.IsAdmin() {
		names = []string{strings.Join(names, ", ")}
	}
	for _, name := range names {
		row := e.row(result, name)
		row.Code = code
		rows = append(rows, row)
	}
	return rows
}

func (g *Gateway) loseRefusal(ctx context.Context, row store.AuditRow, why string) {
	g.log.ErrorContext(ctx, "a refusal is missing in the audit trail", "request_id", row.RequestID, "token", row.TokenID,
		"code", row.Code, "why", why, "lost", g.lost.Add(1))
}
