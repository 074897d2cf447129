package spanel

import (
	"net/http"
	"strings"

	"panelgate/handlers"
)

// word is what api.php calls an error. Status is the HTTP status for callers that ask for true
// ones; the others get 200, because clients throw the body of a 4xx away. Always marks errors of
// the transport, which have their status for everyone.
type word struct {
	code   string
	status int
	always bool
}

func wordFor(code handlers.Code) word {
	switch code {
	case handlers.CodeMissing:
		return word{"missing_field", http.StatusBadRequest, false}
	case handlers.CodeInvalid:
		return word{"invalid_field", http.StatusBadRequest, false}
	case handlers.CodeUnknownAction:
		return word{"unknown_action", http.StatusBadRequest, false}
	case handlers.CodeUnauthorized:
		return word{"invalid_token", http.StatusUnauthorized, false}
	case handlers.CodeTokenExpired:
		return word{"token_expired", http.StatusUnauthorized, false}
	case handlers.CodeTokenNotYetValid:
		return word{"token_not_yet_valid", http.StatusUnauthorized, false}
	case handlers.CodeTokenUsedUp:
		return word{"token_used_up", http.StatusUnauthorized, false}
	case handlers.CodeTokenRevoked:
		return word{"token_revoked", http.StatusUnauthorized, false}
	case handlers.CodeAddress:
		return word{"address_not_allowed", http.StatusForbidden, false}
	case handlers.CodeForbidden:
		return word{"forbidden", http.StatusForbidden, false}
	case handlers.CodeProbe:
		return word{"", http.StatusInternalServerError, false} // the finding's own
	case handlers.CodeSuspended:
		return word{"account_suspended", http.StatusForbidden, false}
	case handlers.CodeNotFound:
		return word{"not_found", http.StatusNotFound, false}
	case handlers.CodeExists:
		return word{"already_exists", http.StatusConflict, false}
	case handlers.CodeConflict:
		return word{"conflict", http.StatusConflict, false}
	case handlers.CodeKeyReused:
		return word{"idempotency_conflict", http.StatusConflict, false}
	case handlers.CodeNotServed:
		return word{"not_served", http.StatusNotImplemented, false}
	case handlers.CodeTooManyFields:
		return word{"too_many_fields", http.StatusBadRequest, false}
	case handlers.CodeNestedTooDeep:
		return word{"nested_too_deep", http.StatusBadRequest, false}
	case handlers.CodeUnreadableBody:
		return word{"unreadable_body", http.StatusBadRequest, false}
	case handlers.CodeBusy:
		return word{"busy", http.StatusServiceUnavailable, true}
	case handlers.CodeRateLimited:
		return word{"rate_limited", http.StatusTooManyRequests, true}
	case handlers.CodeBodyTooLarge:
		return word{"body_too_large", http.StatusRequestEntityTooLarge, true}
	case handlers.CodeMethodNotAllowed:
		return word{"method_not_allowed", http.StatusMethodNotAllowed, true}
	case handlers.CodeNoSuchPath:
		return word{"no_such_path", http.StatusNotFound, true}
	}
	return word{"internal_error", http.StatusInternalServerError, false}
}

// refusal is SPanel's error. Message must be an array: a billing module runs implode over it.
// Others read msg; one reads errors, and takes its absence for success.
type refusal struct {
	Result    string   `json:"result"`
	Message   []string `json:"message"`
	Msg       string   `json:"msg"`
	Errors    []string `json:"errors"`
	Code      string   `json:"code"`
	Field     string   `json:"field,omitempty"`
	RequestID string   `json:"request_id"`

	Findings []handlers.FindingRow `json:"findings,omitempty"`
	Explain  *handlers.Explanation `json:"explain,omitempty"`
}

// Refusal words an error as api.php does.
func (d *Dialect) Refusal(call *handlers.Call, err *handlers.Error) (int, []byte) {
	word := wordFor(err.Code)
	if err.Code == handlers.CodeProbe {
		word.code = err.ProbeCode()
	}
	texts := err.Texts()
	body, encodeErr := handlers.EncodeJSON(refusal{Result: "error", Message: texts, Msg: strings.Join(texts, ", "), Errors: texts,
		Code: word.code, Field: err.Subject, RequestID: call.ID, Findings: handlers.FindingRows(err.Findings),
		Explain: call.Explanation(err)})
	if encodeErr != nil { // strings always encode
		panic(encodeErr)
	}
	if call.Strict || word.always {
		return word.status, body
	}
	return http.StatusOK, body
}
