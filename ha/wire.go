package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"time"
)

// patience is how long a client waits for an answer.
const patience = 20 * time.Second

// inspector looks at the answers that clients get. What it finds wrong with one it keeps. It is safe for concurrent use.
type inspector struct {
	next http.RoundTripper

	mu       sync.Mutex
	busy     int            // answers 503, all of them as they should be but those in wrong
	replayed int            // answers that were given once before
	wrong    map[string]int // what was wrong → how often
}

// newCaller is a client with connections of its own, that stay open, and the inspector of its answers.
func newInspector() *inspector {
	return &inspector{next: &http.Transport{MaxIdleConnsPerHost: 1000}, wrong: map[string]int{}}
}

func (i *inspector) client() *http.Client { return &http.Client{Transport: i, Timeout: patience} }

// RoundTrip makes the call. One that Go's client sends again by itself, its connection lost, is told too: nothing may be
// hidden here.
func (i *inspector) RoundTrip(r *http.Request) (*http.Response, error) {
	connections := 0
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connections++ }}))
	response, err := i.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	i.mu.Lock()
	defer i.mu.Unlock()
	if connections > 1 {
		i.wrong["a connection was closed under a call, which was sent again"]++
	}
	if response.Header.Get("X-Replayed") == "true" {
		i.replayed++
	}
	if response.StatusCode != http.StatusOK {
		i.busy++
		if what := faultOf(r.URL.Path, response, body); what != "" {
			i.wrong[what]++
		}
	}
	return response, nil
}

// faultOf says what is wrong with an answer during an outage, "" when nothing is: it must be a 503 that says when to come
// again, in the dialect's envelope.
func faultOf(path string, response *http.Response, body []byte) string {
	if response.StatusCode != http.StatusServiceUnavailable {
		return fmt.Sprintf("%s of %s", response.Status, path)
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err != nil || seconds < 1 {
		return "a 503 without Retry-After"
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return "a 503 of the type " + kind
	}
	if !inEnvelope(path, body) {
		return "a 503 that is not in its dialect's envelope: " + string(body)
	}
	return ""
}

func inEnvelope(path string, body []byte) bool {
	if strings.HasSuffix(path, "/api.php") {
		var envelope struct {
			Result, Msg, Code string
			Message           []string
			RequestID         *string `json:"request_id"`
		}
		err := json.Unmarshal(body, &envelope)
		return err == nil && envelope.Result == "error" && envelope.Msg != "" && envelope.Code != "" && len(envelope.Message) > 0 && envelope.RequestID != nil
	}
	var envelope struct {
		Result           *bool
		Status           int
		ErrCode, Message string
		RequestID        *string `json:"request_id"`
	}
	err := json.Unmarshal(body, &envelope)
	return err == nil && envelope.Result != nil && !*envelope.Result && envelope.Status == http.StatusServiceUnavailable &&
		envelope.ErrCode != "" && envelope.Message != "" && envelope.RequestID != nil
}
