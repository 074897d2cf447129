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

// FuzzAPI checks that api.php answers whatever it is sent in its envelope: a success, or an error that is not the
// server's own.
func FuzzAPI(f *testing.F) {
	s := gatewaytest.NewServer(f)
	handler := cli.NewHandler(s.Gateway)
	// An admin's token that may not test connections, lest a guess at dryrun=all makes some.
	const token = "fuzz_admin_token"
	if err := s.Store.Write(f.Context(), func(tx *store.Tx) error {
		_, err := tx.CreateToken(store.NewToken{Hash: auth.HashSecret(token), Kind: store.KindAdmin})
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
	} {
		f.Add(form, []byte(gatewaytest.Form(fields...)))
	}
	f.Add("", []byte(`{"token": "provided_auth_token", "accountuser": "spanelio", "action": "toolbox/echo", "x": [1, null, {"a": 1.5e3}]}`))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nprovided_auth_token\r\n--x--\r\n"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n\r\n--x--\r\n"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/spanel/api.php", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		checkEnvelope(t, w)
	})
}

func checkEnvelope(t *testing.T, w *httptest.ResponseRecorder) {
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
}
