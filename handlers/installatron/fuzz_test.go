package installatron_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"panelgate/cli"
	"panelgate/gatewaytest"
	"panelgate/handlers/installatron"
	"panelgate/store"
)

// FuzzREST checks that the paths of this dialect answer whatever they are sent in the vendor's envelope: a success, or
// an error that is not the server's own, and that nothing of an error or a dry run is stored.
func FuzzREST(f *testing.F) {
	s := gatewaytest.NewServer(f)
	handler, changes := cli.NewHandler(s.Gateway), s.MustCountChanges()
	// A key that may not test connections, lest a guess at dryrun=all makes some.
	key := s.MustToken(store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{SSO: true}})
	f.Add("POST", "/users", "application/json", []byte(example))
	f.Add("POST", "/users", "application/json", []byte(`{"id": "useraccountname", "type": "reseller", "dryrun": "input"}`))
	f.Add("POST", "/users", "application/json", []byte(site(`"vhosts": {"http://a.b": ""}, "databases": [{"host": "h", "name": "n", "user": "u", "pass": "p"}], "uid": 1, "gid": "2"`).Body))
	f.Add("POST", "/users?id=b", "", []byte("id=a&websites[0][path]=/home/a&websites[0][uid]=1&websites[0][gid]=2&websites[0][label]=\xff"))
	f.Add("POST", "/users/a%2Fb", "multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\na\r\n--x--\r\n"))
	f.Add("POST", "/users", "multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n\r\n--x--\r\n"))
	f.Add("GET", "/users?offset=1&limit=2&type=user", "", []byte(nil))
	f.Add("GET", "/users/spanelio?resolve=1", "", []byte(nil))
	f.Add("POST", "/users/spanelio/login", "application/json", []byte(`{"idempotency_key": "k"}`))
	f.Add("DELETE", "/users/spanelio?dryrun=input", "", []byte(nil))
	f.Add("GET", "/installs/1/plugins/x", "", []byte(nil))
	f.Fuzz(func(t *testing.T, method, target, contentType string, body []byte) {
		r := request(method, target, contentType, body)
		if r == nil {
			return
		}
		r.Header.Set("X-Api-Key", key)
		before, w := changes(t), httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if done := checkAnswer(t, w); !done && changes(t) != before {
			t.Errorf("something was stored: %s", w.Body)
		}
	})
}

// request is what the server makes of these bytes, nil where they are no request of this dialect: another listens to
// those, or the HTTP library alone.
func request(method, target, contentType string, body []byte) *http.Request {
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodDelete}, method) {
		return nil
	}
	head := method + " " + target + " HTTP/1.1\r\nHost: panel.example\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	r, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(head), bytes.NewReader(body))))
	if err != nil || !installatron.Serves(r.URL.Path) {
		return nil
	}
	r.Header.Set("Content-Type", contentType)
	return r
}

// checkAnswer reports whether an answer may have changed something: a success that is no dry run.
func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) bool {
	t.Helper()
	statuses := []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}
	e := readEnvelope(t, gatewaytest.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()})
	if !slices.Contains(statuses, w.Code) || !e.Result && e.ErrCode == nil {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	return e.Result && (e.ErrCode == nil || *e.ErrCode != "complete_dryrun")
}
