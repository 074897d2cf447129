package store

import "sync/atomic"

// spare is what others have on the disk of the database and can do without.
type spare struct {
	from atomic.Pointer[func(why error) bool]
}

// give has it given back, and reports whether there was any.
func (s *spare) give(why error) bool {
	give := s.from.Load()
	return give != nil && (*give)(why)
}

// Spare says who gives back what is on the disk of the database and can be spared. It is called where a write found no
// room, with the reason, and reports whether there may be some now; then the write is done again.
func (s *Store) Spare(give func(why error) bool) { s.spare.from.Store(&give) }
