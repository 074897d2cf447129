package tiercache

import (
	"bytes"
	"slices"
	"testing"
)

// entries are copies of those on a page.
func entries(p page) (all [][]byte) {
	for e, rest, ok := cut(p); ok; e, rest, ok = cut(rest) {
		all = append(all, bytes.Clone(e))
	}
	return all
}

// Whatever a disk gives as a page, entries are cut out of it, and a new one fits on top.
func FuzzPage(f *testing.F) {
	full := make(page, pageSize)
	full.fill(newEntry(name{1}, []byte("value")), page(newEntry(name{2}, []byte("older"))))
	f.Add([]byte(full), []byte{1}, []byte("v"))
	f.Add([]byte{255, 255}, []byte{2}, []byte{})
	f.Add(slices.Repeat([]byte(newEntry(name{}, nil)), pageSize/entryHeader), []byte{3}, value(1))
	f.Fuzz(func(t *testing.T, raw, key, value []byte) {
		if entryHeader+len(value) > pageSize {
			t.Skip("not run: a value that is longer than a page is never written to one")
		}
		var n name
		copy(n[:], key)
		older, newer := make(page, pageSize), make(page, pageSize)
		copy(older, raw)
		all := entries(older)
		out := newer.fill(newEntry(n, value), older)
		if e, found := newer.find(n); !found || !e.whole() || !bytes.Equal(e.value(), value) {
			t.Errorf("%q is not found", n)
		}
		want := [][]byte{newEntry(n, value)}
		for _, e := range all {
			if entry(e).name() != n {
				want = append(want, e)
			}
		}
		got := append(entries(newer), entries(out)...)
		for _, sorted := range [][][]byte{got, want} {
			slices.SortFunc(sorted, bytes.Compare)
		}
		if !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("%d entries of %d", len(got), len(want))
		}
	})
}
