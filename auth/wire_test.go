package auth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"panelgate/auth"
	"panelgate/gatewaytest"
	"panelgate/handlers"
)

// addSubuser is a call that needs a hash.
func addSubuser(token, name string) gatewaytest.Request {
	return gatewaytest.Request{Method: http.MethodPost, Path: "/spanel/api.php",
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body: gatewaytest.Form("token="+token, "accountuser="+gatewaytest.Account, "action=user/addsubuser",
			"username="+name, "password="+somePassword, "permissions=all")}
}

// storm sends calls until the queue of a server's hasher holds so many, and gives what ends those that still wait.
func storm(t *testing.T, s *gatewaytest.Server, h *auth.Hasher, calls int) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			r := addSubuser(gatewaytest.AdminToken, fmt.Sprintf("storm%d", i))
			req, err := http.NewRequestWithContext(ctx, r.Method, s.URL+r.Path, strings.NewReader(r.Body))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header = r.Header
			if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
				res.Body.Close()
			}
		})
	}
	for deadline := time.Now().Add(30 * time.Second); h.Waiting() < calls; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d calls wait", h.Waiting(), calls)
		}
	}
	return func() { cancel(); all.Wait() }
}

// newPaused is a server whose hasher does nothing until resume is called.
func newPaused(t *testing.T) (s *gatewaytest.Server, h *auth.Hasher, resume func()) {
	h, resume = auth.NewPausedHasher(auth.DefaultCost)
	return gatewaytest.NewServerFrom(t, handlers.Options{Hasher: h}), h, resume
}

// What finds the queue full is told when to come again, at once; calls that need no hash are served.
func TestFullQueueOverTheWire(t *testing.T) {
	s, h, resume := newPaused(t)
	end := storm(t, s, h, h.QueueLength())
	defer end()
	answer := s.MustSend(addSubuser(gatewaytest.AdminToken, "too_many"))
	var said struct {
		Result, Code string
		Message      []string
		ID           string `json:"request_id"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") != "1" || said.Result != "error" ||
		said.Code != "busy" || len(said.Message) != 1 || !strings.Contains(said.Message[0], "try again") || said.ID == "" {
		t.Errorf("%d, Retry-After %q: %s", answer.Status, answer.Header.Get("Retry-After"), answer.Body)
	}
	if _, err := s.AccountClient().Subusers(t.Context(), gatewaytest.Account); err != nil {
		t.Errorf("a call without a password: %v", err)
	}
	end() // who goes away leaves the queue
	for deadline := time.Now().Add(30 * time.Second); h.Waiting() > 0; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d wait for nobody", h.Waiting())
		}
	}
	resume()
	if answer := s.MustSend(addSubuser(gatewaytest.AdminToken, "later")); answer.Status != http.StatusOK {
		t.Errorf("later: %d %s", answer.Status, answer.Body)
	}
}

// One call of another token does not wait for a hundred of a busy one, and gets into a queue that those fill.
func TestTokensTakeTurnsOverTheWire(t *testing.T) {
	for name, full := range map[string]bool{"100 wait": false, "the queue is full": true} {
		t.Run(name, func(t *testing.T) {
			s, h, _ := newPaused(t)
			calls := 100
			if full {
				calls = h.QueueLength()
			}
			end := storm(t, s, h, calls)
			defer end()
			go func() {
				for h.Lines() < 2 {
					<-time.After(time.Millisecond)
				}
				h.DoNext(2) // of the busy token one, and the other's
			}()
			answer := s.MustSend(addSubuser(gatewaytest.ClientToken, "single"))
			if answer.Status != http.StatusOK || !strings.Contains(string(answer.Body), "created") {
				t.Errorf("%d %s", answer.Status, answer.Body)
			}
		})
	}
}
