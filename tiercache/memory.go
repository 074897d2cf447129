package tiercache

import (
	"sync"
	"syscall"
)

// locks is how many pages of a tier can be written at once. Two pages that share a lock wait for each other.
const locks = 256

// memory is the first tier.
type memory struct {
	pages []byte // outside of Go's heap, which would be let grow by as much again
	locks [locks]sync.RWMutex
}

func newMemory(bytes int64) (*memory, error) {
	pages, err := syscall.Mmap(-1, 0, int(pagesIn(bytes))*pageSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	return &memory{pages: pages}, err
}

// pagesIn is how many pages a tier of so many bytes has.
func pagesIn(bytes int64) uint64 { return max(uint64(bytes)/pageSize, 1) }

// place gives the page of a hash, and its lock.
func (m *memory) place(hash uint64) (page, *sync.RWMutex) {
	number := hash % uint64(len(m.pages)/pageSize)
	return m.pages[number*pageSize:][:pageSize], &m.locks[number%locks]
}

// get appends the value of a key to dst.
func (m *memory) get(dst []byte, hash uint64, key []byte) (_ []byte, found bool) {
	p, lock := m.place(hash)
	lock.RLock()
	defer lock.RUnlock()
	e, found := p.find(key)
	if found {
		dst = append(dst, e.value()...)
	}
	return dst, found
}

// put puts an entry on its page, and gives those that it pushed off it.
func (m *memory) put(s *scratch, hash uint64, e entry) (out []byte) {
	p, lock := m.place(hash)
	lock.Lock()
	defer lock.Unlock()
	copy(s.older, p)
	return p.fill(e, s.older)
}

func (m *memory) close() error { return syscall.Munmap(m.pages) }
