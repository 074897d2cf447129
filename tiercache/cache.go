// Package tiercache keeps values under keys in memory of a fixed size, and what that has no room for in a file that nobody
// else sees. Of the file the system holds in its own memory what is asked for often, and takes that back when somebody
// needs it: a program that keeps a million values this way is no larger than one that keeps few.
package tiercache

import (
	"errors"
	"hash/maphash"
	"math/rand/v2"
	"sync"
)

// Cache keeps values under keys for as long as there is room. It is safe for concurrent use. What it gives for a key was
// once set for it, byte by byte. It may be lost at any time, and where that happens to a newer value an older one may be
// given again: whether it still holds must be told from the value.
type Cache struct {
	memory *memory
	file   *file        // nil where there is none
	seed   maphash.Seed // nobody can choose keys that meet on one page
	pool   sync.Pool    // of *scratch
}

// Options say how large a cache is, in bytes, of which both tiers use whole pages of 4,096, and at least one.
type Options struct {
	Memory int64
	File   int64  // 0 for none
	Folder string // where the file is, which has no name there
}

// scratch is what one call works with.
type scratch struct{ older, newer page }

// Open makes an empty cache. Its memory is outside of Go's heap, and like its file only as large as what is in it needs.
// Both are gone with the process, however that ends.
func Open(o Options) (*Cache, error) {
	c := &Cache{seed: maphash.MakeSeed()}
	c.pool.New = func() any { return &scratch{make(page, pageSize), make(page, pageSize)} }
	var err error
	if c.memory, err = newMemory(o.Memory); err != nil || o.File == 0 {
		return c, err
	}
	if c.file, err = newFile(o.Folder, o.File); err != nil {
		return nil, errors.Join(err, c.memory.close())
	}
	return c, nil
}

// Get appends the value that is kept under a key to dst, and reports whether there is one.
func (c *Cache) Get(dst, key []byte) (_ []byte, found bool) {
	hash := c.hash(key)
	if dst, found = c.memory.get(dst, hash, key); found || c.file == nil {
		return dst, found
	}
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	e, found := c.file.get(s, hash, key)
	if !found {
		return dst, false
	}
	dst = append(dst, e.value()...)
	if rand.IntN(promoted) == 0 {
		_ = c.set(e) // of an error the next who sets hears
	}
	return dst, true
}

// promoted is how many values come from the file for one of them that goes back to memory: those that are asked for often
// get there soon, and the others do not push each other out of it all the time.
const promoted = 8

// Set keeps a value under a key, if there is room for both on a page. An error means that the file could not be written:
// from then on there is none.
func (c *Cache) Set(key, value []byte) error {
	if len(key) == 0 || entryHeader+len(key)+len(value) > pageSize {
		return nil
	}
	return c.set(newEntry(key, value))
}

// set puts an entry into memory, and into the file what it pushed out of there.
func (c *Cache) set(e entry) error {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	out := c.memory.put(s, c.hash(e.key()), e)
	if c.file == nil {
		return nil
	}
	for e, rest, ok := cut(out); ok; e, rest, ok = cut(rest) {
		if err := c.file.put(s, c.hash(e.key()), e); err != nil {
			return errors.Join(err, c.file.drop())
		}
	}
	return nil
}

func (c *Cache) hash(key []byte) uint64 { return maphash.Bytes(c.seed, key) }

// DropFile gives the room of the file back to the disk, for good.
func (c *Cache) DropFile() error {
	if c.file == nil {
		return nil
	}
	return c.file.drop()
}

// Close gives all room back. Nobody may use the cache any more.
func (c *Cache) Close() error {
	err := c.memory.close()
	if c.file != nil {
		err = errors.Join(err, c.file.close())
	}
	return err
}
