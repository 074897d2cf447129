package probe

import (
	"bytes"
	"io"
	"net"
)

const (
	errNotMySQL = failure("the host does not speak MySQL")

	maxGreeting     = 4 << 10
	mysqlProtocol10 = 10
	mysqlError      = 0xff
)

// greetingTail is what follows the server's version in a greeting: connection id (4), scramble (8),
// filler (1), capabilities (2), character set (1), status (2), capabilities (2), length of the
// scramble (1), reserved (10), second scramble (13). The driver reads all of it unasked.
//
// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
const greetingTail = 4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10 + 13

// replayed is a connection whose first bytes have been looked at.
type replayed struct {
	net.Conn
	again io.Reader
}

// Read gives what was looked at ahead, then the rest.
func (c replayed) Read(b []byte) (int, error) { return c.again.Read(b) }

// greeted looks at the server's first packet before the driver does. Of a host that speaks another
// protocol the driver awaits the megabytes that the first letters of its banner announce, and it
// panics over a greeting that is cut short.
func greeted(c net.Conn) (net.Conn, error) {
	packet, err := readGreeting(c)
	if err != nil {
		c.Close()
		return nil, err
	}
	return replayed{Conn: c, again: io.MultiReader(bytes.NewReader(packet), c)}, nil
}

// readGreeting returns the first packet, with its header: length (3 bytes), sequence number (0). It
// is a greeting, or an error with a number and a text.
func readGreeting(c io.Reader) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(c, header[:]); err != nil {
		return nil, err
	}
	length := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if header[3] != 0 || length < 9 || length > maxGreeting {
		return nil, errNotMySQL
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c, body); err != nil {
		return nil, err
	}
	version := bytes.IndexByte(body, 0)
	greeting := body[0] == mysqlProtocol10 && version > 0 && len(body) > version+greetingTail
	if !greeting && body[0] != mysqlError {
		return nil, errNotMySQL
	}
	return append(header[:], body...), nil
}
