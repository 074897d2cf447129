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
	patience  = 5 * time.Second
	maxAnswer = 64 << 10
)

// Question tells a website to the service.
type Question struct {
	User   string            `json:"user"`
	Label  string            `json:"label"`
	Server string            `json:"server"`
	Vhosts map[string]string `json:"vhosts"` // scheme://host → docroot
}

// Client asks one service. It is safe for concurrent use.
type Client struct {
	url    string
	secret []byte
	http   *http.Client
}

// New makes a client that posts to url and signs with secret.
func New(url string, secret []byte) *Client {
	return &Client{url: url, secret: secret, http: &http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Path asks for the path of a website: a JSON object in a POST, answered by {"path":"…"}. The
// headers X-Panelgate-Timestamp (seconds since 1970) and X-Panelgate-Signature (hex HMAC-SHA256
// of timestamp, a dot and the body) prove who asks. Errors hold nothing of the answer.
func (c *Client) Path(ctx context.Context, q Question) (string, error) {
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
