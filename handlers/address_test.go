package handlers_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"panelgate/handlers"
)

func TestAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:f::/48")}
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "192.0.2.1:1234", nil, "192.0.2.1"},
		{"no proxy, forged", "192.0.2.1:1234", []string{"198.51.100.7"}, "192.0.2.1"},
		{"no proxy, IPv6", "[2001:db8::1]:1234", nil, "2001:db8::1"},
		{"no proxy, a zone", "[fe80::1%eth0]:1234", nil, "fe80::1"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.1]:1234", nil, "192.0.2.1"},
		{"a proxy", "127.0.0.1:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		{"a proxy in IPv6's form", "[::ffff:127.0.0.1]:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		{"a proxy on IPv6", "[2001:db8:f::1]:1234", []string{"2001:db8::9"}, "2001:db8::9"},
		{"a proxy that says nothing", "127.0.0.1:1234", nil, "127.0.0.1"},
		{"a proxy that does not know", "127.0.0.1:1234", []string{"unknown"}, "127.0.0.1"},
		{"what the client claims", "127.0.0.1:1234", []string{"203.0.113.1, 198.51.100.7"}, "198.51.100.7"},
		{"claims a proxy's address", "127.0.0.1:1234", []string{"10.0.0.1, 198.51.100.7"}, "198.51.100.7"},
		{"claims in a header of its own", "127.0.0.1:1234", []string{"203.0.113.1", "198.51.100.7"}, "198.51.100.7"},
		{"two proxies", "127.0.0.1:1234", []string{"203.0.113.1, 198.51.100.7, 10.0.0.1"}, "198.51.100.7"},
		{"two proxies, two headers", "127.0.0.1:1234", []string{"198.51.100.7", "10.0.0.1"}, "198.51.100.7"},
		{"two proxies, one of them mute", "127.0.0.1:1234", []string{"unknown, 10.0.0.1"}, "10.0.0.1"},
		{"proxies only", "127.0.0.1:1234", []string{"10.0.0.2,10.0.0.1"}, "10.0.0.2"},
		{"with ports", "127.0.0.1:1234", []string{"198.51.100.7:99"}, "198.51.100.7"},
		{"IPv6 with port", "127.0.0.1:1234", []string{"[2001:db8::9]:99"}, "2001:db8::9"},
		{"IPv6 in brackets", "127.0.0.1:1234", []string{"[2001:db8::9]"}, "2001:db8::9"},
		{"no address", "127.0.0.1:1234", []string{"198.51.100.7, <script>"}, "127.0.0.1"},
		{"an empty entry", "127.0.0.1:1234", []string{"198.51.100.7,"}, "127.0.0.1"},
		{"a socket file", "@", []string{"198.51.100.7"}, "invalid IP"},
	} {
		g := handlers.NewGateway(handlers.Options{Proxies: proxies})
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded, "X-Real-Ip": {"203.0.113.9"}, "Forwarded": {"for=203.0.113.9"}}}
		if got := g.Address(r).String(); got != c.want {
			t.Errorf("%s: %s %s: %s, want %s", c.name, c.peer, strings.Join(c.forwarded, " | "), got, c.want)
		}
		alone := handlers.NewGateway(handlers.Options{})
		peer, _ := netip.ParseAddrPort(c.peer)
		if got := alone.Address(r); got != peer.Addr().Unmap().WithZone("") {
			t.Errorf("%s, without trusted proxies: %s, want the peer", c.name, got)
		}
	}
}
