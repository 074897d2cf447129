package tiercache

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// file is the second tier.
type file struct {
	file    *os.File
	pages   uint64
	locks   [locks]sync.RWMutex
	dropped atomic.Bool // nothing is written any more, so that it stays empty
}

func newFile(folder string, bytes int64) (*file, error) {
	f, err := os.CreateTemp(folder, ".cache-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{file: f, pages: pagesIn(bytes)}, nil
}

// place gives the number of the page of a hash, and its lock.
func (f *file) place(hash uint64) (number int64, _ *sync.RWMutex) {
	number = int64(hash % f.pages)
	return number, &f.locks[number%locks]
}

// get gives the entry of a key, which is in the scratch then. What the disk has spoilt is not there.
func (f *file) get(s *scratch, hash uint64, key []byte) (entry, bool) {
	number, lock := f.place(hash)
	lock.RLock()
	err := f.read(s.older, number)
	lock.RUnlock()
	if err != nil {
		return nil, false
	}
	e, found := s.older.find(key)
	return e, found && e.whole()
}

// put writes the page that an entry belongs on. What it pushes off is lost.
func (f *file) put(s *scratch, hash uint64, e entry) error {
	number, lock := f.place(hash)
	lock.Lock()
	defer lock.Unlock()
	if f.dropped.Load() || f.read(s.older, number) != nil {
		return nil
	}
	s.newer.fill(e, s.older)
	_, err := f.file.WriteAt(s.newer, number*pageSize)
	return err
}

// read reads a page, whose lock is held. One that the file does not reach to is empty.
func (f *file) read(p page, number int64) error {
	n, err := f.file.ReadAt(p, number*pageSize)
	clear(p[n:])
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// drop empties the file for good.
func (f *file) drop() error {
	if f.dropped.Swap(true) {
		return nil
	}
	for i := range f.locks { // who is writing a page ends before the file is cut
		f.locks[i].Lock()
		defer f.locks[i].Unlock()
	}
	return f.file.Truncate(0)
}

func (f *file) close() error { return errors.Join(f.drop(), f.file.Close()) }
