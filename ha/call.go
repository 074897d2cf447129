package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"panelgate/client"
)

// fate is what is known of a call.
type fate int

const (
	done    fate = iota
	refused      // nothing was changed: the server says so
	unknown      // it may have been done, at any time since
)

// call is one that was made, as its caller saw it. Times are since the load began.
type call struct {
	worker       int
	account      string
	write        bool
	value        string // that was written, or that was read
	began, ended time.Duration
	fate         fate
	kind         string // of error, "" without
}

// judge says what an error of the client means for the call.
func judge(err error) (fate, string) {
	var answered *client.Error
	var transport *url.Error
	switch {
	case err == nil:
		return done, ""
	case errors.As(err, &answered) && answered.Status == http.StatusServiceUnavailable && strings.Contains(answered.Message, "Nothing was changed"):
		return refused, "503 busy, nothing was changed"
	case errors.As(err, &answered) && strings.Contains(answered.Message, "Look before you send it again"):
		return unknown, fmt.Sprintf("%d busy, not known whether it was stored", answered.Status)
	case errors.As(err, &answered):
		return unknown, fmt.Sprintf("%d %s", answered.Status, answered.Code)
	case errors.As(err, &transport) && transport.Timeout():
		return unknown, "no answer in time"
	case errors.As(err, &transport):
		return unknown, "connection cut"
	}
	return unknown, err.Error()
}

// journal collects calls. It is safe for concurrent use.
type journal struct {
	mu    sync.Mutex
	calls []call
}

func (j *journal) add(c call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls = append(j.calls, c)
}

// all is what was collected so far.
func (j *journal) all() []call {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.calls[:len(j.calls):len(j.calls)]
}
