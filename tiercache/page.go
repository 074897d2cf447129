package tiercache

import (
	"encoding/binary"
	"hash/crc32"
)

// pageSize is what is read and written at once: a page of the system's memory.
const pageSize = 4096

// name is what a key is kept by.
type name [16]byte

// place is the number of the page that a name is on, of so many.
func (n name) place(pages uint64) int64 { return int64(binary.LittleEndian.Uint64(n[:]) % pages) }

// page is where some names are: entries, the newest first, and zeros.
type page []byte

// find gives the entry of a name.
func (p page) find(n name) (entry, bool) {
	for e, rest, ok := cut(p); ok; e, rest, ok = cut(rest) {
		if e.name() == n {
			return e, true
		}
	}
	return nil, false
}

// fill makes the page that an older one becomes by an entry, and gives those of the older one that it has no room for.
func (p page) fill(e entry, older page) (out []byte) {
	all := append(p[:0], e...)
	for o, rest, ok := cut(older); ok; o, rest, ok = cut(rest) {
		switch {
		case o.name() == e.name():
		case len(all)+len(o) <= pageSize:
			all = append(all, o...)
		default:
			out = append(out, o...)
		}
	}
	clear(p[len(all):])
	return out
}

// entry is a value behind its name, behind how long all of it is, two bytes, and a checksum.
type entry []byte

const (
	sumAt       = 2
	nameAt      = sumAt + 4
	entryHeader = nameAt + len(name{})
)

func newEntry(n name, value []byte) entry {
	e := make(entry, nameAt, entryHeader+len(value))
	e = append(append(e, n[:]...), value...)
	binary.LittleEndian.PutUint16(e, uint16(len(e)))
	binary.LittleEndian.PutUint32(e[sumAt:], e.checksum())
	return e
}

// cut gives the first of some entries, and the others. There is none where no length is.
func cut(entries []byte) (first entry, rest []byte, ok bool) {
	if len(entries) < entryHeader {
		return nil, nil, false
	}
	end := int(binary.LittleEndian.Uint16(entries))
	if end < entryHeader || end > len(entries) {
		return nil, nil, false
	}
	return entries[:end], entries[end:], true
}

func (e entry) name() name    { return name(e[nameAt:entryHeader]) }
func (e entry) value() []byte { return e[entryHeader:] }

// whole reports whether the entry is as it was made.
func (e entry) whole() bool { return binary.LittleEndian.Uint32(e[sumAt:]) == e.checksum() }

func (e entry) checksum() uint32 {
	return crc32.Checksum(e[nameAt:], crc32.MakeTable(crc32.Castagnoli))
}
