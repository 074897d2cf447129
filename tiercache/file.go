package tiercache

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// file is the second tier.
type file struct {
	file    *os.File
	count   uint64
	locks   [locks]sync.RWMutex // no system promises that a page which is written meanwhile is read whole
	turns   chan struct{}       // one for each call that is at the file
	dropped atomic.Bool
	lost    func(error)
}

// mostAtFile is how many calls are at the file at a time: each takes a thread, and where a disk hangs they stay there. For
// others nothing is found.
const mostAtFile = 64

func newFile(o Options) (*file, error) {
	f, err := os.CreateTemp(o.Folder, ".cache-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{file: f, count: pagesIn(o.File), turns: make(chan struct{}, mostAtFile), lost: o.Lost}, nil
}

// enter reports whether there is a turn, to be given back by leave.
func (f *file) enter() bool {
	if f.dropped.Load() {
		return false
	}
	select {
	case f.turns <- struct{}{}:
		return true
	default:
		return false
	}
}

func (f *file) leave() { <-f.turns }

// get gives the entry of a name, which is in the scratch then. What the disk has spoilt is not there.
func (f *file) get(s *scratch, n name) (entry, bool) {
	if !f.enter() {
		return nil, false
	}
	defer f.leave()
	number := n.place(f.count)
	lock := &f.locks[number%locks]
	lock.RLock()
	err := f.read(s.older, number)
	lock.RUnlock()
	if err != nil {
		return nil, false
	}
	e, found := s.older.find(n)
	return e, found && e.whole()
}

// put writes the page that an entry belongs on, unless it is there. What it pushes off is lost.
func (f *file) put(s *scratch, e entry) {
	if !f.enter() {
		return
	}
	defer f.leave()
	number := e.name().place(f.count)
	if err := f.write(s, number, e); err != nil {
		f.drop(err)
	}
}

func (f *file) write(s *scratch, number int64, e entry) error {
	lock := &f.locks[number%locks]
	lock.Lock()
	defer lock.Unlock()
	if f.read(s.older, number) != nil {
		return nil
	}
	if was, found := s.older.find(e.name()); found && bytes.Equal(was, e) {
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

// drop gives the room of the file back for good, and tells why; nil is nobody's concern. It reports whether it was not done
// before. What late calls still write is gone when they end, as nothing has a file open then that has no name.
func (f *file) drop(why error) bool {
	if f.dropped.Swap(true) {
		return false
	}
	err := errors.Join(f.file.Truncate(0), f.file.Close())
	if why != nil {
		f.lost(errors.Join(why, err))
	}
	return true
}
