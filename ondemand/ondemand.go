// Package ondemand asks the operator's own service where a website's files are, for websites that
// are stored without path, so that their credentials need not be stored either.
//
// Source: https://installatron.com/api/is/pathondemand, which has a PHP method in this place.
package ondemand

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	patience  = 5 * time.Second // with one question
	inFlight  = 8               // questions at a time
	maxAnswer = 64 << 10
)

// errPatience ends a question that has had its time.
var errPatience = errors.New("the time for one question is over")

// Question tells a website to the service.
type Question struct {
	User   string            `json:"user"`
	Label  string            `json:"label"`
	Server string            `json:"server"`
	Vhosts map[string]string `json:"vhosts"` // scheme://host → docroot
}

// Client asks one service, eight questions at a time and no more: the others wait for their turn. It
// is safe for concurrent use.
type Client struct {
	url      string
	secret   []byte
	http     *http.Client
	patience time.Duration
	slots    chan struct{} // one for each question under way
}

// New makes a client that posts to url and signs with secret.
func New(url string, secret []byte) *Client {
	return &Client{url: url, secret: secret, patience: patience, slots: make(chan struct{}, inFlight), http: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Path asks for the path of a website: a JSON object in a POST, answered by {"path":"…"}. The
// headers X-Panelgate-Timestamp (seconds since 1970) and X-Panelgate-Signature (hex HMAC-SHA256
// of timestamp, a dot and the body) prove who asks. The service has five seconds from the moment it
// is asked, and no longer than ctx. Errors hold nothing of the answer, and tell a service that is
// late from one that is not there.
func (c *Client) Path(ctx context.Context, q Question) (string, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return "", fmt.Errorf("the path service was not asked: %s before its turn", c.over(ctx))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.patience, errPatience)
	defer cancel()
	path, err := c.ask(ctx, q)
	if err != nil && ctx.Err() != nil { // what went wrong did so because of that
		return "", fmt.Errorf("the path service has not answered: %s", c.over(ctx))
	}
	return path, err
}

// over says in what way ctx is.
func (c *Client) over(ctx context.Context) string {
	switch {
	case context.Cause(ctx) == errPatience:
		return fmt.Sprintf("its %v were over", c.patience)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "the time for the whole call was over"
	}
	return "the request was given up"
}

func (c *Client) ask(ctx context.Context, q Question) (string, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Panelgate-Timestamp", timestamp)
	req.Header.Set("X-Panelgate-Signature", Sign(c.secret, timestamp, body))
	res, err := c.http.Do(req)
	if err != nil {
		return "", errors.New("the path service cannot be reached")
	}
	defer res.Body.Close()
	return readPath(res)
}

// Sign gives the signature that a service should compare with, in constant time.
func Sign(secret []byte, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func readPath(res *http.Response) (string, error) {
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the path service answered %d", res.StatusCode)
	}
	var answer struct {
		Path string `json:"path"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&answer); err != nil || answer.Path == "" {
		return "", errors.New(`the path service did not answer {"path":"…"}`)
	}
	return answer.Path, nil
}
