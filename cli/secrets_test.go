package cli_test

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"panelgate/auth"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/handlers/installatron"
	"panelgate/handlers/spanel"
	"panelgate/phpform"
	"panelgate/store"
)

// mayShow lists the answers of success that show secrets: users with their websites, with credentials to a token with
// the switch reveal-secrets, with directories to any; and toolbox/echo, which shows all that its caller sent under names
// that no secret has, and the caller's own key. All other answers, and everything else that a server writes, hold none.
func (h *hunt) mayShow(action, token string) string {
	switch {
	case action == "toolbox/echo":
		return string(markStray) + string(markKey)
	case !strings.HasPrefix(action, "users/") && !strings.Contains(action, " /users"):
		return ""
	case token == h.masked:
		return string(markDir)
	}
	return string(markDir) + string(markSite)
}

// TestNoSecretLeaves sends marked secrets through every action of both dialects, well and badly, and looks for them in
// everything that the server wrote, answered and stored.
func TestNoSecretLeaves(t *testing.T) {
	t.Parallel()
	binary := mustBuild(t)
	var actions, calls, secrets atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d actions, %d calls with %d marked secrets", actions.Load(), calls.Load(), secrets.Load())
	})
	for dir, table := range map[string]*handlers.Table{"spanel": spanel.New().Table(), "installatron": installatron.New().Table()} {
		for _, action := range table.Actions() {
			if !action.Served() {
				continue
			}
			t.Run(action.Name, func(t *testing.T) {
				t.Parallel()
				h := mustHunt(t, binary, secretFields(table))
				requests, example := gatewaytest.MustRequests(t, filepath.Join("..", "testdata", dir, gatewaytest.GoldenFile(action)))
				for i, r := range requests {
					status, body := h.send(h.golden(r), action.Name)
					if i == example && !isSuccess(status, body) {
						t.Errorf("the example is refused: %d %s", status, body)
					}
				}
				for _, r := range h.variations(requests[example]) {
					h.send(r, action.Name)
				}
				h.search()
				actions.Add(1)
				calls.Add(h.calls)
				secrets.Add(h.made.Load())
			})
		}
	}
}

// hunt is a server with its tokens, and the secrets that were sent to it.
type hunt struct {
	*process
	*marks
	t                               *testing.T
	db, api, debug                  string
	admin, client, masked, stranger string // tokens
	secret                          map[string]byte
	calls                           int64
}

func mustHunt(t *testing.T, binary string, secret map[string]byte) *hunt {
	t.Helper()
	h := &hunt{t: t, marks: new(marks), secret: secret, db: filepath.Join(t.TempDir(), "panelgate.db")}
	h.fill()
	h.process = mustStartBinary(t, binary, "serve", "--db", h.db, "--listen", "127.0.0.1:0", "--debug-listen", "127.0.0.1:0",
		"--log-level", "debug", "--rate-token=0", "--rate-address=0", "--guesses=0")
	h.api = h.find(t, `(http://[0-9.:]+)/`)
	h.debug = h.find(t, `debugging +(http://[0-9.:]+)/`)
	mustBeReady(t, h.api)
	return h
}

