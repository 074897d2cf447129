package gatewaytest

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

func TestReadSteps(t *testing.T) {
	const file = `What it shows.
-- given: a state --
POST /spanel/api.php

token=T
-- request: an example --
POST /users?x=1
X-API-KEY: key
Content-Type: application/json

{"id":

 "a"}
-- answer: an example --
200
{}
-- request: no body --
GET /users
-- answer: no body --
`
	steps, err := readSteps(txtar.Parse([]byte(file)))
	if err != nil || len(steps) != 3 {
		t.Fatalf("%d steps, %v", len(steps), err)
	}
	form, example, empty := steps[0], steps[1], steps[2]
	if !form.given || form.request.Body != "token=T" || form.request.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("the given form is %+v", form)
	}
	if r := example.request; r.Path != "/users?x=1" || r.Header.Get("X-API-KEY") != "key" || r.Body != "{\"id\":\n\n \"a\"}" || example.answer != "200\n{}\n" {
		t.Errorf("the example is %+v", example)
	}
	if empty.request.Method != "GET" || empty.request.Body != "" || len(empty.request.Header) != 0 {
		t.Errorf("the request without body is %+v", empty)
	}
	if again := string(writeSteps([]byte("What it shows.\n"), steps)); again != file {
		t.Errorf("written again:\n%s", Diff("was", file, "is", again))
	}
}

func TestReadStepsRefuses(t *testing.T) {
	for name, file := range map[string]string{
		"no comment":                  "-- request: a --\nGET /users\n",
		"an answer without request":   "c\n-- answer: a --\n200\n",
		"an answer of another name":   "c\n-- request: a --\nGET /users\n-- answer: b --\n200\n",
		"an answer to a given":        "c\n-- given: a --\nGET /users\n-- answer: a --\n200\n",
		"a section of another kind":   "c\n-- response: a --\n200\n",
		"a request without path":      "c\n-- request: a --\nGET\n",
		"a body without a blank line": "c\n-- request: a --\nPOST /users\nid=a\n",
	} {
		if steps, err := readSteps(txtar.Parse([]byte(file))); err == nil {
			t.Errorf("%s is read as %+v", name, steps)
		}
	}
}

func TestScrub(t *testing.T) {
	const text = `{"request_id": "0123456789abcdef", "created": "2026-01-02T03:04:05Z", "id": "0123456789abcdef", "day": "2026-01-02"}`
	const want = `{"request_id": "REQUEST_ID", "created": "DATE", "id": "0123456789abcdef", "day": "2026-01-02"}`
	if got := scrub(text); got != want {
		t.Errorf("scrub gives %s, want %s", got, want)
	}
}

func TestFormIsEncodedAsPHPDoes(t *testing.T) {
	got := Form("permissions[email]=all", "a[]=x y~é", "a[]=2", "empty=")
	const want = "permissions%5Bemail%5D=all&a%5B%5D=x+y%7E%C3%A9&a%5B%5D=2&empty="
	if got != want {
		t.Errorf("Form gives %s, want %s", got, want)
	}
}

func TestKeys(t *testing.T) {
	got := strings.Join(Keys([]byte(`{"b":{"c":[1,{"d":[]}]},"a":null}`)), " ")
	if want := "b b.c b.c.d a"; got != want {
		t.Errorf("Keys gives %s, want %s", got, want)
	}
}
