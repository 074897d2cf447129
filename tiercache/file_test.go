package tiercache

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
)

// A file is written only when memory is full, and does not grow beyond what it may.
func TestFileIsBounded(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1 << 20, File: 256 << 10})
	c.setAll(numbers(100)...)
	if size := c.mustSize(t); size != 0 {
		t.Errorf("memory has room for all, and the file has %d bytes", size)
	}
	c.setAll(numbers(20_000)...)
	if size := c.mustSize(t); size == 0 || size > 256<<10 {
		t.Errorf("the file has %d bytes", size)
	}
	inBoth := c.found(t, numbers(20_000)...)
	c.DropFile(nil)
	if inMemory := c.found(t, numbers(20_000)...); inBoth < inMemory+300 || inMemory < 1000 {
		t.Errorf("%d are found, without the file %d", inBoth, inMemory)
	}
}

// What the disk has spoilt is not given to anybody.
func TestSpoiltFile(t *testing.T) {
	all := numbers(2000)
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	c.setAll(all...)
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
	c.setAll(all...)
	if found := c.found(t, all...); found < before*99/100 {
		t.Errorf("set again, %d are found; %d were before", found, before)
	}
}

// Where everything is found, nothing is written, though what is asked for goes to memory and pushes others out of it.
func TestReadsWriteNothing(t *testing.T) {
	all := numbers(1000)
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	c.setAll(all...)
	c.setAll(all...) // now all of them were pushed out of memory once
	before := c.pages(t)
	if found := c.found(t, all...); found != len(all) {
		t.Errorf("%d are found", found)
	}
	if !bytes.Equal(before, c.pages(t)) {
		t.Error("pages have changed")
	}
}

// The file is given back: what memory holds stays, and nothing is written any more.
func TestDropFile(t *testing.T) {
	all := numbers(2000)
	var told lost
	c := mustOpen(t, Options{Memory: 64 << 10, File: 8 << 20, Lost: told.add})
	other := c.mustOpenAgain(t)
	defer other.Close()
	c.setAll(all...)
	var setting sync.WaitGroup
	for range 4 {
		setting.Go(func() { c.setAll(all...) })
	}
	before := mustTake(t, other)
	if !c.DropFile(errors.New("no room")) || c.DropFile(errors.New("again")) {
		t.Error("it is dropped once")
	}
	setting.Wait()
	if after := mustTake(t, other); after > before/10 {
		t.Errorf("%d bytes are left of %d", after, before)
	}
	if _, err := c.file.file.Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("it is open: %v", err)
	}
	if found := c.found(t, all...); found < 50 || found > 200 {
		t.Errorf("16 pages of memory hold %d", found)
	}
	told.want(t, "no room")
}

// mustTake is how much of the disk a file takes.
func mustTake(t *testing.T, file *os.File) int64 {
	t.Helper()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}

// A file that cannot be written is told of once, by whoever notices, and not used any more.
func TestFileThatCannotBeWritten(t *testing.T) {
	for name, notice := range map[string]func(*Cache){
		"by setting": func(c *Cache) { c.setAll(numbers(500)...) },
		"by many":    func(c *Cache) { together(8, func() { c.setAll(numbers(500)...) }) },
		"by asking": func(c *Cache) { // who is found goes to memory, and pushes out who is not in the file
			for i := 0; !c.file.dropped.Load() && i < 1000; i++ {
				c.Get(nil, key(i%100))
			}
		},
	} {
		var told lost
		c := mustOpen(t, Options{Memory: 1, File: 8 << 20, Lost: told.add})
		c.setAll(numbers(100)...)
		c.mustBeReadOnly(t)
		notice(c)
		told.want(t, "bad file descriptor")
		c.setAll(1)
		if c.found(t, 1) != 1 {
			t.Errorf("%s: memory is not used any more either", name)
		}
	}
}

// Who writes a page loses nothing that somebody else writes there.
func TestPageOfMany(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1, File: 1})
	for range 100 {
		var names [8]name
		var all sync.WaitGroup
		for i := range names {
			names[i] = c.name(key(rand.Int()))
			all.Go(func() { c.file.put(c.scratch(), newEntry(names[i], value(i))) })
		}
		all.Wait()
		for i, n := range names {
			if e, found := c.file.get(c.scratch(), n); !found || !bytes.Equal(e.value(), value(i)) {
				t.Fatalf("%d of %d is lost", i, len(names))
			}
		}
	}
}

// A disk that does not answer keeps no more calls waiting than have a turn.
func TestFileIsBusy(t *testing.T) {
	c := mustOpen(t, Options{Memory: 1, File: 8 << 20})
	c.setAll(numbers(100)...)
	for range mostAtFile {
		if !c.file.enter() {
			t.Fatal("it is busy")
		}
	}
	if found := c.found(t, numbers(100)...); found > 20 {
		t.Errorf("nobody has a turn, and %d are found", found)
	}
	c.setAll(numbers(100)...)
	for range mostAtFile {
		c.file.leave()
	}
	if found := c.found(t, numbers(100)...); found < 90 {
		t.Errorf("%d are found", found)
	}
}
