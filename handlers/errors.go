package handlers

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"panelgate/auth"
	"panelgate/phpform"
	"panelgate/probe"
	"panelgate/store"
)

// Code says what kind of thing went wrong; each dialect has its own word for each.
type Code int

// The codes, in the order of the design's table.
const (
	CodeInternal Code = iota // also whatever is not recognised
	CodeMissing              // a required field
	CodeInvalid              // a field's value
	CodeUnknownAction
	CodeUnauthorized // no such token
	CodeForbidden    // a token that may not
	CodeNotFound
	CodeExists   // the name is taken
	CodeConflict // with something else that is there
	CodeNotServed
	CodeBusy
	CodeRateLimited
	CodeBodyTooLarge
	CodeTooManyFields
	CodeNestedTooDeep
	CodeUnreadableBody // not of a kind, or not in the form, that is read here
	CodeMethodNotAllowed
	CodeNoSuchPath
	CodeSuspended // the caller's account is
	CodeGone      // the client is: nobody is told
	CodeProbe     // a connection test failed: Findings says which
	CodeKeyReused // the Idempotency-Key belongs to another call
	CodeTokenExpired
	CodeTokenNotYetValid
	CodeTokenUsedUp
	CodeTokenRevoked
	CodeAddress // the token may not be used from there

	codes = iota // how many there are
)

// String names the code in the log.
func (c Code) String() string {
	names := [...]string{"internal", "missing", "invalid", "unknown_action", "unauthorized", "forbidden", "not_found",
		"exists", "conflict", "not_served", "busy", "rate_limited", "body_too_large", "too_many_fields", "nested_too_deep", "unreadable_body",
		"method_not_allowed", "no_such_path", "suspended", "gone", "probe", "key_reused",
		"token_expired", "token_not_yet_valid", "token_used_up", "token_revoked", "address_not_allowed"}
	if int(c) < len(names) {
		return names[c]
	}
	return "code " + strconv.Itoa(int(c))
}

// Error is what a caller is told. Message is for people and may be shown to a customer; Err is
// for the log and leaves the process in no other way.
type Error struct {
	Code    Code
	Subject string // the field or noun at fault, or the page that is lacking
	Message string
	Allow   string        // CodeMethodNotAllowed: what is allowed
	Retry   time.Duration // CodeBusy, CodeRateLimited: when to come again
	Err     error

	Findings []probe.Finding // CodeProbe: all that the tests found

	why *Explanation // see Because
}

// Error is for the log: the message and, behind it, what caused it.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Message, e.Err)
	}
	return e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Missing says that a required field was not sent, or sent empty.
func Missing(field string) *Error {
	return &Error{Code: CodeMissing, Subject: field, Message: field + ": this field is required"}
}

// Invalid says that a field's value is not acceptable; reason says what would be.
func Invalid(field, reason string) *Error {
	return &Error{Code: CodeInvalid, Subject: field, Message: field + ": " + reason}
}

// Unauthorized says that no token of this server was sent.
func Unauthorized() *Error {
	return &Error{Code: CodeUnauthorized, Subject: "token",
		Message: "The API token is not valid: this server has none like it."}
}

// Forbidden says that the token may not do this. Subject is the page that it lacks, or the field
// that names what is not its own.
func Forbidden(subject, message string) *Error {
	return &Error{Code: CodeForbidden, Subject: subject, Message: message}
}

// notServed says that the vendor documents the action, for which page, and that this server does not have it.
func (a *Action) notServed() *Error {
	return &Error{Code: CodeNotServed, Subject: "action",
		Message: fmt.Sprintf("%s (page %s) is a known action that this server does not serve. The vendor documents it at %s",
			a.Name, a.Page, a.Source)}
}

// MethodNotAllowed says which methods the path takes.
func MethodNotAllowed(allow string) *Error {
	return &Error{Code: CodeMethodNotAllowed, Allow: allow,
		Message: "This path does not take that method. It takes: " + allow + "."}
}

// NoSuchPath says that nothing is served at the path.
func NoSuchPath() *Error {
	return &Error{Code: CodeNoSuchPath,
		Message: "There is nothing at this path. The API is at /{folder}/api.php and at /users."}
}

// Unreadable says that the body cannot be read, and what could be.
func Unreadable(message string) *Error {
	return &Error{Code: CodeUnreadableBody, Message: message}
}

// Busy says that the server has no room for the call now; err is for the log.
func Busy(err error) *Error {
	return &Error{Code: CodeBusy, Retry: time.Second, Err: err,
		Message: "The server cannot take this call now. Nothing was changed; try again shortly."}
}

// unwritableRetry is when to come again to a database that takes no writes: somebody has to do something first.
const unwritableRetry = 10 * time.Second

// unwritable says that nothing can be stored until the operator has done something; err, which says what, is for the log.
func unwritable(err error) *Error {
	text := "The database cannot be written now."
	if errors.Is(err, store.ErrNoRoom) {
		text = "The database has no room for the change."
	}
	return &Error{Code: CodeBusy, Retry: unwritableRetry, Err: err,
		Message: text + " Nothing was changed, and calls that only read are answered. Try again when the operator of this server has seen to it."}
}

func internal(err error) *Error {
	return &Error{Code: CodeInternal, Err: err,
		Message: "Internal error. The server's log has the details under this request's ID."}
}

