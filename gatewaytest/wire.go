package gatewaytest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"

	"panelgate/phpform"
)

// Request is what goes over the wire, byte for byte.
type Request struct {
	Method string
	Path   string // with the query, if there is one
	Header http.Header
	Body   string
}

// Answer is what came back. Its body is one JSON value.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// MustSend sends a request, follows no redirect, and checks what holds for every answer: it is JSON and says so.
func (s *Server) MustSend(r Request) Answer {
	s.t.Helper()
	return s.mustSend(r, strings.NewReader(r.Body))
}

// MustSendChunked is MustSend without a Content-Length.
func (s *Server) MustSendChunked(r Request) Answer {
	s.t.Helper()
	return s.mustSend(r, io.MultiReader(strings.NewReader(r.Body))) // a type of which no length is known
}

func (s *Server) mustSend(r Request, body io.Reader) Answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), r.Method, s.URL+r.Path, body)
	s.must("make a request", err)
	for name, values := range r.Header {
		req.Header[name] = values
	}
	req.Host = r.Header.Get("Host") // the client takes it from here; "": the server's own
	res, err := http.DefaultTransport.RoundTrip(req)
	s.must("send "+r.Method+" "+r.Path, err)
	return s.mustRead(r.Method, res)
}

// MustSendRaw writes text to a connection, says that no more will come, and reads the answer. It is for requests that
// no HTTP client would send.
func (s *Server) MustSendRaw(text string) Answer {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	s.must("connect", err)
	defer conn.Close()
	_, err = io.WriteString(conn, text)
	s.must("write", err)
	s.must("end the request", conn.(*net.TCPConn).CloseWrite())
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	s.must("read the answer", err)
	return s.mustRead("", res)
}

// Send gives what sends a request, for [Refusal].
func Send(r Request) func(*Server) Answer {
	return func(s *Server) Answer { return s.MustSend(r) }
}

// WithHeader is a request with one header changed; "" takes it out.
func WithHeader(r Request, name, value string) Request {
	r.Header = r.Header.Clone()
	r.Header.Set(name, value)
	if value == "" {
		r.Header.Del(name)
	}
	return r
}

// Raw is a request as it stands on the wire, for [Server.MustSendRaw]: with a Content-Length that may be a lie.
func (r Request) Raw(length string) string {
	var text bytes.Buffer
	text.WriteString(r.Method + " " + r.Path + " HTTP/1.1\r\nHost: panel.example\r\nContent-Length: " + length + "\r\n")
	_ = r.Header.Write(&text) // a buffer takes everything
	return text.String() + "\r\n" + r.Body
}

func (s *Server) mustRead(method string, res *http.Response) Answer {
	s.t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	s.must("read the answer", err)
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		s.t.Errorf("Content-Type = %q, want application/json; the answer is %d %s", res.Header.Get("Content-Type"), res.StatusCode, body)
	}
	if method != http.MethodHead && !json.Valid(body) {
		s.t.Errorf("the answer %d is not JSON: %q", res.StatusCode, body)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: body}
}

// Form encodes fields as PHP's http_build_query does. Each line is a name=value as a person reads it:
// permissions[email]=all.
func Form(lines ...string) string {
	pairs := make([]string, len(lines))
	for i, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		field := new(phpform.Array)
		field.Set(phpform.StringKey(name), phpform.Text(value))
		pairs[i] = phpform.BuildQuery(field, phpform.RFC1738)
	}
	return strings.Join(pairs, "&")
}

// With is fields with some replaced: "name=value" stands in for all fields of that name, those below it too
// (permissions for permissions[email]), and "-name" drops them.
func With(fields []string, changes ...string) []string {
	changed := make(map[string]bool)
	var added []string
	for _, change := range changes {
		name, dropped := strings.CutPrefix(change, "-")
		changed[topName(name)] = true
		if !dropped {
			added = append(added, change)
		}
	}
	var kept []string
	for _, field := range fields {
		if !changed[topName(field)] {
			kept = append(kept, field)
		}
	}
	return append(kept, added...)
}

func topName(field string) string {
	name, _, _ := strings.Cut(field, "=")
	name, _, _ = strings.Cut(name, "[")
	return name
}

// Keys lists the members of a JSON value in the order in which they stand, each with the names above it:
// data.websites.path. Members of the elements of a list are listed for each.
func Keys(value []byte) []string {
	var keys []string
	dec := json.NewDecoder(bytes.NewReader(value))
	walkKeys(dec, "", &keys)
	return keys
}

// walkKeys reads one value; what is not JSON ends the list.
func walkKeys(dec *json.Decoder, above string, keys *[]string) {
	open, _ := dec.Token()
	for isOpen := open == json.Delim('{') || open == json.Delim('['); isOpen && dec.More(); {
		below := above
		if open == json.Delim('{') {
			token, _ := dec.Token()
			name, _ := token.(string)
			below = strings.TrimPrefix(above+"."+name, ".")
			*keys = append(*keys, below)
		}
		walkKeys(dec, below, keys)
	}
	if open == json.Delim('{') || open == json.Delim('[') {
		_, _ = dec.Token()
	}
}
