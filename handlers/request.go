package handlers

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"time"

	"panelgate/auth"
	"panelgate/ondemand"
	"panelgate/permissions"
	"panelgate/phpform"
	"panelgate/probe"
	"panelgate/store"
)

// Call is a request as its dialect understood it: step 1 of 7.
type Call struct {
	ID      string         // of the request; stands in the answer and in the log
	Action  string         // name in the dialect's table
	Secret  string         // the token; taken out of Form
	Account string         // accountuser, "" when none was sent
	Address netip.Addr     // where it comes from: see [Gateway.Address]
	DryRun  string         // "", none, input or all
	Strict  bool           // the caller wants true HTTP statuses
	Folder  string         // of the path that it was sent to, escaped; links to this server are below it
	Key     string         // Idempotency-Key, "" for none
	Form    *phpform.Array // the fields that were sent, but for the token

	dialect  Dialect       // whose answer it gets
	recalled bool          // is answered from memory, or not at all: see recaller
	known    bool          // the token is good: see Explanation
	token    int64         // who the token turned out to be, for the log
	started  time.Time     // when it came
	request  *http.Request // for what few calls ask about

	scratch []byte // memory for what is not needed any more once the call is answered
	// Here, and not behind pointers, to be one piece of memory with it.
	body     countedBody
	entry    entry
	patience patience
}

// answer writes the dialect's answer.
func (c *Call) answer(w io.Writer, reply Reply) error { return c.dialect.Answer(w, c, reply) }

func (c *Call) isDryRun() bool { return c.DryRun == "input" || c.DryRun == "all" }

// Settings are the operator's choices that actions look at.
type Settings struct {
	AdminUser       string           // name of the main administrative user
	ServerIP        string           // address of the accounts' server, as lists show it; may be ""
	TemporaryDomain string           // accounts without a domain get a name below this one
	PublicURL       string           // scheme://host of links to this server; "": those of the request
	PathOnDemand    *ondemand.Client // asks for paths that are not stored; nil: every website has one
	Prober          *probe.Prober    // tests connections; nil: one with the default policy
	PanelURL        string           // where people land who have signed on; "": on a page of this server
}

// Request is what an action's function sees of a call: never the wire.
type Request struct {
	*store.Tx
	Caller    *auth.Caller
	Account   string // accountuser, which the caller may act on; "" when none was sent
	Catalogue *permissions.Catalogue
	Settings

	named    string // see Named
	concerns string // see Concerns

	table *Table
	since store.Moment // when the call began to look at what is stored
	call  *Call
	// for Rows, which read after the transaction
	gateway *Gateway
	ctx     context.Context
}

// MaskedForm gives all fields as they were sent, but for the token, with secrets masked.
func (r *Request) MaskedForm() *phpform.Array { return r.table.mask(r.call.Form) }

// Named says what the action's target is called from now on, where that is not what was sent.
func (r *Request) Named(name string) { r.named = name }

// Concerns says in which account's audit trail the call is told, where its target does not.
func (r *Request) Concerns(account string) { r.concerns = account }

// Reply is what a call came to: step 6 of 7.
type Reply struct {
	Value  any  // what the action's function returned
	DryRun bool // nothing was stored: Value is what would have been

	Findings []probe.Finding // what the connection tests of a dry run found

	Replayed bool   // nothing was done: the answer is that of the call which this one repeats
	body     []byte // the whole answer, where it was kept
}
