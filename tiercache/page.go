package tiercache

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// pageSize is what is read and written at once: a page of the system's memory.
const pageSize = 4096

// page is where all keys of some hashes are: entries, the newest first, and zeros.
type page []byte

// find gives the entry of a key.
func (p page) find(key []byte) (entry, bool) {
	for e, rest, ok := cut(p); ok; e, rest, ok = cut(rest) {
		if bytes.Equal(e.key(), key) {
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
		case bytes.Equal(o.key(), e.key()):
		case len(all)+len(o) <= pageSize:
			all = append(all, o...)
		default:
			out = append(out, o...)
		}
	}
	clear(p[len(all):])
	return out
}

// entry is a value behind its key, behind how long both are, two bytes each, and a checksum over all of that.
type entry []byte

const entryHeader = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func newEntry(key, value []byte) entry {
	e := make(entry, entryHeader, entryHeader+len(key)+len(value))
	binary.LittleEndian.PutUint16(e, uint16(len(key)))
	binary.LittleEndian.PutUint16(e[2:], uint16(len(value)))
	e = append(append(e, key...), value...)
	binary.LittleEndian.PutUint32(e[4:], e.checksum())
	return e
}

// cut gives the first of some entries, and the others. There is none where a key has no length.
func cut(entries []byte) (first entry, rest []byte, ok bool) {
	if len(entries) < entryHeader {
		return nil, nil, false
	}
	key, value := binary.LittleEndian.Uint16(entries), binary.LittleEndian.Uint16(entries[2:])
	end := entryHeader + int(key) + int(value)
	if key == 0 || end > len(entries) {
		return nil, nil, false
	}
	return entries[:end], entries[end:], true
}

func (e entry) keyEnd() int   { return entryHeader + int(binary.LittleEndian.Uint16(e)) }
func (e entry) key() []byte   { return e[entryHeader:e.keyEnd()] }
func (e entry) value() []byte { return e[e.keyEnd():] }

// whole reports whether the entry is as it was made.
func (e entry) whole() bool { return binary.LittleEndian.Uint32(e[4:]) == e.checksum() }

func (e entry) checksum() uint32 {
	return crc32.Update(crc32.Checksum(e[:4], castagnoli), castagnoli, e[entryHeader:])
}
