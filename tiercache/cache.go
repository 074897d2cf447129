// Package tiercache keeps values under keys in memory of a fixed size, and what that has no room for in a file that nobody
// else sees. Of the file the system holds in its own memory what is asked for often, and takes that back when somebody
// needs it: a program that keeps a million values this way is no larger than one that keeps few.
package tiercache

import (
	"crypto/rand"
	"crypto/sha256"
	mathrand "math/rand/v2"
	"sync"
)

// Cache keeps values under keys for as long as there is room. It is safe for concurrent use. What it gives for a key was
// once set for it, byte by byte. It may be lost at any time, and where that happens to a newer value an older one may be
// given again: whether it still holds must be told from the value.
type Cache struct {
	memory *memory
	file   *file // nil where there is none
	secret [sha256.Size]byte
	pool   sync.Pool // of *scratch
}

// Options say how large a cache is, in bytes, of which both tiers use whole pages of 4,096, and at least one. A page is
// taken when a key first falls on it, and they fall on all alike: a tier has its size long before it is full.
type Options struct {
	Memory int64
	File   int64       // 0 for none
	Folder string      // where the file is, which has no name there
	Lost   func(error) // told once, if the file cannot be used or was dropped; nil for nobody
}

// scratch is what one call works with.
type scratch struct{ older, newer page }

// Open makes an empty cache. Its memory is outside of Go's heap. That and the file are gone with the process, however it
// ends. Without a file it works as well: Options.Lost is told why there is none.
func Open(o Options) (*Cache, error) {
	pages, err := newMemory(o.Memory)
	if err != nil {
		return nil, err
	}
	c := &Cache{memory: pages}
	_, _ = rand.Read(c.secret[:]) // ends the process rather than to fail
	c.pool.New = func() any { return &scratch{make(page, pageSize), make(page, pageSize)} }
	if o.Lost == nil {
		o.Lost = func(error) {}
	}
	if o.File == 0 {
		return c, nil
	}
	if c.file, err = newFile(o); err != nil {
		c.file = nil
		o.Lost(err)
	}
	return c, nil
}

// Get appends the value that is kept under a key to dst, and reports whether there is one.
func (c *Cache) Get(dst, key []byte) (_ []byte, found bool) {
	name := c.name(key)
	if dst, found = c.memory.get(dst, name); found || c.file == nil {
		return dst, found
	}
	s := c.scratch()
	defer c.pool.Put(s)
	e, found := c.file.get(s, name)
	if !found {
		return dst, false
	}
	dst = append(dst, e.value()...)
	if mathrand.IntN(promoted) == 0 {
		c.set(e)
	}
	return dst, true
}

// promoted is how many values come from the file for one of them that goes back to memory: those that are asked for often
// get there soon, and the others do not push each other out of it all the time.
const promoted = 8

// Set keeps a value under a key, if there is room for it on a page.
func (c *Cache) Set(key, value []byte) {
	if entryHeader+len(value) <= pageSize {
		c.set(newEntry(c.name(key), value))
	}
}

// set puts an entry into memory, and into the file what it pushed out of there.
func (c *Cache) set(e entry) {
	s := c.scratch()
	defer c.pool.Put(s)
	out := c.memory.put(s, e)
	if c.file == nil {
		return
	}
	for e, rest, ok := cut(out); ok; e, rest, ok = cut(rest) {
		c.file.put(s, e)
	}
}

// name is what a key is kept by, as it may hold what is for nobody's disk. Nobody can choose keys that share a name, or
// a page.
func (c *Cache) name(key []byte) (n name) {
	var room [512]byte
	sum := sha256.Sum256(append(append(room[:0], c.secret[:]...), key...))
	copy(n[:], sum[:])
	return n
}

// scratch goes back to the pool after use.
func (c *Cache) scratch() *scratch { return c.pool.Get().(*scratch) }

// DropFile gives the room of the file back to the disk, for good, and reports whether that was not done before.
func (c *Cache) DropFile(why error) bool { return c.file != nil && c.file.drop(why) }

// Close gives all room back. Nothing is found and kept any more.
func (c *Cache) Close() error {
	if c.file != nil {
		c.file.drop(nil)
	}
	return c.memory.close()
}
