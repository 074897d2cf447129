package gatewaytest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"

	"panelgate/handlers"
)

// Golden files are exchanges with a fresh server as they go over the wire, one file an action:
//
//	What the file shows, for people.
//	-- given: a subuser --
//	POST /spanel/api.php
//
//	token=provided_auth_token
//	action=user/addsubuser
//	permissions[email]=all
//	-- request: NAME --
//	POST /users
//	X-API-KEY: dev-admin-token
//	Content-Type: application/json
//
//	{"id": "useraccountname"}
//	-- answer: NAME --
//	200
//	{
//	  "result": true
//	}
//
// A request is its method and path, then headers, a blank line and the body. Without a Content-Type the body is a
// form, one field a line as a person reads it, and sent as http_build_query would send it; otherwise it is sent as it
// stands, but for the last line end. An answer is the HTTP status and the JSON, its members in the order in which they
// came, with what changes from run to run replaced: see scrub. A given is a request that makes the state that the next
// ones need; it must succeed and is not compared.
//
// The first request of a file calls the file's action and succeeds: it is the example that the reference shows, and
// the one of the vendor's page where that has one.
var update = flag.Bool("update", false, "write the answers that the server gives into the golden files")

// GoldenFile names the golden file of an action: for user/addsubuser user_addsubuser.txtar, and for what has a method the
// name of the vendor's page, users_create.txtar for POST /users.
func GoldenFile(action *handlers.Action) string {
	name := action.Name
	if strings.Contains(name, " ") {
		name = strings.TrimPrefix(action.Source, "https://installatron.com/api/is/")
	}
	return strings.ReplaceAll(name, "/", "_") + ".txtar"
}

// RunGolden runs the golden files in dir, a subtest each. Every served action of the table must have its file, and every
// file in dir its action.
func RunGolden(t *testing.T, dir string, table *handlers.Table) {
	t.Helper()
	var expected []string
	for _, action := range table.Actions() {
		if !action.Served() {
			continue
		}
		name := GoldenFile(action)
		expected = append(expected, name)
		t.Run(name, func(t *testing.T) { runGoldenFile(t, filepath.Join(dir, name), action.Name) })
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(expected, entry.Name()) {
			t.Errorf("%s belongs to no served action", filepath.Join(dir, entry.Name()))
		}
	}
}

func runGoldenFile(t *testing.T, path, action string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatalf("%s needs a golden file: %v", action, err)
	}
	steps, err := readSteps(archive)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	s := NewServer(t)
	shown := 0
	for i := range steps {
		step := &steps[i]
		answer := s.MustSend(step.request)
		if step.given {
			if !succeeded(answer) {
				t.Fatalf("%s: given: %s: %d %s", path, step.name, answer.Status, answer.Body)
			}
			continue
		}
		if shown++; shown == 1 && (!succeeded(answer) || !s.logged(answer, action)) {
			t.Errorf("%s: the first request must be a call of %s that succeeds; it is the example of the reference", path, action)
		}
		got := showAnswer(t, answer)
		if !*update && got != step.answer {
			t.Errorf("%s, answer: %s: the file (-) is not what the server says (+). If the server is right: go test ./handlers/%s -run %s -update\n%s",
				path, step.name, filepath.Base(filepath.Dir(path)), t.Name(), Diff("file", step.answer, "server", got))
		}
		step.answer = got
	}
	if *update {
		if err := os.WriteFile(path, writeSteps(archive.Comment, steps), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// MustRequests gives the requests of a golden file, givens too, and which of them is the example: a call of the file's
// action that succeeds after those before it.
func MustRequests(t testing.TB, path string) (requests []Request, example int) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := readSteps(archive)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	example = slices.IndexFunc(steps, func(s step) bool { return !s.given })
	for _, s := range steps {
		requests = append(requests, s.request)
	}
	return requests, example
}

// step is one request of a golden file, and its answer unless it is a given.
type step struct {
	name    string
	given   bool
	text    []byte // of the request, as it stands in the file
	request Request
	answer  string
}

func readSteps(archive *txtar.Archive) ([]step, error) {
	if len(bytes.TrimSpace(archive.Comment)) == 0 {
		return nil, fmt.Errorf("say at the top what the file shows")
	}
	var steps []step
	for _, section := range archive.Files {
		kind, name, _ := strings.Cut(section.Name, ": ")
		last := len(steps) - 1
		switch {
		case kind == "request" || kind == "given":
			request, err := readRequest(string(section.Data))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", section.Name, err)
			}
			steps = append(steps, step{name: name, given: kind == "given", text: section.Data, request: request})
		case kind == "answer" && last >= 0 && steps[last].name == name && !steps[last].given:
			steps[last].answer = string(section.Data)
		default:
			return nil, fmt.Errorf("section %q: want given: NAME, request: NAME, or answer: NAME after the request of that name", section.Name)
		}
	}
	return steps, nil
}

