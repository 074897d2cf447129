package tiercache

import (
	"fmt"
	"math"
	"sync"
	"syscall"
)

// locks is how many pages of a tier can be written at once. Two pages that share a lock wait for each other.
const locks = 256

// memory is the first tier.
type memory struct {
	count uint64
	pages []byte // outside of Go's heap, which would be let grow by as much again; nil once it is closed
	locks [locks]sync.RWMutex
}

func newMemory(bytes int64) (*memory, error) {
	if bytes > math.MaxInt {
		return nil, fmt.Errorf("%d bytes are more than this machine can address", bytes)
	}
	count := pagesIn(bytes)
	pages, err := syscall.Mmap(-1, 0, int(count*pageSize), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("%d bytes of memory: %w", bytes, err)
	}
	return &memory{count: count, pages: pages}, nil
}

// pagesIn is how many pages a tier of so many bytes has.
func pagesIn(bytes int64) uint64 { return max(uint64(bytes)/pageSize, 1) }

// page gives a page, whose lock is held. There is none once the memory was given back.
func (m *memory) page(number int64) page {
	if m.pages == nil {
		return nil
	}
	return m.pages[number*pageSize:][:pageSize]
}

// get appends the value of a name to dst.
func (m *memory) get(dst []byte, n name) (_ []byte, found bool) {
	number := n.place(m.count)
	lock := &m.locks[number%locks]
	lock.RLock()
	defer lock.RUnlock()
	e, found := m.page(number).find(n)
	if found {
		dst = append(dst, e.value()...)
	}
	return dst, found
}

// put puts an entry on its page, and gives those that it pushed off it.
func (m *memory) put(s *scratch, e entry) (out []byte) {
	number := e.name().place(m.count)
	lock := &m.locks[number%locks]
	lock.Lock()
	defer lock.Unlock()
	p := m.page(number)
	if p == nil {
		return nil
	}
	copy(s.older, p)
	return p.fill(e, s.older)
}

func (m *memory) close() error {
	for i := range m.locks {
		m.locks[i].Lock()
		defer m.locks[i].Unlock()
	}
	pages := m.pages
	m.pages = nil
	if pages == nil {
		return nil
	}
	return syscall.Munmap(pages)
}
