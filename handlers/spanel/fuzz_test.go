package spanel_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"panelgate/auth"
	"panelgate/cli"
	"panelgate/gatewaytest"
	"panelgate/store"
)

// FuzzAPI checks that api.php answers whatever it is sent, query and body, in its envelope: a success, or an error that
// is not the server's own, and that nothing of an error or a dry run is stored.
func FuzzAPI(f *testing.F) {
	s := gatewaytest.NewServer(f)
	handler, changes := cli.NewHandler(s.Gateway), s.MustCountChanges()
	// An admin's token that may not test connections, lest a guess at dryrun=all makes some.
	const token = "fuzz_admin_token"
	if err := s.Store.Write(f.Context(), func(tx *store.Tx) error {
		_, err := tx.CreateToken(store.NewToken{Hash: auth.HashSecret(token), Kind: store.KindAdmin, Terms: store.Terms{SSO: true}})
		return err
	}); err != nil {
		f.Fatal(err)
	}
	newAccount := gatewaytest.With(newAccount, "token="+token)
	for _, fields := range [][]string{newSubuser, newAccount,
		gatewaytest.With(newSubuser, "dryrun=input"),
		gatewaytest.With(newSubuser, "action=user/listsubusers"),
		gatewaytest.With(newSubuser, "action=user/listuserpermissions", "labels=1"),
		gatewaytest.With(newSubuser, "action=user/delsubuser", "username[]=a", "username[]=b"),
		gatewaytest.With(newSubuser, "action=toolbox/echo", "x[][a]=1", "y[5]=\xff"),
		gatewaytest.With(newAccount, "websites[0][databases][0][pass]=p", "websites[0][vhosts][http://a.b]=c"),
		gatewaytest.With(newAccount, "action=users/delete", "id[]=useraccountname", "idempotency_key=k"),
		{"token=" + token, "action=base/sso", "username=spanelio", "role=user", "redirect=email/accounts"},
		{"token=" + token, "action=accounts/wwwacct", "username=a", "domain=a.b", "password=" + password, "quota=1", "permissions=all"},
	} {
		f.Add("", form, []byte(gatewaytest.Form(fields...)))
	}
	f.Add("", "", []byte(`{"token": "provided_auth_token", "accountuser": "spanelio", "action": "toolbox/echo", "x": [1, null, {"a": 1.5e3}]}`))
	f.Add("a[b]=1", "multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nprovided_auth_token\r\n--x--\r\n"))
	f.Add("token=x", "multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n\r\n--x--\r\n"))
	f.Fuzz(func(t *testing.T, query, contentType string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/spanel/api.php", strings.NewReader(string(body)))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", contentType)
		before, w := changes(t), httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if done := checkEnvelope(t, w); !done && changes(t) != before {
			t.Errorf("something was stored: %s", w.Body)
		}
	})
}

// checkEnvelope reports whether an answer may have changed something: a success that is no dry run.
func checkEnvelope(t *testing.T, w *httptest.ResponseRecorder) bool {
	t.Helper()
	var answer struct {
		Result  string
		Data    json.RawMessage
		Message []string
		Code    string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Fatalf("%d is no JSON answer: %v: %q", w.Code, err, w.Body)
	}
	success := answer.Result == "success" && answer.Data != nil
	refused := answer.Result == "error" && len(answer.Message) == 1 && answer.Code != "" && answer.Code != "internal_error"
	if w.Code != http.StatusOK || !success && !refused {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	return success && answer.Code != "complete_dryrun"
}
