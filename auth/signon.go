package auth

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// ticketLength is of the vendor's links: 40 hex digits, 160 bits.
const ticketLength = 40

// NewTicket makes what a sign-on link holds: 160 random bits in hex.
func NewTicket() string {
	var bits [ticketLength / 2]byte
	rand.Read(bits[:])
	return hex.EncodeToString(bits[:])
}

// cookieLength is of what NewCookie makes.
const cookieLength = 64

// IsCookie reports whether a text could be the secret of a session.
func IsCookie(text string) bool { return isHex(text, cookieLength) }

// IsTicket reports whether a text could be a ticket.
func IsTicket(text string) bool {
	return isHex(text, ticketLength)
}

func isHex(text string, length int) bool {
	return len(text) == length && strings.Trim(text, "0123456789abcdef") == ""
}

// NewCookie makes the secret of a session: 256 random bits in hex.
func NewCookie() string {
	var bits [cookieLength / 2]byte
	rand.Read(bits[:])
	return hex.EncodeToString(bits[:])
}
