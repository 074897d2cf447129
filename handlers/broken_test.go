package handlers_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"panelgate/gatewaytest"
)

// damage makes a stored account such that reading it fails.
func damage(s *gatewaytest.Server, account string) {
	s.MustExec("UPDATE accounts SET permissions = 'x' WHERE id = (SELECT id FROM logins WHERE key = ?)", account)
}

// A list that fails after its beginning has left ends in the middle: no client can take it for a whole one.
func TestABrokenListIsNoWholeAnswer(t *testing.T) {
	const many = 2600 // rows that are more than an answer holds back, in either dialect
	s := gatewaytest.NewServer(t)
	mustFill(t, s, many)
	for _, list := range lists() {
		if whole := s.MustSend(list.request); strings.Count(string(whole.Body), "@website.com") != many {
			t.Fatalf("%s does not list all accounts while none is damaged", list.name)
		}
	}
	damage(s, "user"+strconv.Itoa(many))
	for _, list := range lists() {
		t.Run(list.name, func(t *testing.T) {
			res := mustBegin(t, s, list.request)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the answer ended with %v, want an unexpected end", err)
			}
			if res.StatusCode != http.StatusOK || !strings.Contains(string(body), "@website.com") || json.Valid(body) {
				t.Errorf("status %d with %d bytes; want the beginning of a list", res.StatusCode, len(body))
			}
			if !logged(s, res.Header.Get("X-Request-Id"), `"result":"failed"`, "stored permissions") {
				t.Error("the log does not say that the call failed, and why")
			}
		})
	}
	s.MustExec(`UPDATE accounts SET permissions = '"all"'`)
	for _, list := range lists() {
		if whole := s.MustSend(list.request); strings.Count(string(whole.Body), "@website.com") != many {
			t.Errorf("%s does not list all accounts once none is damaged", list.name)
		}
	}
}

// While nothing of an answer has left, an error takes its place.
func TestAListThatFailsEarlyIsAnError(t *testing.T) {
	for _, c := range []struct{ name, damaged string }{
		{"on its first page", "user1"},
		{"on a later page", "user400"},
	} {
		s := gatewaytest.NewServer(t)
		mustFill(t, s, 400)
		damage(s, c.damaged)
		for _, list := range lists() {
			t.Run(list.name+" "+c.name, func(t *testing.T) {
				answer := s.MustSend(list.request)
				var refused struct {
					Code      string
					ErrCode   string
					Data      any
					RequestID string `json:"request_id"`
				}
				if err := json.Unmarshal(answer.Body, &refused); err != nil {
					t.Fatal(err)
				}
				if answer.Status != list.status || refused.Code+refused.ErrCode != list.internal || refused.Data != nil {
					t.Errorf("%d %s, want %d and the code %s", answer.Status, answer.Body, list.status, list.internal)
				}
				if strings.Contains(string(answer.Body), "stored permissions") {
					t.Errorf("the answer tells what only the log may: %s", answer.Body)
				}
				if length := answer.Header.Get("Content-Length"); length != strconv.Itoa(len(answer.Body)) {
					t.Errorf("Content-Length: %s of %d bytes", length, len(answer.Body))
				}
			})
		}
	}
}
