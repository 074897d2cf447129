package handlers_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"panelgate/gatewaytest"
)

// Clients that go away in the middle of a call, at whatever moment, leave a server that serves the next.
func TestClientsThatGiveUp(t *testing.T) {
	const clients, each = 4, 8
	s := gatewaytest.NewServer(t)
	mustFill(t, s, 650) // so that accounts/listaccounts is more than leaves at once
	var working sync.WaitGroup
	for client := range clients {
		working.Go(func() {
			for i := range each {
				for _, list := range lists() {
					giveUp(t, s, list.request, client+i)
				}
				giveUp(t, s, upsert(fmt.Sprintf("gone_%d_%d", client, i)), i)
			}
		})
	}
	working.Wait()
	for i := range 40 {
		if answer := s.MustSend(upsert("stays" + strconv.Itoa(i))); answer.Status != http.StatusOK {
			t.Fatalf("POST /users, call %d after them: %d %s", i, answer.Status, answer.Body)
		}
	}
	for _, list := range lists() {
		if answer := s.MustSend(list.request); answer.Status != http.StatusOK || !bytes.Contains(answer.Body, []byte(`"stays39"`)) {
			t.Errorf("%s after them: %d %.200s", list.name, answer.Status, answer.Body)
		}
	}
	if lines := failures(s); lines != "" {
		t.Errorf("the server took them for errors of its own:\n%s", lines)
	}
}

// upsert is a call that makes a user.
func upsert(name string) gatewaytest.Request {
	return gatewaytest.Request{Method: http.MethodPost, Path: "/users", Body: `{"id": "` + name + `"}`,
		Header: http.Header{"X-Api-Key": {gatewaytest.AdminToken}, "Content-Type": {"application/json"}}}
}

// giveUp sends a request and resets the connection: before its body is whole, right after it, once the answer begins
// or once much of it has come.
func giveUp(t *testing.T, s *gatewaytest.Server, r gatewaytest.Request, moment int) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	text := r.Raw(strconv.Itoa(len(r.Body)))
	read := 0
	switch moment % 4 {
	case 0:
		text = text[:len(text)-1]
	case 2:
		read = 1
	case 3:
		read = 20_000
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Error(err)
	}
	for part := make([]byte, 1+read/10); read > 0; {
		n, err := conn.Read(part)
		if read -= n; err != nil {
			t.Errorf("the answer did not begin: %v", err)
			return
		}
		if bytes.Contains(part[:n], []byte("}]}")) || n < len(part) { // a short answer is whole by now
			break
		}
	}
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // closing is a reset
		t.Error(err)
	}
}

// failures are the lines of the log that tell of the server's own errors.
func failures(s *gatewaytest.Server) string {
	var lines strings.Builder
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, `"level":"ERROR"`) {
			lines.WriteString(line)
		}
	}
	return lines.String()
}
