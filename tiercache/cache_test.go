package tiercache

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// What memory has no room for is in the file, and found there.
func TestBothTiers(t *testing.T) {
	all := numbers(5000)
	folder := t.TempDir()
	memory := mustOpen(t, Options{Memory: 64 << 10})
	both := mustOpen(t, Options{Memory: 64 << 10, File: 8 << 20, Folder: folder})
	for _, c := range []*Cache{memory, both} {
		c.setAll(all...)
	}
	if found := memory.found(t, all...); found < 50 || found > 200 {
		t.Errorf("16 pages of memory hold %d of %d", found, len(all))
	}
	if found := both.found(t, all...); found < len(all)*99/100 {
		t.Errorf("memory and a file that has room for all hold %d of %d", found, len(all))
	}
	if size := both.mustSize(t); size == 0 || size > 8<<20 {
		t.Errorf("the file has %d bytes", size)
	}
	if names, err := os.ReadDir(folder); err != nil || len(names) > 0 {
		t.Errorf("the file has a name: %v, %v", names, err)
	}
}

// What was set last is found, in whatever tier it is by then.
func TestLastValue(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	for pass := range 20 {
		for n := range 200 {
			c.Set(key(n), value(1000*n+pass))
		}
		for n := range 200 {
			if got, found := c.Get(nil, key(n)); !found || !bytes.Equal(got, value(1000*n+pass)) {
				t.Fatalf("pass %d, key %d: %v, %.40q", pass, n, found, got)
			}
		}
	}
}

// What is asked for often comes back to memory.
func TestOftenAskedComesBack(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	c.setAll(numbers(1000)...)
	if err := c.file.file.Truncate(0); err != nil { // what is found now is in memory
		t.Fatal(err)
	}
	if c.found(t, 7) != 0 {
		t.Fatal("it was not pushed out of memory")
	}
	c.setAll(numbers(1000)...)
	for asked := 1; ; asked++ {
		if c.found(t, 7) != 1 {
			t.Fatal("it is in neither tier")
		}
		if _, found := c.memory.get(nil, c.name(key(7))); found {
			break
		}
		if asked > 1000 {
			t.Fatal("it was asked for 1,000 times and is not in memory")
		}
	}
}

// What has no room on a page is not kept, and pushes nothing out.
func TestTooLong(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1, File: 1})
	c.setAll(1)
	for length, kept := range map[int]bool{pageSize - entryHeader: true, pageSize - entryHeader + 1: false, pageSize: false, 70_000: false} {
		long := fmt.Appendf(nil, "%d", length)
		c.Set(long, make([]byte, length))
		if got, found := c.Get(nil, long); found != kept || len(got) > 0 && len(got) != length {
			t.Errorf("a value of %d bytes: %v, %d", length, found, len(got))
		}
	}
	if c.found(t, 1) != 1 {
		t.Error("what was there before is lost")
	}
}

// Once it is closed nothing is found, and nobody who is late ends the process.
func TestClose(t *testing.T) {
	c := mustOpen(t, Options{Memory: 64 << 10, File: 8 << 20})
	c.setAll(numbers(500)...)
	var late sync.WaitGroup
	for range 4 {
		late.Go(func() {
			for range 20 {
				c.setAll(numbers(500)...)
				c.found(t, numbers(500)...)
			}
		})
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	late.Wait()
	c.setAll(1)
	if c.found(t, numbers(500)...) != 0 {
		t.Error("something is found")
	}
}

// What is kept is not kept with its key.
func TestKeysAreNotKept(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	for n := range 100 {
		c.Set(fmt.Appendf(nil, "secret %d", n), value(n))
	}
	kept := append(slices.Clone(c.memory.pages), c.pages(t)...)
	if !bytes.Contains(kept, value(99)[:40]) || bytes.Contains(kept, []byte("secret")) {
		t.Error("a key is kept, or nothing at all")
	}
}

// Where a key is kept cannot be known from outside.
func TestNamesAreSecret(t *testing.T) {
	a, b := mustOpen(t, Options{Memory: 1}), mustOpen(t, Options{Memory: 1})
	name := a.name(key(1))
	if name != a.name(key(1)) || name == a.name(key(2)) || name == b.name(key(1)) {
		t.Error("a name is not that of a key and a cache")
	}
}

// Everybody who finds something finds what belongs there.
func TestConcurrent(t *testing.T) {
	c := mustOpen(t, Options{Memory: 16 << 10, File: 1 << 20})
	var all sync.WaitGroup
	var found atomic.Int64
	for range 4 {
		all.Go(func() {
			for range 5000 {
				n := rand.IntN(500)
				if rand.IntN(3) == 0 {
					c.setAll(n)
				}
				found.Add(int64(c.found(t, n)))
			}
		})
	}
	all.Wait()
	if found.Load() < 5000 {
		t.Errorf("%d of 20000 were found", found.Load())
	}
}

// Without a file there is memory. Without memory there is nothing.
func TestOpen(t *testing.T) {
	var told lost
	c := mustOpen(t, Options{Memory: 1, File: 1, Folder: t.TempDir() + "/none", Lost: told.add})
	told.want(t, "no such file")
	if c.setAll(1); c.found(t, 1) != 1 || c.DropFile(nil) {
		t.Error("memory is not used, or there is a file")
	}
	if c, err := Open(Options{Memory: 1 << 60}); err == nil || c != nil {
		t.Errorf("%v, %v", c, err)
	}
}

// The buffer of a key may be that of the answer too, as callers have it.
func TestAnswerBehindTheKey(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	c.setAll(numbers(50)...)
	for _, room := range []int{0, 10, 4096} {
		for n := range 50 {
			buf := append(make([]byte, 0, len(key(n))+room), key(n)...)
			if got, found := c.Get(buf, buf); !found || string(got) != string(key(n))+string(value(n)) {
				t.Errorf("key %d: %v, %.60q", n, found, got)
			}
		}
	}
}