// fill makes the database that golden files begin with, with tokens that nobody knows.
func (h *hunt) fill() {
	h.t.Helper()
	if err := auth.CreateKeyset(h.db + ".keyset"); err != nil {
		h.t.Fatal(err)
	}
	keys, err := auth.OpenKeyset(h.db + ".keyset")
	if err != nil {
		h.t.Fatal(err)
	}
	db, err := store.Open(h.t.Context(), store.Options{DB: h.db, AEAD: keys})
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	token := func(tx *store.Tx, kind, account string, terms store.Terms) string {
		secret := auth.NewSecret()
		if _, err := tx.CreateToken(store.NewToken{Hash: auth.HashSecret(secret), Kind: kind, Account: account, Terms: terms}); err != nil {
			h.t.Error(err)
		}
		h.exact = append(h.exact, strings.TrimPrefix(secret, "pg_"))
		return secret
	}
	err = db.Write(h.t.Context(), func(tx *store.Tx) error {
		for _, name := range []string{gatewaytest.Account, "stranger"} {
			if _, err := tx.SaveAccount(store.ScopeAll(), store.AccountChange{Name: name}); err != nil {
				return err
			}
		}
		h.admin = token(tx, store.KindAdmin, "", store.Terms{SSO: true, Probe: true})
		h.masked = token(tx, store.KindAdmin, "", store.Terms{SSO: true, Probe: true, Masked: true})
		h.client = token(tx, store.KindClient, gatewaytest.Account, store.Terms{})
		h.stranger = token(tx, store.KindClient, "stranger", store.Terms{})
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// golden is a request of a golden file with its secrets marked and this server's tokens.
func (h *hunt) golden(r gatewaytest.Request) gatewaytest.Request {
	form := asForm(h.t, r)
	token := form.Text("token") + r.Header.Get("X-API-KEY")
	r = withForm(r, h.marked(copyOf(form, "token"), h.secret))
	switch token {
	case gatewaytest.AdminToken:
		return h.with(r, h.admin)
	case gatewaytest.ClientToken:
		return h.with(r, h.client)
	}
	return h.with(r, h.mark(markToken))
}

// with is a request with another token, where its dialect keeps it.
func (h *hunt) with(r gatewaytest.Request, token string) gatewaytest.Request {
	if !strings.HasSuffix(r.Path, "/api.php") {
		return withHeader(r, "X-API-KEY", token)
	}
	return h.change(r, func(form *phpform.Array) { form.Set(phpform.StringKey("token"), phpform.Text(token)) })
}

// change is a request with a body that was changed.
func (h *hunt) change(r gatewaytest.Request, change func(*phpform.Array)) gatewaytest.Request {
	form := copyOf(asForm(h.t, r))
	change(form)
	return withForm(r, form)
}

// send sends a request and looks at what comes back, headers too.
func (h *hunt) send(r gatewaytest.Request, action string) (status int, body []byte) {
	h.t.Helper()
	h.calls++
	req, err := http.NewRequestWithContext(h.t.Context(), r.Method, h.api+r.Path, strings.NewReader(r.Body))
	if err != nil {
		h.t.Fatal(err)
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		h.t.Fatal(err)
	}
	allowed := ""
	if isSuccess(res.StatusCode, body) {
		token := r.Header.Get("X-API-KEY")
		if strings.HasSuffix(r.Path, "/api.php") {
			token = asForm(h.t, r).Text("token")
		}
		allowed = h.mayShow(action, token)
	}
	var headers strings.Builder
	_ = res.Header.Write(&headers) // a builder takes everything
	h.check(h.t, "the answer to "+r.Method+" "+r.Path+" "+r.Body, append([]byte(headers.String()), body...), allowed)
	h.open(body)
	return res.StatusCode, body
}

// links are what sign-on answers with; the tickets in them are secrets that the server made.
var links = regexp.MustCompile(`/sso/([0-9a-f]{40})`)

// open opens a link, as a browser would, so that its session is hunted too.
func (h *hunt) open(answer []byte) {
	link := links.FindSubmatch([]byte(strings.ReplaceAll(string(answer), `\/`, "/")))
	if link == nil {
		return
	}
	h.exact = append(h.exact, string(link[1]))
	res, err := probe.Get(h.api + "/auth/sso/" + string(link[1]))
	if err != nil {
		h.t.Fatal(err)
	}
	res.Body.Close()
	for _, cookie := range res.Cookies() {
		h.exact = append(h.exact, cookie.Value)
	}
}

func isSuccess(status int, body []byte) bool {
	var answer struct{ Result any }
	return json.Unmarshal(body, &answer) == nil && status == http.StatusOK && answer.Result != "error" && answer.Result != false
}
