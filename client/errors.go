package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Error is what a server answered instead of what was asked for.
type Error struct {
	Status    int    // of the HTTP answer; 200 for most errors of api.php
	Code      string // for programs: already_exists, invalid_argument_path …; "" from a server that has none
	Field     string // the field at fault, if it is one
	Message   string // for people
	RequestID string // to find the call in the server's log

	Explain *Explanation // asked for by [WithExplain]; nil where the server gave none
}

// Explanation says which rule refused a call, and what would be needed for it to be accepted.
type Explanation struct {
	Rule   string `json:"rule"`
	Needed string `json:"needed"`
}

// Error is the server's message with the request to look for in its log.
func (e *Error) Error() string {
	text := e.Message
	if text == "" {
		text = fmt.Sprintf("the server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.RequestID != "" {
		text += " (request " + e.RequestID + ")"
	}
	return text
}

// apiError gives the error that an answer of api.php holds, nil when it holds none. Success is
// whatever is not an error: some answers have no result. message may be a text or a list.
func apiError(status int, body []byte) error {
	var answer struct {
		Result    string          `json:"result"`
		Message   json.RawMessage `json:"message"`
		Code      string          `json:"code"`
		Field     string          `json:"field"`
		RequestID string          `json:"request_id"`
		Explain   *Explanation    `json:"explain"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return &Error{Status: status, Message: fmt.Sprintf("the answer (HTTP %d) is not JSON: is this the address of an api.php?", status)}
	}
	if answer.Result != "error" && status == http.StatusOK {
		return nil
	}
	return &Error{Status: status, Code: answer.Code, Field: answer.Field, Message: joined(answer.Message), RequestID: answer.RequestID, Explain: answer.Explain}
}

func joined(message json.RawMessage) string {
	var list []string
	if json.Unmarshal(message, &list) == nil {
		return strings.Join(list, ", ")
	}
	var text string
	if json.Unmarshal(message, &text) == nil {
		return text
	}
	return ""
}

// restError is apiError for Installatron's envelope, where result is a boolean.
func restError(status int, body []byte) error {
	var answer struct {
		Result    bool   `json:"result"`
		ErrCode   string `json:"errcode"`
		ErrField  string `json:"errfield"`
		Message   string `json:"message"`
		RequestID string `json:"request_id"`

		Explain *Explanation `json:"explain"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return &Error{Status: status, Message: fmt.Sprintf("the answer (HTTP %d) is not JSON: is this the address of an Installatron server?", status)}
	}
	if answer.Result {
		return nil
	}
	return &Error{Status: status, Code: answer.ErrCode, Field: answer.ErrField, Message: strings.TrimSpace(answer.Message), RequestID: answer.RequestID, Explain: answer.Explain}
}
