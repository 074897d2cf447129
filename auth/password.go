package auth

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// The limits of a new password.
const (
	MinPassword = 8  // characters, as the vendor's pages say
	MaxPassword = 72 // bytes: where bcrypt stops reading
)

// NewPassword is a password that somebody is to have from now on. It is decoded from a form as
// raw bytes (any but NUL), hashed once by [NewPassword.Seal], and after that holds only the hash.
type NewPassword struct {
	secret *secret // behind a pointer, which is all that fmt shows of it inside other structs
}

// secret is the password until it is hashed, and then the hash.
type secret struct {
	plain []byte
	hash  string
}

// UnmarshalText takes the password as it was sent; errors say what would be right, never what it was.
func (p *NewPassword) UnmarshalText(text []byte) error {
	switch {
	case utf8.RuneCount(text) < MinPassword:
		return errors.New("must be at least 8 characters long")
	case len(text) > MaxPassword:
		return errors.New("must be at most 72 bytes long")
	case bytes.IndexByte(text, 0) >= 0:
		return errors.New("must not contain a NUL byte")
	}
	p.secret = &secret{plain: bytes.Clone(text)}
	return nil
}

// MarshalText never gives the password away: it is what logs and JSON show.
func (p NewPassword) MarshalText() ([]byte, error) { return []byte("********"), nil }

// Format is as MarshalText, whatever the verb.
func (p NewPassword) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "********") }

// Hash is the bcrypt hash of a sealed password, "" before [NewPassword.Seal].
func (p NewPassword) Hash() string {
	if p.secret == nil {
		return ""
	}
	return p.secret.hash
}
