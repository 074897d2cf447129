package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
)

// tree is a table or an index of a file.
type tree struct {
	name string
	root int64 // its first page
}

// mustFilled makes a database of some pages, closed, and lists its trees.
func mustFilled(t *testing.T, opts Options) (file []byte, trees []tree) {
	t.Helper()
	s, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, func(tx *Tx) error {
		for i := range 300 {
			name := fmt.Sprint("acme", i)
			_, err := tx.SaveAccount(ScopeAll(), AccountChange{Name: name, Websites: &[]Website{{Path: "/srv/" + name, Label: name}}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	mustReadTx(t, s, func(tx *Tx) (err error) {
		trees, err = collect(tx, func(r *row) (one tree, err error) { return one, r.Scan(&one.name, &one.root) },
			"SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0 UNION ALL SELECT 'the schema', 1")
		return err
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if file, err = os.ReadFile(opts.DB); err != nil {
		t.Fatal(err)
	}
	return file, trees
}

const pageSize = 4096

// A file whose header, or the first page of any table or index, is damaged is not opened, whatever is in the page. The
// short form tries every fourth of them.
func TestFaultsDamagedRootsAreRefused(t *testing.T) {
	postgres.SQLiteOnly(t, "pages of the file are damaged")
	t.Parallel()
	step := 4
	if os.Getenv("PANELGATE_FAULTS") == "full" {
		step = 1
	}
	opts := Options{DB: filepath.Join(t.TempDir(), "whole.db"), AEAD: mustAEAD(t)}
	whole, trees := mustFilled(t, opts)
	type harm struct {
		what  string
		at    int64
		bytes []byte
	}
	harms := []harm{
		{"the header", 0, []byte("no database at all")},
		{"the size of pages", 16, []byte{0, 7}},
		{"all of the file but a page", -1, nil},
	}
	for i := 0; i < len(trees); i += step {
		tree := trees[i]
		at := (tree.root - 1) * pageSize
		skip := int64(0)
		if tree.root == 1 {
			skip = 100 // the header of the file
		}
		harms = append(harms,
			harm{tree.name + ", zeroed", at + skip, make([]byte, pageSize-skip)},
			harm{tree.name + ", another's", at + skip, bytes.Repeat([]byte("other "), 500)})
	}
	var longest time.Duration
	for i, h := range harms {
		opts.DB = filepath.Join(t.TempDir(), fmt.Sprint(i, ".db"))
		file := bytes.Clone(whole)
		if h.at < 0 {
			file = file[:pageSize]
		} else {
			copy(file[h.at:], h.bytes)
		}
		if err := os.WriteFile(opts.DB, file, 0o600); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		s, err := Open(t.Context(), opts)
		longest = max(longest, time.Since(began))
		var damaged *DamagedError
		if !errors.As(err, &damaged) || !strings.Contains(err.Error(), opts.DB) {
			t.Errorf("%s is damaged: %v", h.what, err)
		}
		if err == nil {
			s.Close()
		}
		if after, err := os.ReadFile(opts.DB); err != nil || !bytes.Equal(after, file) {
			t.Errorf("%s is damaged: the file was changed", h.what)
		}
	}
	t.Logf("%d tables and indexes, one in %d tried, %d kinds of damage, each refused within %v", len(trees)-1, step, len(harms), longest)
}
