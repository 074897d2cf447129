package handlers

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"panelgate/phpform"
)

// maxBody is PHP's default post_max_size.
const maxBody = 8 << 20

// jsonFields bounds the values of a JSON body. PHP's limit is about forms: a list of websites, which
// is replaced whole, may need more.
const jsonFields = 20_000

// ReadForm reads a request's body as the tree that PHP would make of it: a form, a multipart form
// without files, or a JSON object. A body without content type is told by its first character,
// since old clients send none; no body is an empty form. A body over 8 MiB is refused before it
// is read.
func ReadForm(w http.ResponseWriter, r *http.Request) (*phpform.Array, error) {
	if r.ContentLength > maxBody {
		return nil, bodyTooLarge()
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, Unreadable("Send the body without Content-Encoding.")
	}
	body, err := readBody(w, r)
	if err != nil {
		return nil, bodyError(err)
	}
	return parseBody(body, r.Header.Get("Content-Type"))
}

// readBody reads a body whose length is told into as much memory, and any other piece by piece.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 || r.ContentLength > smallBody { // a long one takes memory as it comes, not as it says
		return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

// Single reads a field that names one thing; an array in its place is a client's mistake.
func Single(form *phpform.Array, name string) (string, error) {
	value, _ := form.Get(name)
	if value.IsArray() {
		return "", Invalid(name, "must be a single value, not an array")
	}
	return value.Text(), nil
}

func parseBody(body []byte, contentType string) (*phpform.Array, error) {
	limits := phpform.DefaultLimits()
	if len(body) == 0 {
		return new(phpform.Array), nil
	}
	if contentType == "" {
		contentType = guessType(body)
	}
	if contentType == formType {
		return phpform.ParseBytes(body, limits)
	}
	// Like PHP, judge by the type alone where its parameters are malformed.
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind, _, _ = strings.Cut(contentType, ";")
	}
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case formType:
		return phpform.ParseBytes(body, limits)
	case "multipart/form-data":
		return phpform.ParseMultipart(bytes.NewReader(body), params["boundary"], limits)
	case "application/json":
		limits.Fields = jsonFields
		return phpform.ParseJSON(body, limits)
	}
	return nil, Unreadable("Content-Type must be application/x-www-form-urlencoded, multipart/form-data or application/json.")
}

// formType is what clients of PHP and curl send.
const formType = "application/x-www-form-urlencoded"

func guessType(body []byte) string {
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		return "application/json"
	}
	return formType
}

func bodyError(err error) error {
	var known *Error
	var tooLarge *http.MaxBytesError
	if errors.As(err, &known) {
		return known
	}
	if errors.As(err, &tooLarge) {
		return bodyTooLarge()
	}
	return &Error{Code: CodeUnreadableBody, Message: "The body ended before it was complete.", Err: err}
}

func bodyTooLarge() *Error {
	return &Error{Code: CodeBodyTooLarge, Message: "The body is larger than 8 MiB."}
}

// CheckQuery keeps credentials out of URLs, where every proxy and browser logs them: it refuses a
// query with a field that holds one by its name, at any depth, whatever action is called.
func CheckQuery(table *Table, query string) error {
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '[' || r == ']' }) {
			if isSecretName(table, strings.ToLower(part)) {
				return Invalid(SafeField(part), "must be sent in the body or a header, never in the URL; take this one for leaked and replace it")
			}
		}
	}
	return nil
}

func isSecretName(table *Table, name string) bool {
	switch name {
	case "passwd", "key", "api_key", "apikey", "x-api-key":
		return true
	}
	return table.masked[name]
}
