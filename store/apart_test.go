package store

import (
	"errors"
	"testing"
)

// A write that is refused before it has written anything, or for a name that is taken, leaves nothing to undo: nobody
// runs again for it. Neither for what is only tried.
func TestNothingToUndoRunsNobodyAgain(t *testing.T) {
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "acme"})
	runs := make(runs)
	errs := queueUp(t, s,
		runs.counted("before"),
		func(tx *Tx) error {
			_, err := tx.Account(ScopeAll(), "nobody")
			return err
		},
		func(tx *Tx) error {
			_, err := tx.createLogin(NounAccount, "Acme", "")
			return err
		},
		runs.counted("after"),
	)()
	var missing *NotFoundError
	var taken *ConflictError
	if errs[0] != nil || !errors.As(errs[1], &missing) || !errors.As(errs[2], &taken) || errs[3] != nil {
		t.Errorf("answered %v", errs)
	}
	if err := s.Try(t.Context(), runs.counted("tried")); err != nil {
		t.Errorf("tried: %v", err)
	}
	if err := s.Try(t.Context(), func(*Tx) error { return errRefused }); !errors.Is(err, errRefused) {
		t.Errorf("tried, and refused: %v", err)
	}
	if runs["before"] != 1 || runs["after"] != 1 || runs["tried"] != 1 {
		t.Errorf("runs: %v, want one each", runs)
	}
	if !has(t, s, "before") || !has(t, s, "after") || has(t, s, "tried") {
		t.Error("not exactly what was kept is there")
	}
}

// runs counts how often each write ran. The writer is one goroutine.
type runs map[string]int

func (r runs) counted(name string) func(*Tx) error {
	return func(tx *Tx) error {
		r[name]++
		return setting(name)(tx)
	}
}
