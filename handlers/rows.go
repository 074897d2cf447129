package handlers

import (
	"bytes"
	"io"

	"panelgate/store"
)

// Rows is a reply of any number of rows. It is loaded page by page while it is written, each page
// in a read of its own, so that it takes neither memory nor a connection for as long as a slow
// client reads.
type Rows struct {
	Total int64 // for dialects that tell; set by the action
	page  []any
	next  func() ([]any, error)
	mask  func(any) any // what of a row is shown; nil: all
}

// Paged makes a reply of pages of size rows. load gives the rows that follow the row with the ID
// after, and the ID of the last one; a page that is not full ends the reply. It is called at once
// for the first page, so that errors are told before anything is written, and later, outside of
// the action's transaction.
func Paged[T any](r *Request, size int, load func(tx *store.Tx, after int64) (rows []T, last int64, err error)) (*Rows, error) {
	var after int64
	ended := false
	fetch := func(tx *store.Tx) (page []any, err error) {
		rows, last, err := load(tx, after)
		after, ended = last, len(rows) < size
		page = make([]any, len(rows))
		for i, row := range rows {
			page[i] = row
		}
		return page, err
	}
	first, err := fetch(r.Tx)
	if err != nil {
		return nil, err
	}
	next := func() (page []any, err error) {
		if ended {
			return nil, nil
		}
		err = r.readPage(func(tx *store.Tx) error {
			page, err = fetch(tx)
			return err
		})
		return page, err
	}
	return &Rows{page: first, next: next}, nil
}

// writeList writes the rows as a JSON list, some kB at a time.
func (rows *Rows) writeList(w io.Writer) error {
	var out bytes.Buffer
	enc := newEncoder(&out)
	out.WriteByte('[')
	separate := false
	for page := rows.page; len(page) > 0; {
		for _, row := range page {
			if rows.mask != nil {
				row = rows.mask(row)
			}
			if separate {
				out.WriteByte(',')
			}
			separate = true
			if err := enc.encode(row); err != nil {
				return err
			}
			if out.Len() < pieceSize {
				continue
			}
			if _, err := out.WriteTo(w); err != nil {
				return err
			}
		}
		var err error
		if page, err = rows.next(); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	_, err := out.WriteTo(w)
	return err
}
