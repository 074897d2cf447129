package installatron

import (
	"net/http"
	"strings"

	"panelgate/handlers"
)

// refusal gives the status and code of an error in the vendor's pattern: empty_argument_X and
// invalid_argument_X for a bad value, X_not_found, failed_X.
func refusal(err *handlers.Error) (status int, code string) {
	switch err.Code {
	case handlers.CodeMissing:
		return http.StatusBadRequest, "empty_argument_" + leaf(err.Subject)
	case handlers.CodeInvalid:
		if err.Subject == "id" { // 403 on every page that has an {id}
			return http.StatusForbidden, "invalid_argument_id"
		}
		return http.StatusBadRequest, "invalid_argument_" + leaf(err.Subject)
	case handlers.CodeExists, handlers.CodeConflict, handlers.CodeKeyReused:
		return http.StatusForbidden, "invalid_argument_" + leaf(err.Subject)
	case handlers.CodeUnauthorized:
		return http.StatusForbidden, "invalid_api_key"
	case handlers.CodeTokenExpired:
		return http.StatusForbidden, "token_expired"
	case handlers.CodeTokenNotYetValid:
		return http.StatusForbidden, "token_not_yet_valid"
	case handlers.CodeTokenUsedUp:
		return http.StatusForbidden, "token_used_up"
	case handlers.CodeTokenRevoked:
		return http.StatusForbidden, "token_revoked"
	case handlers.CodeAddress:
		return http.StatusForbidden, "address_not_allowed"
	case handlers.CodeForbidden:
		return http.StatusForbidden, "invalid_argument_user"
	case handlers.CodeProbe:
		return http.StatusInternalServerError, err.ProbeCode()
	case handlers.CodeSuspended:
		return http.StatusForbidden, "account_suspended"
	case handlers.CodeNotFound:
		return http.StatusNotFound, "user_not_found"
	case handlers.CodeNotServed:
		return http.StatusNotImplemented, "not_served"
	case handlers.CodeTooManyFields:
		return http.StatusBadRequest, "too_many_fields"
	case handlers.CodeNestedTooDeep:
		return http.StatusBadRequest, "nested_too_deep"
	case handlers.CodeUnreadableBody:
		return http.StatusBadRequest, "unreadable_body"
	case handlers.CodeBodyTooLarge:
		return http.StatusRequestEntityTooLarge, "body_too_large"
	case handlers.CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed, "method_not_allowed"
	case handlers.CodeNoSuchPath:
		return http.StatusNotFound, "no_such_path"
	case handlers.CodeBusy:
		return http.StatusServiceUnavailable, "busy"
	case handlers.CodeRateLimited:
		return http.StatusTooManyRequests, "rate_limited"
	}
	return http.StatusInternalServerError, "failed_internal"
}

// leaf is the last name of a field: path of websites[0][path], vhosts of websites[0][vhosts][…].
func leaf(field string) string {
	if i := strings.LastIndex(field, "[vhosts]"); i >= 0 {
		return "vhosts"
	}
	if i := strings.LastIndexByte(field, '['); i >= 0 {
		return strings.TrimSuffix(field[i+1:], "]")
	}
	return field
}

// errfield is the field at fault, where the cause was the value of one.
func errfield(err *handlers.Error) string {
	switch err.Code {
	case handlers.CodeMissing, handlers.CodeInvalid, handlers.CodeExists, handlers.CodeConflict, handlers.CodeKeyReused, handlers.CodeNotFound, handlers.CodeNestedTooDeep, handlers.CodeProbe:
		return err.Subject
	}
	return ""
}

// envelope is the answer of an error, members in the order of the page's example.
type envelope struct {
	Result    bool    `json:"result"`
	Status    int     `json:"status"`
	ErrCode   *string `json:"errcode"`
	ErrField  *string `json:"errfield"`
	Message   string  `json:"message"`
	Data      any     `json:"data"`
	RequestID string  `json:"request_id"`

	Findings []handlers.FindingRow `json:"findings,omitempty"`
	Explain  *handlers.Explanation `json:"explain,omitempty"`
}

// Refusal words an error in the vendor's envelope; the status of the answer is the one in it.
func (d *Dialect) Refusal(call *handlers.Call, err *handlers.Error) (int, []byte) {
	status, code := refusal(err)
	body, encodeErr := handlers.EncodeJSON(envelope{Status: status, ErrCode: text(code), ErrField: text(errfield(err)),
		Message: err.Message, RequestID: call.ID, Findings: handlers.FindingRows(err.Findings),
		Explain: call.Explanation(err)})
	if encodeErr != nil { // strings always encode
		panic(encodeErr)
	}
	return status, body
}
