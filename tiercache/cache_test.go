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

// value is what the tests keep under a key: long enough that a page holds about ten.
func value(n int) []byte { return bytes.Repeat(fmt.Appendf(nil, "value %7d;", n), 25) }

func key(n int) []byte { return fmt.Appendf(nil, "key %d", n) }

func (c *Cache) mustSet(t *testing.T, keys ...int) {
	t.Helper()
	for _, n := range keys {
		if err := c.Set(key(n), value(n)); err != nil {
			t.Fatal(err)
		}
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

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// What memory has no room for is in the file, and found there.
func TestBothTiers(t *testing.T) {
	all := numbers(5000)
	folder := t.TempDir()
	memory := mustOpen(t, Options{Memory: 64 << 10})
	both := mustOpen(t, Options{Memory: 64 << 10, File: 8 << 20, Folder: folder})
	for _, c := range []*Cache{memory, both} {
		c.mustSet(t, all...)
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

// A file is written only when memory is full, and does not grow beyond what it may.
func TestFileIsBounded(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1 << 20, File: 256 << 10})
	c.mustSet(t, numbers(100)...)
	if size := c.mustSize(t); size != 0 {
		t.Errorf("memory has room for all, and the file has %d bytes", size)
	}
	c.mustSet(t, numbers(20_000)...)
	if size := c.mustSize(t); size == 0 || size > 256<<10 {
		t.Errorf("the file has %d bytes", size)
	}
	if found := c.found(t, numbers(20_000)...); found < 2000 {
		t.Errorf("%d are found", found)
	}
}

// What was set last is found, in whatever tier it is by then.
func TestLastValue(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	for pass := range 20 {
		for n := range 200 {
			if err := c.Set(key(n), value(1000*n+pass)); err != nil {
				t.Fatal(err)
			}
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
	c.mustSet(t, numbers(1000)...)
	if err := c.file.file.Truncate(0); err != nil { // what is found now is in memory
		t.Fatal(err)
	}
	if c.found(t, 7) != 0 {
		t.Fatal("it was not pushed out of memory")
	}
	c.mustSet(t, numbers(1000)...)
	for asked := 1; ; asked++ {
		if c.found(t, 7) != 1 {
			t.Fatal("it is in neither tier")
		}
		if _, found := c.memory.get(nil, c.hash(key(7)), key(7)); found {
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
	c.mustSet(t, 1)
	for _, length := range []int{pageSize - entryHeader - 3, pageSize - entryHeader - 2, pageSize, 70_000} {
		if err := c.Set([]byte("long"), make([]byte, length)); err != nil {
			t.Fatal(err)
		}
		if _, found := c.Get(nil, []byte("long")); found {
			t.Errorf("a value of %d bytes is kept", length)
		}
	}
	if err := c.Set([]byte("longest"), make([]byte, pageSize-entryHeader-7)); err != nil {
		t.Fatal(err)
	}
	if _, found := c.Get(nil, []byte("longest")); !found || c.found(t, 1) != 1 {
		t.Errorf("found: %v, and what was there before: %d", found, c.found(t, 1))
	}
	if err := c.Set(nil, []byte("of no key")); err != nil {
		t.Fatal(err)
	}
}

// What the disk has spoilt is not given to anybody.
func TestSpoiltFile(t *testing.T) {
	all := numbers(2000)
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	c.mustSet(t, all...)
	before := c.found(t, all...)
	size := c.mustSize(t)
	for range 2000 {
		if _, err := c.file.file.WriteAt([]byte{byte(rand.Uint32())}, rand.Int64N(size)); err != nil {
			t.Fatal(err)
		}
	}
	if found := c.found(t, all...); found >= before || found < before/10 {
		t.Errorf("%d of %d are found", found, before)
	}
	c.mustSet(t, all...)
	if found := c.found(t, all...); found < before*99/100 {
		t.Errorf("set again, %d are found; %d were before", found, before)
	}
}

// The file is given back: what memory holds stays, and nothing is written any more.
func TestDropFile(t *testing.T) {
	all := numbers(2000)
	c := mustOpen(t, Options{Memory: 64 << 10, File: 8 << 20})
	var setting sync.WaitGroup
	for range 4 {
		setting.Go(func() { c.mustSet(t, all...) })
	}
	if err := c.DropFile(); err != nil {
		t.Error(err)
	}
	setting.Wait()
	if size := c.mustSize(t); size != 0 {
		t.Errorf("%d bytes are left", size)
	}
	if found := c.found(t, all...); found < 50 || found > 200 {
		t.Errorf("16 pages of memory hold %d", found)
	}
	if err := c.DropFile(); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

// A file that cannot be written is told of once, and not used any more.
func TestFileThatCannotBeWritten(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	c.mustSet(t, numbers(100)...)
	writable := c.file.file
	readOnly, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	c.file.file = readOnly
	var told int
	for n := range 100 {
		if c.Set(key(n), value(n)) != nil {
			told++
		}
	}
	c.file.file = writable
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if found := c.found(t, numbers(100)...); found == 0 {
		t.Error("memory is not used any more either")
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
					c.mustSet(t, n)
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

func TestOpenWithoutFolder(t *testing.T) {
	if c, err := Open(Options{Memory: 1, File: 1, Folder: t.TempDir() + "/none"}); err == nil {
		t.Errorf("a cache in a folder that is not there: %v", c)
	}
}

// Whatever a disk gives as a page, entries are cut out of it, and a new one fits on top.
func FuzzPage(f *testing.F) {
	full := make(page, pageSize)
	full.fill(newEntry([]byte("k"), []byte("value")), page(newEntry([]byte("other"), []byte("older"))))
	f.Add([]byte(full), []byte("k"), []byte("v"))
	f.Add([]byte{1, 0, 255, 255, 0, 0, 0, 0, 'k'}, []byte("k"), []byte{})
	f.Add(slices.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0, 'k'}, 455), []byte("key"), value(1))
	f.Fuzz(func(t *testing.T, raw, key, value []byte) {
		if len(key) == 0 || entryHeader+len(key)+len(value) > pageSize {
			t.Skip("not for a page")
		}
		older, newer := make(page, pageSize), make(page, pageSize)
		copy(older, raw)
		out := newer.fill(newEntry(key, value), older)
		if e, found := newer.find(key); !found || !e.whole() || !bytes.Equal(e.value(), value) {
			t.Errorf("%q is not found", key)
		}
		if len(out) > pageSize || len(newer) != pageSize {
			t.Errorf("pages of %d and %d", len(out), len(newer))
		}
	})
}