// SafeField makes a field's name fit for answers and logs. Keys of maps come from the wire: what may
// hold credentials (http://user:password@host) and what is too long to be read is cut out.
func SafeField(name string) string {
	parts := strings.SplitAfter(name, "[")
	for i, part := range parts {
		if len(part) > 100 || strings.Contains(part, "@") {
			parts[i] = "…]"
		}
	}
	return strings.Join(parts, "")
}

// AsError makes an Error of any error: what it does not recognise is internal.
func AsError(err error) *Error {
	var known *Error
	var field *phpform.FieldError
	var limit *phpform.LimitError
	var syntax *phpform.SyntaxError
	var file *phpform.FileError
	var tooOften *auth.TooOftenError
	var state *auth.StateError
	var hashing *auth.HashingBusyError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &tooOften):
		return &Error{Code: CodeRateLimited, Message: tooOften.Reason, Retry: tooOften.Retry}
	case errors.As(err, &field):
		return Invalid(SafeField(field.Field), field.Reason)
	case errors.As(err, &limit):
		return overLimit(limit)
	case errors.As(err, &syntax):
		return Unreadable("The body cannot be read: " + syntax.Error() + ".")
	case errors.As(err, &file):
		return Unreadable("The body cannot be read: " + file.Error() + ".")
	case errors.Is(err, auth.ErrBadToken):
		return Unauthorized()
	case errors.As(err, &state):
		return unusable(state.State)
	case errors.Is(err, store.ErrUsedUp):
		return unusable(store.StateUsedUp)
	case errors.Is(err, auth.ErrAddress):
		return &Error{Code: CodeAddress, Subject: "token", Message: "This API token may not be used from the address that the call came from."}
	case errors.Is(err, auth.ErrSuspended):
		return &Error{Code: CodeSuspended, Subject: "token", Message: "The account of this token is suspended."}
	case errors.Is(err, store.ErrUncertain):
		return &Error{Code: CodeBusy, Retry: time.Second, Err: err,
			Message: "The server cannot tell whether the change was stored. Look before you send it again."}
	case store.IsUnwritable(err):
		return unwritable(err)
	case errors.As(err, &hashing):
		busy := Busy(err)
		busy.Retry = hashing.Retry
		return busy
	case store.IsUnavailable(err),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return Busy(err)
	}
	return internal(err)
}

// unusable says why a token that is this server's cannot be used now.
func unusable(state store.State) *Error {
	switch state {
	case store.StateRevoked:
		return &Error{Code: CodeTokenRevoked, Subject: "token", Message: "This API token was revoked."}
	case store.StateExpired:
		return &Error{Code: CodeTokenExpired, Subject: "token", Message: "This API token has expired."}
	case store.StateNotYetValid:
		return &Error{Code: CodeTokenNotYetValid, Subject: "token", Message: "This API token is not valid yet."}
	case store.StateUsedUp:
		return &Error{Code: CodeTokenUsedUp, Subject: "token", Message: "This API token is used up: it was for a number of calls, and they were made."}
	}
	return Unauthorized()
}

func overLimit(limit *phpform.LimitError) *Error {
	if limit.Limit == "depth" {
		return &Error{Code: CodeNestedTooDeep, Subject: limit.Field, Message: fmt.Sprintf(
			"%s: nested deeper than %d levels; PHP would drop the field, this server refuses the call", limit.Field, limit.Max)}
	}
	return &Error{Code: CodeTooManyFields, Message: fmt.Sprintf(
		"More than %d fields were sent. This server refuses the call rather than drop the rest, as PHP would.", limit.Max)}
}

// ofAction words what the store refused in terms of the action's own fields.
func (a *Action) ofAction(err error) error {
	var missing *store.NotFoundError
	var conflict *store.ConflictError
	var invalid *store.InvalidError
	var readOnly *store.ReadOnlyError
	var suspended *store.SuspendedError
	switch {
	case errors.As(err, &suspended):
		return Forbidden(a.accountField(), a.accountField()+": "+suspended.Error()).Because("a reseller ends the suspensions that it made", "an admin token")
	case errors.As(err, &readOnly):
		return Forbidden(a.accountField(), a.accountField()+": "+readOnly.Error()).Because("a reseller's token reads its own account", "an admin token")
	case errors.As(err, &invalid):
		return Invalid(invalid.Field, invalid.Reason)
	case errors.As(err, &missing):
		return a.notFound(missing)
	case errors.As(err, &conflict):
		field := conflict.Field
		if field == "name" {
			field = a.Target
		}
		code := CodeConflict
		if conflict.Taken {
			code = CodeExists
		}
		return &Error{Code: code, Subject: field, Message: field + ": " + conflict.Reason}
	}
	return err
}

// accountField is the field that names the account that an action acts on.
func (a *Action) accountField() string {
	if a.For == ForAccount {
		return "accountuser"
	}
	return a.Target
}

func (a *Action) notFound(missing *store.NotFoundError) *Error {
	field := a.Target
	if missing.Noun == store.NounAccount {
		field = a.accountField()
	}
	if missing.Noun == store.NounPackage {
		field = "package"
	}
	text := fmt.Sprintf("%s: there is no %s named %s", field, missing.Noun, strings.Join(missing.Names, ", "))
	if missing.Nearest != "" {
		text += "; did you mean " + missing.Nearest + "?"
	}
	return &Error{Code: CodeNotFound, Subject: field, Message: text, Err: missing}
}
