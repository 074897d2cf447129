package handlers

import "strings"

// Explanation says which rule refused a call, and what would be needed for it to be accepted. It is
// given to callers whose token is good and who ask for it with explain=1.
type Explanation struct {
	Rule   string `json:"rule"`
	Needed string `json:"needed"`
}

// Because gives an error its explanation.
func (e *Error) Because(rule, needed string) *Error {
	e.why = &Explanation{rule, needed}
	return e
}

// Explanation is what a refused call is told beside the error, nil where it is told nothing.
func (c *Call) Explanation(err *Error) *Explanation {
	if !c.known || !c.asksWhy() {
		return nil
	}
	if err.why != nil {
		return err.why
	}
	rule := ruleOf(err.Code)
	if err.Subject != "" {
		rule += ": " + err.Subject
	}
	return &Explanation{Rule: rule, Needed: err.Message}
}

func (c *Call) asksWhy() bool {
	asked, _ := Single(c.Form, "explain")
	switch strings.ToLower(asked) {
	case "1", "true", "on", "yes":
		return true
	}
	return false
}

// ruleOf names what the errors of a code have in common.
func ruleOf(code Code) string {
	switch code {
	case CodeMissing:
		return "a required field was not sent"
	case CodeInvalid:
		return "a field's value is not accepted"
	case CodeUnknownAction, CodeNotServed:
		return "the action is not served"
	case CodeForbidden:
		return "it is not the caller's"
	case CodeNotFound:
		return "there is none, or it is not the caller's"
	case CodeExists, CodeConflict:
		return "something else stands against it"
	case CodeProbe:
		return "a connection test failed"
	case CodeBusy, CodeRateLimited:
		return "the call came at a bad time"
	}
	return "the call cannot be served: " + code.String()
}
