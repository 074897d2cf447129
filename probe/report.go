package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// failure is an error of this package's own, fit to be shown.
type failure string

// Error is the phrase that the finding will say.
func (f failure) Error() string { return string(f) }

const (
	errEach  = failure("the time for one check is over")
	errWhole = failure("the time for all checks is over")

	atLogin = "the login" // a stage
)

// report collects the findings of one check. The check may outlive its time, so the report is
// ended by whoever waits for it, and ignores what comes later.
type report struct {
	where       Finding // the field and code of findings about the host
	each, whole time.Duration

	mu    sync.Mutex
	stage string // what the check is waiting for, to say so when its time is over
	found []Finding
	ended bool
}

func (r *report) add(f Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.found = append(r.found, f)
	}
}

func (r *report) ok(field, message string) {
	r.add(Finding{Field: field, Message: message, OK: true})
}

func (r *report) fail(field string, code Code, message string) {
	r.add(Finding{Field: field, Code: code, Message: message})
}

// host reports a failure to reach, or to talk with, the host.
func (r *report) host(message string) { r.fail(r.where.Field, r.where.Code, message) }

func (r *report) during(stage string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stage = stage
}

func (r *report) current() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stage
}

func (r *report) end() []Finding {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	return r.found
}

// timedOut reports that ctx is over and ends the report: the check and the one who waits for it
// both notice, and one finding is enough.
func (r *report) timedOut(ctx context.Context) {
	message := "not finished: the request was given up"
	switch context.Cause(ctx) {
	case errEach:
		message = fmt.Sprintf("no answer within %v, during %s", r.each, r.current())
		if r.current() == atLogin { // pure-ftpd takes up to ten seconds
			message += "; some servers are that late when a password is wrong"
		}
	case errWhole:
		message = fmt.Sprintf("not finished within the %v for all checks, during %s", r.whole, r.current())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.found = append(r.found, Finding{Field: r.where.Field, Code: r.where.Code, Message: message})
	}
	r.ended = true
}

// unchecked reports that ctx was over before it was this check's turn.
func (r *report) unchecked(ctx context.Context) {
	if context.Cause(ctx) == errWhole {
		r.host(fmt.Sprintf("not checked: the %v for all checks were over before its turn", r.whole))
		return
	}
	r.host("not checked: the request was given up")
}

// recover turns a panic into a finding. The clients of ftp and MySQL take some answers apart
// without looking at their length, and a hostile server must not end this process.
func (r *report) recover() {
	if recover() != nil {
		r.host("the host sent an answer that makes no sense, during " + r.current())
	}
}

// network reports a connection that failed, in the words of otherwise when nothing better is known.
func (r *report) network(ctx context.Context, err error, otherwise string) {
	if ctx.Err() != nil {
		r.timedOut(ctx)
		return
	}
	r.host(r.phrase(err, otherwise))
}

func (r *report) phrase(err error, otherwise string) string {
	var own failure
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &own):
		return own.Error()
	case errors.As(err, &dns):
		return dnsPhrase(dns)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the host refused the connection, during " + r.current()
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route to the host"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer from the host, during " + r.current()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the host closed the connection, during " + r.current()
	}
	return otherwise
}

func dnsPhrase(err *net.DNSError) string {
	if err.IsNotFound {
		return "the name of the host is not known"
	}
	return "the name of the host cannot be resolved now"
}
