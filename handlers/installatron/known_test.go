package installatron_test

import (
	"net/http"
	"strings"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers/installatron"
)

// TestKnownActions calls each endpoint that is known and not served: the answer names it, in this dialect's envelope.
func TestKnownActions(t *testing.T) {
	var refusals []gatewaytest.Refusal
	for _, a := range installatron.New().Table().Actions() {
		if a.Served() {
			continue
		}
		method, path, _ := strings.Cut(a.Name, " ")
		request := gatewaytest.Request{Method: method, Path: strings.NewReplacer("{id}", "1234567890123456789", "{slug}", "akismet").Replace(path),
			Header: withKey()}
		refusals = append(refusals,
			gatewaytest.Refusal{Name: a.Name, Send: gatewaytest.Send(request), Status: http.StatusNotImplemented, Code: "not_served",
				Says: a.Name + " (page " + a.Page + ") is a known action that this server does not serve"},
			gatewaytest.Refusal{Name: a.Name + " without key", Send: gatewaytest.Send(gatewaytest.Request{Method: method, Path: request.Path}),
				Status: http.StatusForbidden, Code: "invalid_api_key"})
	}
	refusals = append(refusals,
		gatewaytest.Refusal{Name: "a path below one", Send: gatewaytest.Send(gatewaytest.Request{Method: "GET", Path: "/browser/a/b", Header: withKey()}),
			Status: http.StatusNotFound, Code: "no_such_path"})
	gatewaytest.NewServer(t).CheckRefusals(t, "known", readRefusal, refusals)
}

func withKey() http.Header { return http.Header{"X-Api-Key": {gatewaytest.AdminToken}} }

// TestFoldersAreFree takes the first part of each path that is not served as the brand of api.php.
func TestFoldersAreFree(t *testing.T) {
	s := gatewaytest.NewServer(t)
	for _, folder := range installatron.Folders() {
		answer := s.MustSend(gatewaytest.Request{Method: "POST", Path: "/" + folder + "/api.php", Header: http.Header{"X-Http-Method-Override": {"DELETE"}},
			Body: gatewaytest.Form("token="+gatewaytest.AdminToken, "action=toolbox/apicheck")})
		if !strings.HasPrefix(string(answer.Body), `{"result":"success"`) {
			t.Errorf("/%s/api.php answers %d %s", folder, answer.Status, answer.Body)
		}
	}
}
