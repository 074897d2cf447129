package cli_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// mustDial connects to a server in plain; the connection ends with the test, and never blocks for ever.
func mustDial(t *testing.T, base string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// upsert is the body of a call that makes an account.
func (s *served) upsert(id string) string {
	return url.Values{"action": {"users/upsert"}, "token": {s.AdminToken}, "id": {id}}.Encode()
}

// rawCall is a call as it stands on the wire, with headers of its own in place of the length.
func rawCall(body string, headers ...string) string {
	if headers == nil {
		headers = []string{fmt.Sprintf("Content-Length: %d", len(body))}
	}
	return "POST /spanel/api.php HTTP/1.1\r\nHost: panel\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
		strings.Join(headers, "\r\n") + "\r\n\r\n" + body
}

// exchange writes all of text, says that no more comes, and gives whatever comes back until the server closes.
func exchange(t *testing.T, base, text string) string {
	t.Helper()
	conn := mustDial(t, base)
	written := make(chan struct{})
	go func() { // the server may answer, and close, before it has read all
		defer close(written)
		_, _ = io.WriteString(conn, text)
		_ = conn.CloseWrite()
	}()
	answer, _ := io.ReadAll(conn) // an error is a connection that was cut: what came before it counts
	conn.Close()
	<-written
	return string(answer)
}

// accounts gives the IDs of all accounts.
func (s *served) accounts(t *testing.T) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.HTTP+"/users", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-API-KEY", s.AdminToken)
	res, err := probe.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", res.Status, body, err)
	}
	return string(body)
}

// Two calls in one write get two answers, in their order.
func TestPipelining(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	conn := mustDial(t, server.HTTP)
	if _, err := io.WriteString(conn, rawCall(server.upsert("first"))+rawCall(server.upsert("second"))+rawCall("action=toolbox/echo&token="+server.AdminToken)); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	for _, want := range []string{`"id":"first"`, `"id":"second"`, `"toolbox\/echo"`} {
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("the answer with %s: %v", want, err)
		}
		if body, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s, %v, want %s", body, err, want)
		}
	}
}

func TestHTTP10(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	ask := func(text string) string { // until the server closes: one that is told that no more comes gives the call up
		conn := mustDial(t, server.HTTP)
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Error(err)
		}
		return string(answer)
	}
	body := server.upsert("old")
	answer := ask(fmt.Sprintf("POST /spanel/api.php HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	if !strings.HasPrefix(answer, "HTTP/1.0 200 OK\r\n") || !strings.Contains(answer, `"id":"old"`) {
		t.Errorf("the answer is %s", answer)
	}
	if answer := ask("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /readyz HTTP/1.0\r\n\r\n"); strings.Count(answer, "200 OK") != 2 {
		t.Errorf("kept alive: %s", answer)
	}
}

// A client that asks first is told to go on, once its call may come; one that is too large never sends its body.
func TestExpectContinue(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	body := server.upsert("asked")
	conn := mustDial(t, server.HTTP)
	head := func(length int) string {
		return rawCall("", "Expect: 100-continue", fmt.Sprintf("Content-Length: %d", length))
	}
	answers := bufio.NewReader(conn)
	if _, err := io.WriteString(conn, head(len(body))); err != nil {
		t.Fatal(err)
	}
	if line, err := answers.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	if rest, err := answers.ReadString('}'); err != nil || !strings.Contains(rest, `"id":"asked"`) {
		t.Errorf("%q, %v", rest, err)
	}
	if answer := exchange(t, server.HTTP, head(9<<20)); !strings.HasPrefix(answer, "HTTP/1.1 413 ") || !strings.Contains(answer, "body_too_large") {
		t.Errorf("a body that is too large: %s", answer)
	}
	if answer := exchange(t, server.HTTP, rawCall(body, "Expect: 200-maybe", "Content-Length: 5")); !strings.HasPrefix(answer, "HTTP/1.1 417 ") {
		t.Errorf("an expectation that cannot be met: %s", answer)
	}
}

// tlsClient trusts the server's certificate.
func (s *served) tlsClient(t *testing.T, config *tls.Config) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(s.Cert)
	if err != nil {
		t.Fatal(err)
	}
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// Over HTTP/2 many calls share a connection and come back as they are done.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	client := server.tlsClient(t, &tls.Config{})
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			res, err := client.Post(server.TLS+"/spanel/api.php", "application/x-www-form-urlencoded", strings.NewReader(server.upsert(fmt.Sprintf("stream%d", i))))
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.ProtoMajor != 2 || !strings.Contains(string(body), fmt.Sprintf(`"id":"stream%d"`, i)) {
				t.Errorf("%s %s: %s, %v", res.Proto, res.Status, body, err)
			}
		})
	}
	all.Wait()
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	for version, served := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		client := server.tlsClient(t, &tls.Config{MinVersion: version, MaxVersion: version})
		res, err := client.Get(server.TLS + "/healthz")
		if err == nil {
			res.Body.Close()
		}
		if (err == nil) != served {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}
