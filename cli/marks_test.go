package cli_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/phpform"
)

// markWord is in every marked secret, and in nothing else.
const markWord = "Geheimniswort"

// The kinds of marked secrets.
const (
	markPassword = 'P' // of a login
	markSite     = 'S' // user and password of a website's path, password of its database
	markDir      = 'D' // the directory of a website's path
	markToken    = 'T'
	markKey      = 'K' // Idempotency-Key
	markStray    = 'X' // sent where no secret belongs
)

// marks makes marked secrets and finds them again.
type marks struct {
	made  atomic.Int64
	exact []string // secrets that cannot be marked: the server made them
}

// mark makes a secret of a kind, unlike any other.
func (m *marks) mark(kind byte) string { return fmt.Sprintf("%s%c%05d", markWord, kind, m.made.Add(1)) }

// traces are what marks leave: as they were sent, in small letters and capitals, in hex and in base64. URLs and JSON leave
// them as they are. They are texts to be looked for, not a pattern: the race detector makes those slow.
func traces() (all []string) {
	word := []byte(markWord)
	encoded := hex.EncodeToString(word)
	all = append(all, markWord, strings.ToLower(markWord), strings.ToUpper(markWord), encoded, strings.ToUpper(encoded))
	for skip := range 3 { // where the word may begin within three bytes
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, skip), word...))
		from, to := []int{0, 2, 3}[skip], len(encoded)-1
		all = append(all, encoded[from:to])
	}
	return all
}

// check looks for secrets in what a server wrote; allowed kinds of marks may be there.
func (m *marks) check(t *testing.T, where string, content []byte, allowed string) {
	t.Helper()
	for _, trace := range traces() {
		for from := 0; ; {
			at := bytes.Index(content[from:], []byte(trace))
			if at < 0 {
				break
			}
			at, from = from+at, from+at+len(trace)
			if from < len(content) && trace == markWord && strings.IndexByte(allowed, content[from]) >= 0 {
				continue
			}
			t.Errorf("%s holds the secret %q: …%s…", where, trace, content[max(0, at-200):min(len(content), at+100)])
			return
		}
	}
	for _, secret := range m.exact {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret))} {
			if at := bytes.Index(content, []byte(form)); at >= 0 {
				t.Errorf("%s holds the secret %q: …%s…", where, form, content[max(0, at-200):min(len(content), at+len(form)+100)])
				return
			}
		}
	}
}

// secretFields names the fields of a table that hold secrets, by its own word, and the kind of mark for each.
func secretFields(table *handlers.Table) map[string]byte {
	names := make(map[string]byte)
	var add func([]handlers.Param)
	add = func(params []handlers.Param) {
		for _, p := range params {
			if p.Secret {
				names[p.Name] = markPassword
			}
			add(p.Params)
		}
	}
	for _, action := range table.Actions() {
		add(action.Params)
	}
	names["path"], names["pass"] = markSite, markSite
	names["idempotency_key"] = markKey
	return names
}

// marked is a form with every secret replaced by a mark of its own.
func (m *marks) marked(form *phpform.Array, secret map[string]byte) *phpform.Array {
	out := new(phpform.Array)
	for key, value := range form.All() {
		kind := secret[key.String()]
		switch {
		case value.IsArray():
			value = m.marked(value.Array(), secret).Value()
		case kind == 0 || value.Text() == "":
		case key.String() == "path":
			value = phpform.Text(m.path(value.Text()))
		default:
			value = phpform.Text(m.mark(kind))
		}
		out.Set(key, value)
	}
	return out
}

// path is a website's path with marked credentials, on a port of this machine that is closed.
func (m *marks) path(path string) string {
	scheme, _, remote := strings.Cut(path, "://")
	if remote {
		return scheme + "://" + m.mark(markSite) + ":" + m.mark(markSite) + "@127.0.0.1:1/" + m.mark(markDir)
	}
	return "/nowhere/" + m.mark(markDir)
}

// TestMarksAreFound makes sure that the search can find.
func TestMarksAreFound(t *testing.T) {
	m := &marks{exact: []string{"pg_0123"}}
	for prefix := range 6 {
		text := strings.Repeat("x", prefix) + m.mark(markPassword) + "tail"
		for _, form := range []string{text, strings.ToUpper(text), hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text))} {
			if !slices.ContainsFunc(traces(), func(trace string) bool { return strings.Contains(form, trace) }) {
				t.Errorf("%s is not found as %s", text, form)
			}
		}
	}
	m.check(t, "what is allowed", []byte(m.mark(markSite)), "S")
}

// asForm is a request's body as the tree that the server makes of it.
func asForm(t *testing.T, r gatewaytest.Request) *phpform.Array {
	t.Helper()
	read := phpform.ParseBytes
	if isJSON(r) {
		read = phpform.ParseJSON
	}
	if r.Body == "" {
		return new(phpform.Array)
	}
	form, err := read([]byte(r.Body), phpform.DefaultLimits())
	if err != nil {
		t.Fatalf("%s: %v", r.Body, err)
	}
	return form
}

func isJSON(r gatewaytest.Request) bool { return r.Header.Get("Content-Type") == "application/json" }

// withForm is a request with another body, encoded as the one that it had.
func withForm(r gatewaytest.Request, form *phpform.Array) gatewaytest.Request {
	if !isJSON(r) {
		r.Body = phpform.BuildQuery(form, phpform.RFC1738)
		return r
	}
	body, err := form.AppendJSON(nil)
	if err != nil {
		panic(err) // it was read from JSON
	}
	r.Body = string(body)
	return r
}

// copyOf is a form that can be changed by itself.
func copyOf(form *phpform.Array, leaveOut ...string) *phpform.Array {
	out := new(phpform.Array)
	for key, value := range form.All() {
		if !slices.Contains(leaveOut, key.String()) {
			out.Set(key, value)
		}
	}
	return out
}

// withHeader is gatewaytest.WithHeader for a request that may have none.
func withHeader(r gatewaytest.Request, name, value string) gatewaytest.Request {
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	return gatewaytest.WithHeader(r, name, value)
}
