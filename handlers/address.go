package handlers

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Address is where a request comes from: what everything that counts, compares or writes down
// addresses goes by. It is the peer of the connection, unless that is a trusted proxy: then it is
// the right-most address of X-Forwarded-For that is none, for what stands to the left of it was
// written by whoever that is. The zero Addr is a peer without IP address, such as a socket file.
func (g *Gateway) Address(r *http.Request) netip.Addr {
	client := parseAddress(r.RemoteAddr)
	if len(g.proxies) == 0 || !g.isProxy(client) {
		return client
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next := parseAddress(strings.TrimSpace(hop))
		if !next.IsValid() { // nothing, or a word such as unknown: the proxy that says so is the last that is known
			return client
		}
		client = next
		if !g.isProxy(client) {
			break
		}
	}
	return client
}

func (g *Gateway) isProxy(address netip.Addr) bool {
	return slices.ContainsFunc(g.proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// parseAddress reads an address with or without port, IPv4 in its own form.
func parseAddress(text string) netip.Addr {
	withPort, err := netip.ParseAddrPort(text)
	address := withPort.Addr()
	if err != nil {
		address, _ = netip.ParseAddr(strings.Trim(text, "[]")) // zero where it is none
	}
	return address.Unmap().WithZone("")
}
