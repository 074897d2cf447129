package tiercache

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func mustOpen(t *testing.T, o Options) *Cache {
	t.Helper()
	if o.Folder == "" {
		o.Folder = t.TempDir()
	}
	c, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// value is what the tests keep under a key: of any length, such that a page holds about ten.
func value(n int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "value %7d;", n), 25+n%7)[:250+37*n%100]
}

func key(n int) []byte { return fmt.Appendf(nil, "key %d", n) }

func (c *Cache) setAll(keys ...int) {
	for _, n := range keys {
		c.Set(key(n), value(n))
	}
}

// found counts the keys that have their value. Any other value is an error.
func (c *Cache) found(t *testing.T, keys ...int) (found int) {
	t.Helper()
	for _, n := range keys {
		got, ok := c.Get([]byte("before "), key(n))
		switch want := value(n); {
		case ok && string(got) == "before "+string(want):
			found++
		case ok || string(got) != "before ":
			t.Errorf("key %d: %v, %.60q, want %.60q", n, ok, got, want)
		}
	}
	return found
}

func (c *Cache) mustSize(t *testing.T) int64 {
	t.Helper()
	info, err := c.file.file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// pages is what is in the file.
func (c *Cache) pages(t *testing.T) []byte {
	t.Helper()
	all := make([]byte, c.mustSize(t))
	if _, err := c.file.file.ReadAt(all, 0); err != nil {
		t.Fatal(err)
	}
	return all
}

// mustOpenAgain opens the file, which has no name, to be read.
func (c *Cache) mustOpenAgain(t *testing.T) *os.File {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("not run: a file without a name is opened again through Linux's /proc")
	}
	again, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", c.file.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// mustBeReadOnly makes all that is written to the file from now on fail.
func (c *Cache) mustBeReadOnly(t *testing.T) {
	t.Helper()
	was := c.file.file
	c.file.file = c.mustOpenAgain(t)
	if err := was.Close(); err != nil {
		t.Fatal(err)
	}
}

// lost collects what the file was lost for.
type lost struct {
	mu  sync.Mutex
	all []error
}

func (l *lost) add(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, err)
}

func (l *lost) want(t *testing.T, text string) {
	t.Helper()
	if len(l.all) != 1 || !strings.Contains(l.all[0].Error(), text) {
		t.Errorf("told %v, want %q once", l.all, text)
	}
}

func together(n int, do func()) {
	var all sync.WaitGroup
	for range n {
		all.Go(do)
	}
	all.Wait()
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
