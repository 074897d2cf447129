package probe

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"
)

const (
	errDenied  = failure("the address of the host may not be probed")
	errPort    = failure("the port is not a number from 1 to 65535")
	errSocket  = failure("a Unix socket cannot be probed")
	errTooMuch = failure("the host sends more than a probe reads")
)

const (
	maxAddresses = 4       // of one name that are tried
	maxRead      = 1 << 20 // bytes from one connection
)

// dial resolves the host once and connects to the first of its addresses that may be dialled and
// answers. The caller closes the connection; the end of ctx does so too.
func (p *Prober) dial(ctx context.Context, host string, port int) (*conn, error) {
	if port < 1 || port > 65535 {
		return nil, errPort
	}
	addresses, err := p.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	for i, a := range addresses {
		var c *conn
		c, err = dialWithin(ctx, netip.AddrPortFrom(a, uint16(port)), len(addresses)-i)
		if err == nil {
			return c, nil
		}
	}
	return nil, err
}

// dialWithin leaves the other addresses of the name their part of the time.
func dialWithin(ctx context.Context, a netip.AddrPort, parts int) (*conn, error) {
	var d net.Dialer
	if end, ok := ctx.Deadline(); ok && parts > 1 {
		d.Timeout = max(time.Until(end)/time.Duration(parts), time.Millisecond)
	}
	return open(ctx, d, a)
}

// open connects to an address that has been judged.
func open(ctx context.Context, d net.Dialer, a netip.AddrPort) (*conn, error) {
	c, err := d.DialContext(ctx, "tcp", a.String())
	if err != nil {
		return nil, err
	}
	return newConn(ctx, c, a), nil
}

// resolve returns the addresses of the host that may be dialled, at least one.
func (p *Prober) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if strings.HasPrefix(host, "/") {
		return nil, errSocket
	}
	found, err := p.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	var allowed []netip.Addr
	for _, a := range found {
		if p.policy.permits(a) && len(allowed) < maxAddresses {
			allowed = append(allowed, a.Unmap())
		}
	}
	if len(allowed) == 0 {
		return nil, errDenied
	}
	return allowed, nil
}

func (p *Prober) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if host == "" {
		return nil, failure("there is no host to connect to")
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	return p.resolver.LookupNetIP(ctx, "ip", host)
}

// conn is a connection that ends with its context and gives about maxRead bytes.
type conn struct {
	net.Conn
	address netip.AddrPort // that was dialled
	left    atomic.Int64
	stop    func() bool
}

func newConn(ctx context.Context, c net.Conn, a netip.AddrPort) *conn {
	// The end of ctx closes the connection, so that whoever reads from it finds ctx.Err set. The
	// deadline is a second line: none of the clients' own waits can outlast it.
	end, ok := ctx.Deadline()
	if !ok {
		end = time.Now().Add(DefaultWhole)
	}
	c.SetDeadline(end.Add(time.Second))
	bounded := &conn{Conn: c, address: a, stop: context.AfterFunc(ctx, func() { c.Close() })}
	bounded.left.Store(maxRead)
	return bounded
}

func (c *conn) exhausted() bool { return c.left.Load() <= 0 }

// Read gives no more than the most that is read of one connection.
func (c *conn) Read(b []byte) (int, error) {
	if c.exhausted() {
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(b)
	c.left.Add(-int64(n))
	return n, err
}

// Close also lets go of the context that would have closed the connection.
func (c *conn) Close() error {
	c.stop()
	return c.Conn.Close()
}
