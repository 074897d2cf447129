package spanel_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers/spanel"
)

const (
	form      = "application/x-www-form-urlencoded"
	plainJSON = "application/json"
	password  = "KExk80Ml5aG6M"
)

// newSubuser is the example of the vendor's page: a call that is good, of which the others are variations.
var newSubuser = []string{
	"token=" + gatewaytest.ClientToken,
	"accountuser=" + gatewaytest.Account,
	"action=user/addsubuser",
	"username=spanelio_testuser",
	"password=" + password,
	"permissions[email]=all",
	"permissions[domain][0]=domains",
	"permissions[domain][1]=redirects",
}

// newAccount is a call of users/upsert that is good.
var newAccount = []string{
	"token=" + gatewaytest.AdminToken,
	"action=users/upsert",
	"id=useraccountname",
	"websites[0][path]=sftp://exampleftpuser:exampleftppassword@website.com",
}

// post is a call of api.php with a body of a content type; "" sends none.
func post(contentType, body string) gatewaytest.Request {
	r := gatewaytest.Request{Method: http.MethodPost, Path: "/spanel/api.php", Body: body, Header: make(http.Header)}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// call is a call as PHP's http_build_query sends it, with some fields changed.
func call(fields []string, changes ...string) gatewaytest.Request {
	return post(form, gatewaytest.Form(gatewaytest.With(fields, changes...)...))
}

// unserved names the actions that are known and not served.
func unserved() (names []string) {
	for _, action := range spanel.New().Table().Actions() {
		if !action.Served() {
			names = append(names, action.Name)
		}
	}
	return names
}

// mustMultipart is a multipart body of the fields, and of a file when one is named.
func mustMultipart(t *testing.T, fields map[string]string, file string) (contentType, body string) {
	t.Helper()
	var text bytes.Buffer
	w := multipart.NewWriter(&text)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := w.WriteField(name, fields[name]); err != nil {
			t.Fatal(err)
		}
	}
	if file != "" {
		if _, err := w.CreateFormFile(file, "file.txt"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), text.String()
}

// readRefusal reads api.php's error, and checks what clients need of every one: message is an array, since a billing
// module runs implode over it; another reads msg; a third reads errors, and takes its absence for success.
func readRefusal(t *testing.T, answer gatewaytest.Answer) gatewaytest.Refused {
	t.Helper()
	var refusal struct {
		Result    string
		Message   []string
		Msg       string
		Errors    []string
		Code      string
		Field     string
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(answer.Body, &refusal); err != nil {
		t.Fatalf("not the envelope of an error: %v: %s", err, answer.Body)
	}
	if refusal.Result != "error" || refusal.Msg == "" ||
		!slices.Equal(refusal.Message, []string{refusal.Msg}) || !slices.Equal(refusal.Errors, []string{refusal.Msg}) {
		t.Errorf("not an error that every client understands: %s", answer.Body)
	}
	if id := answer.Header.Get("X-Request-Id"); id == "" || refusal.RequestID != id {
		t.Errorf("request_id %q, header X-Request-Id %q; want the same", refusal.RequestID, id)
	}
	return gatewaytest.Refused{Code: refusal.Code, Field: refusal.Field, Text: refusal.Msg}
}

// readMessage reads the sentence of a success.
func readMessage(t *testing.T, answer gatewaytest.Answer) string {
	t.Helper()
	var success struct {
		Result string
		Data   struct{ Msg string }
	}
	if err := json.Unmarshal(answer.Body, &success); err != nil || success.Result != "success" {
		t.Fatalf("not a success: %d %s", answer.Status, answer.Body)
	}
	return success.Data.Msg
}
