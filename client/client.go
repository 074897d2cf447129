// Package client calls a panelgate server, or a panel that speaks one of its dialects, from Go.
//
// [Client.Call] and the methods for single actions use api.php; [Client.CreateUser] uses the REST
// dialect. Arguments are structs that github.com/google/go-querystring encodes. An error that the
// server answered with is an [*Error].
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-querystring/query"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 64 << 20

// Client calls one server with one token. It is safe for concurrent use.
type Client struct {
	base   string
	token  string
	folder string
	http   *http.Client

	idempotencyKey string
	explain        bool
}

// Option changes a client that [New] or [Client.With] makes.
type Option func(*Client)

// WithHTTPClient makes calls through a copy of h, for instance one that trusts a self-signed
// certificate. Like the default client it follows no redirects.
func WithHTTPClient(h *http.Client) Option {
	own := *h
	own.CheckRedirect = refuseRedirect
	return func(c *Client) { c.http = &own }
}

func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// WithFolder names the branding folder of api.php, "spanel" by default.
func WithFolder(folder string) Option { return func(c *Client) { c.folder = folder } }

// WithIdempotencyKey sends a key of the caller's own, 8 to 191 printable ASCII characters, with each call, so that a write
// that is sent again, its answer lost, is done once. It is for one call, and the same call sent again:
// api.With(client.WithIdempotencyKey(key)).AddSubuser(…).
func WithIdempotencyKey(key string) Option { return func(c *Client) { c.idempotencyKey = key } }

// WithExplain asks, of calls that are refused, which rule refused them: see [Error].
func WithExplain() Option { return func(c *Client) { c.explain = true } }

// New makes a client of the server at base, such as "https://panel.example.com", that never
// follows redirects: they would carry the token elsewhere.
func New(base, token string, options ...Option) *Client {
	c := &Client{base: strings.TrimRight(base, "/"), token: token, folder: "spanel",
		http: &http.Client{Timeout: time.Minute, CheckRedirect: refuseRedirect}}
	for _, option := range options {
		option(c)
	}
	return c
}

// With gives a client like c with some options changed, for one call or for many. c stays as it is.
func (c *Client) With(options ...Option) *Client {
	other := *c
	for _, option := range options {
		option(&other)
	}
	return &other
}

// Call sends an action with its fields to api.php and gives the answer as it came. args is a
// struct with url tags, url.Values, or nil. An answer whose result is error is an [*Error], and
// is given all the same.
func (c *Client) Call(ctx context.Context, action string, args any) (json.RawMessage, error) {
	form, err := encode(args)
	if err != nil {
		return nil, fmt.Errorf("encode the arguments of %s: %w", action, err)
	}
	form.Set("action", action)
	form.Set("token", c.token)
	if c.explain {
		form.Set("explain", "1")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/"+c.folder+"/api.php", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body, err := c.send(req)
	if err != nil {
		return nil, err
	}
	return body, apiError(status, body)
}

func encode(args any) (url.Values, error) {
	switch args := args.(type) {
	case nil:
		return url.Values{}, nil
	case url.Values:
		form := make(url.Values, len(args)+2)
		for name, values := range args {
			form[name] = values
		}
		return form, nil
	}
	return query.Values(args)
}

// data calls an action and reads the data of its answer into one of type T.
func data[T any](ctx context.Context, c *Client, action string, args any) (T, error) {
	var answer struct {
		Data T `json:"data"`
	}
	body, err := c.Call(ctx, action, args)
	if err != nil {
		return answer.Data, err
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return answer.Data, fmt.Errorf("read the answer of %s: %w", action, err)
	}
	return answer.Data, nil
}

func (c *Client) send(req *http.Request) (status int, body []byte, err error) {
	req.Header.Set("Accept", "application/json")
	if c.idempotencyKey != "" {
		req.Header.Set("Idempotency-Key", c.idempotencyKey)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is too large")
	}
	return res.StatusCode, body, err
}
