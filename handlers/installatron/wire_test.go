package installatron_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers"
)

const example = `{
	"id": "useraccountname",
	"websites": [
		{
			"path": "sftp://exampleftpuser:exampleftppassword@website.com",
			"label": "website.com",
			"server": "website.com",
			"reseller": "root",
			"vhosts": {"http://website.com": "httpdocs", "http://www.website.com": "httpdocs"}
		},
		{
			"path": "sftp://exampleftpuser:exampleftppassword@website.com/subdomain",
			"label": "subdomain.website.com",
			"email": "user@mail.com",
			"vhosts": {"http://subdomain.website.com": "httpdocs/subdomain", "https://subdomain.website.com": "httpdocs/subdomain"}
		}
	]
}`

// post is a call of POST /users with the admin's key and a JSON body.
func post(body string) gatewaytest.Request {
	return gatewaytest.Request{Method: http.MethodPost, Path: "/users", Body: body, Header: http.Header{
		"X-Api-Key": {gatewaytest.AdminToken}, "Content-Type": {"application/json"}}}
}

// site is a call with one website of the given members besides a good path.
func site(members string) gatewaytest.Request {
	return post(`{"id": "useraccountname", "websites": [{"path": "sftp://exampleftpuser:exampleftppassword@website.com", ` + members + `}]}`)
}

// path is a call with one website that has nothing but the path.
func path(uri string) gatewaytest.Request {
	quoted, _ := json.Marshal(uri) // a string always encodes
	return post(`{"id": "useraccountname", "websites": [{"path": ` + string(quoted) + `}]}`)
}

// methodAndPath are those of an action, with a user who is not there for {id}.
func methodAndPath(action *handlers.Action) (method, path string) {
	method, path, _ = strings.Cut(strings.ReplaceAll(action.Name, "{id}", "nobody"), " ")
	return method, path
}

// envelope is the answer of every endpoint.
type envelope struct {
	Result    bool
	Status    int
	ErrCode   *string
	ErrField  *string
	Message   string
	Data      json.RawMessage
	RequestID string `json:"request_id"`
}

// readEnvelope reads an answer, and checks what holds for all: the members of the page in its order, and the status
// of the answer in them.
func readEnvelope(t *testing.T, answer gatewaytest.Answer) envelope {
	t.Helper()
	var e envelope
	if err := json.Unmarshal(answer.Body, &e); err != nil {
		t.Fatalf("not the envelope: %v: %s", err, answer.Body)
	}
	want := []string{"result", "status", "errcode", "errfield", "message", "data"}
	if keys := gatewaytest.Keys(answer.Body); len(keys) < len(want) || !slices.Equal(keys[:len(want)], want) {
		t.Errorf("members %q, want %q first", keys, want)
	}
	if e.Status != answer.Status || e.Result != (e.Status == http.StatusOK) || e.Message == "" {
		t.Errorf("status %d with the envelope %s", answer.Status, answer.Body)
	}
	return e
}

func readRefusal(t *testing.T, answer gatewaytest.Answer) gatewaytest.Refused {
	t.Helper()
	e := readEnvelope(t, answer)
	if e.Result || e.ErrCode == nil || string(e.Data) != "null" {
		t.Fatalf("not an error: %s", answer.Body)
	}
	if id := answer.Header.Get("X-Request-Id"); id == "" || e.RequestID != id {
		t.Errorf("request_id %q, header X-Request-Id %q; want the same", e.RequestID, id)
	}
	refused := gatewaytest.Refused{Code: *e.ErrCode, Text: e.Message}
	if e.ErrField != nil {
		refused.Field = *e.ErrField
	}
	return refused
}

// readUser reads the data of a success as it came.
func readUser(t *testing.T, answer gatewaytest.Answer) string {
	t.Helper()
	e := readEnvelope(t, answer)
	if !e.Result {
		t.Fatalf("refused: %s", answer.Body)
	}
	return string(e.Data)
}
