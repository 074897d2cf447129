package gatewaytest

import (
	"net/http"
	"strings"
	"testing"
)

// Refusal is a request that must be refused, and how.
type Refusal struct {
	Name   string
	Send   func(*Server) Answer
	Status int    // 200 where it is 0
	Code   string // of the dialect's envelope
	Field  string // the field at fault, "" for none
	Says   string // what the text for people must hold, in any case of letters
	Allow  string // what the header Allow must list, "" for no header
}

// Refused is what a dialect's envelope says of an error.
type Refused struct{ Code, Field, Text string }

// CheckRefusals sends requests that must be refused, each in a subtest of its group: the answer has its status, the
// dialect's envelope (which read checks), code and field, and nothing at all is stored.
func (s *Server) CheckRefusals(t *testing.T, group string, read func(*testing.T, Answer) Refused, refusals []Refusal) {
	t.Helper()
	was := s.MustDump()
	for _, r := range refusals {
		t.Run(group+"/"+r.Name, func(t *testing.T) {
			answer := r.Send(s)
			if want := max(r.Status, http.StatusOK); answer.Status != want {
				t.Errorf("status %d, want %d: %s", answer.Status, want, answer.Body)
			}
			if allow := answer.Header.Get("Allow"); !strings.Contains(allow, r.Allow) || (allow == "") != (r.Allow == "") {
				t.Errorf("Allow: %q, want %q in it", allow, r.Allow)
			}
			got := read(t, answer)
			if got.Code != r.Code || got.Field != r.Field {
				t.Errorf("refused with code %q, field %q; want %q, %q: %s", got.Code, got.Field, r.Code, r.Field, got.Text)
			}
			if !strings.Contains(strings.ToLower(got.Text), strings.ToLower(r.Says)) {
				t.Errorf("the text %q does not say %q", got.Text, r.Says)
			}
			if now := s.MustDump(); now != was {
				t.Errorf("something was stored:\n%s", Diff("before", was, "after", now))
				was = now
			}
		})
	}
}

// CheckSecrets fails when the server logged one of the secrets.
func (s *Server) CheckSecrets(t *testing.T, secrets ...string) {
	t.Helper()
	log := s.Log.String()
	for _, secret := range secrets {
		if i := strings.Index(log, secret); i >= 0 {
			start := strings.LastIndexByte(log[:i], '\n') + 1
			line, _, _ := strings.Cut(log[start:], "\n")
			t.Errorf("the secret %q is in the log: %s", secret, line)
		}
	}
}
