package store

import "testing"

// A connection that is closed, while another cannot be had, answers with errors.
func TestAClosedConnectionAnswersWithErrors(t *testing.T) {
	s := mustOpen(t)
	c, err := s.readers.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.readers.give(c)
	if err := c.renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c.discard()
		if err := c.run(t.Context(), s.engine.snapshot()); err == nil {
			t.Error("a statement was run on a connection that is closed")
		}
		s.engine.lookAround(c)
	}
	if err := c.renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.run(t.Context(), s.engine.snapshot()); err != nil {
		t.Errorf("another was opened, and: %v", err)
	}
	if err := rollback(c); err != nil {
		t.Error(err)
	}
}
