package auth

import (
	"bytes"
	"errors"
	"io"
	"net/rpc"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// told is what a handover told, and when.
type told struct {
	since time.Time
	err   error

	mu     sync.Mutex
	at     []time.Duration
	bytes  bytes.Buffer
	closed bool
}

func (o *told) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = append(o.at, time.Since(o.since))
	o.bytes.Write(b)
	return len(b), o.err
}

func (o *told) Close() error { o.closed = true; return nil }

func (o *told) want(t *testing.T, text string, at ...time.Duration) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bytes.String() != text || !slices.Equal(o.at, at) {
		t.Errorf("told %q at %v, want %q at %v", o.bytes.String(), o.at, text, at)
	}
}

// newHandover makes one that has more to tell soon while more says so.
func newHandover(t *testing.T, more bool) (*handover, *told) {
	out := &told{since: time.Now()}
	return &handover{out: out, soon: func(within time.Duration) bool {
		if within != keptLongest {
			t.Errorf("soon is within %v, want %v", within, keptLongest)
		}
		return more
	}}, out
}

func TestHandoverTellsAtOnceWhatIsAllThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, out := newHandover(t, false)
		for _, result := range []string{"a", "b"} {
			if n, err := h.Write([]byte(result)); n != 1 || err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
		}
		out.want(t, "ab", 0, 0)
	})
}

// With others to come, results are told together once there are as many as may be kept. Those that come later are kept anew.
func TestHandoverTellsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, out := newHandover(t, true)
		for _, result := range []byte("abcdefghij") {
			if n, err := h.Write([]byte{result}); n != 1 || err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		out.want(t, "abcdefgh", 70*time.Millisecond)
		time.Sleep(time.Second)
		out.want(t, "abcdefghij", 70*time.Millisecond, 80*time.Millisecond+keptLongest)
	})
}

// None is kept longer than it may be, whatever comes meanwhile.
func TestHandoverTellsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, out := newHandover(t, true)
		for _, result := range []string{"a", "b", "c"} {
			_, _ = h.Write([]byte(result)) // nothing is told yet, so nothing fails
			time.Sleep(keptLongest * 3 / 4)
		}
		out.want(t, "ab", keptLongest)
		time.Sleep(keptLongest)
		out.want(t, "abc", keptLongest, keptLongest*3/2+keptLongest)
	})
}

func TestClosedHandoverHasToldAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, out := newHandover(t, true)
		_, _ = h.Write([]byte("a"))
		for range 2 {
			if err := h.Close(); err != nil || !out.closed {
				t.Errorf("closed is %v, %v", out.closed, err)
			}
		}
		time.Sleep(time.Second)
		out.want(t, "a", 0)
	})
}

func TestHandoverTellsWhatFails(t *testing.T) {
	h, out := newHandover(t, false)
	out.err = io.ErrClosedPipe
	if _, err := h.Write([]byte("a")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}

// As many hashes as are made within the time are told together, and the last ones as they are made.
func TestHashesAreToldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var given atomic.Int64
		given.Store(90)
		service := bcryptService{newPacerOf(t, 2, &given)} // 100 ms each
		in, requests := io.Pipe()
		answers, out := io.Pipe()
		server, client := rpc.NewServer(), rpc.NewClient(pipe{answers, requests})
		if err := server.RegisterName(serviceName, service); err != nil {
			t.Fatal(err)
		}
		go server.ServeConn(pipe{in, &handover{out: out, soon: service.soon}})
		began, calls := time.Now(), make(chan *rpc.Call, 9)
		for range cap(calls) {
			client.Go(serviceName+".Do", HashWork{Password: []byte(somePassword), Cost: bcrypt.MinCost}, &HashResult{}, calls)
		}
		var at []time.Duration
		for range cap(calls) {
			if call := <-calls; call.Error != nil {
				t.Error(call.Error)
			}
			at = append(at, time.Since(began)/time.Millisecond)
		}
		if want := []time.Duration{350, 350, 350, 350, 350, 350, 400, 400, 500}; !slices.Equal(at, want) {
			t.Errorf("told at %d ms, want %d", at, want)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
}
