package store

import (
	"context"
	"errors"
	"strings"
)

// DamagedError says what an engine found wrong with a database, in its words.
type DamagedError struct{ Findings []string }

// Error says what is damaged.
func (e *DamagedError) Error() string {
	return "the database is damaged: " + strings.Join(e.Findings, "; ")
}

// IsDamage reports whether err is a [*DamagedError], or a call met something that is damaged.
func IsDamage(err error) bool {
	var damaged *DamagedError
	return errors.As(asDamage(err), &damaged)
}

// FindDamage looks through a whole database beside whoever works on it. What it finds is a [*DamagedError].
func FindDamage(ctx context.Context, db string) error {
	look, err := Inspect(ctx, Options{DB: db, Readers: 1})
	if err != nil {
		return asDamage(err)
	}
	return errors.Join(look.Damage(ctx), look.Close())
}

// asDamage makes a [*DamagedError] of what an engine says when it meets something that is damaged.
func asDamage(err error) error {
	if faultDamage.is(err) {
		return &DamagedError{[]string{err.Error()}}
	}
	return err
}
