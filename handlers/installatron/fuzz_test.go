package installatron_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"panelgate/cli"
	"panelgate/gatewaytest"
	"panelgate/store"
)

// FuzzREST checks that POST /users answers whatever it is sent in the vendor's envelope: a success, or an error that
// is not the server's own.
func FuzzREST(f *testing.F) {
	s := gatewaytest.NewServer(f)
	handler := cli.NewHandler(s.Gateway)
	// A key that may not test connections, lest a guess at dryrun=all makes some.
	key := s.MustToken(store.NewToken{Kind: store.KindAdmin})
	f.Add("application/json", []byte(example))
	f.Add("application/json", []byte(`{"id": "useraccountname", "type": "reseller", "dryrun": "input"}`))
	f.Add("application/json", []byte(site(`"vhosts": {"http://a.b": ""}, "databases": [{"host": "h", "name": "n", "user": "u", "pass": "p"}], "uid": 1, "gid": "2"`).Body))
	f.Add("", []byte("id=a&websites[0][path]=/home/a&websites[0][uid]=1&websites[0][gid]=2&websites[0][label]=\xff"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\na\r\n--x--\r\n"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n\r\n--x--\r\n"))
	statuses := []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusNotImplemented}
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/users", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("X-Api-Key", key)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		e := readEnvelope(t, gatewaytest.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()})
		if !slices.Contains(statuses, w.Code) || !e.Result && e.ErrCode == nil {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