func writeSteps(comment []byte, steps []step) []byte {
	archive := &txtar.Archive{Comment: comment}
	for _, s := range steps {
		if s.given {
			archive.Files = append(archive.Files, txtar.File{Name: "given: " + s.name, Data: s.text})
			continue
		}
		archive.Files = append(archive.Files, txtar.File{Name: "request: " + s.name, Data: s.text},
			txtar.File{Name: "answer: " + s.name, Data: []byte(s.answer)})
	}
	return txtar.Format(archive)
}

func readRequest(text string) (Request, error) {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	method, path, ok := strings.Cut(lines[0], " ")
	if !ok {
		return Request{}, fmt.Errorf("the first line is %q; want a method and a path", lines[0])
	}
	r := Request{Method: method, Path: path, Header: make(http.Header), Body: strings.TrimSuffix(body, "\n")}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			return Request{}, fmt.Errorf("the line %q is no header; a blank line goes before the body", line)
		}
		r.Header.Set(name, value)
	}
	if r.Body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body = Form(strings.Split(r.Body, "\n")...)
	}
	return r, nil
}

// succeeded reports whether an answer is a success in the words of either dialect.
func succeeded(answer Answer) bool {
	var envelope struct {
		Result any `json:"result"`
	}
	err := json.Unmarshal(answer.Body, &envelope)
	return err == nil && answer.Status == http.StatusOK && envelope.Result != "error" && envelope.Result != false
}

// logged reports whether the server logged an answer as one of the action.
func (s *Server) logged(answer Answer, action string) bool {
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, answer.Header.Get("X-Request-Id")) && strings.Contains(line, `"action":`+strconv.Quote(action)) {
			return true
		}
	}
	return false
}

// showAnswer writes an answer as golden files have it.
func showAnswer(t *testing.T, answer Answer) string {
	t.Helper()
	var text bytes.Buffer
	if err := json.Indent(&text, answer.Body, "", "  "); err != nil {
		t.Fatalf("the answer is not JSON: %v", err)
	}
	return fmt.Sprintf("%d\n%s\n", answer.Status, scrub(text.String()))
}

var (
	requestID = regexp.MustCompile(`("request_id": )"[0-9a-f]{16}"`)
	ticket    = regexp.MustCompile(`\b[0-9a-f]{40}\b`)
	timestamp = regexp.MustCompile(`"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^"]*|\d\d\.\d\d\.\d{4})"`)
)

// scrub replaces what differs from run to run: request IDs by REQUEST_ID, what sign-on links
// hold by TICKET, dates by DATE.
func scrub(text string) string {
	text = ticket.ReplaceAllString(text, "TICKET")
	return timestamp.ReplaceAllString(requestID.ReplaceAllString(text, `$1"REQUEST_ID"`), `"DATE"`)
}

// Diff shows how one text differs from another, line by line.
func Diff(oldName, old, newName, now string) string {
	return string(diff.Diff(oldName, []byte(old), newName, []byte(now)))
}
