package handlers

import (
	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/phpform"
	"panelgate/store"
)

// Call is a request as its dialect understood it: step 1 of 7.
type Call struct {
	ID      string         // of the request; stands in the answer and in the log
	Action  string         // name in the dialect's table
	Secret  string         // the token; taken out of Form
	Account string         // accountuser, "" when none was sent
	DryRun  string         // "", none, input or all
	Strict  bool           // the caller wants true HTTP statuses
	Form    *phpform.Array // the fields that were sent, but for the token
}

// Request is what an action's function sees of a call: never the wire.
type Request struct {
	*store.Tx
	Caller    auth.Caller
	Account   string // accountuser, which the caller may act on; "" when none was sent
	Catalogue *permissions.Catalogue
	AdminUser string // name of the main administrative user

	table *Table
	form  *phpform.Array
	read  func(func(*store.Tx) error) error // for Rows, after the transaction
}

// MaskedForm gives all fields as they were sent, but for the token, with secrets masked.
func (r *Request) MaskedForm() *phpform.Array { return r.table.mask(r.form) }

// Reply is what a call came to: step 6 of 7.
type Reply struct {
	Value  any  // what the action's function returned
	DryRun bool // nothing was stored: Value is what would have been
}
