package probe

import (
	"net/netip"
	"slices"
)

// policy judges addresses; see Config for the order of its rules.
type policy struct {
	allow, deny, builtin []netip.Prefix
}

func newPolicy(allow, deny []netip.Prefix) policy {
	return policy{allow: unmapped(allow), deny: unmapped(deny), builtin: builtinDenials()}
}

// builtinDenials are addresses that no website's files or database are at, and that hand out
// secrets or reach many machines at once when something inside the network asks.
func builtinDenials() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),          // "this network": Linux dials loopback for 0.0.0.0
		netip.MustParsePrefix("169.254.0.0/16"),     // link-local; metadata of most clouds at .169.254
		netip.MustParsePrefix("100.100.100.200/32"), // metadata of Alibaba Cloud
		netip.MustParsePrefix("192.0.0.192/32"),     // metadata of Oracle Cloud
		netip.MustParsePrefix("168.63.129.16/32"),   // the platform of Azure: certificates, settings of the machine
		netip.MustParsePrefix("224.0.0.0/4"),        // multicast
		netip.MustParsePrefix("255.255.255.255/32"), // broadcast
		netip.MustParsePrefix("::/128"),             // unspecified
		netip.MustParsePrefix("fe80::/10"),          // link-local
		netip.MustParsePrefix("fd00:ec2::/64"),      // AWS: metadata at ::254, credentials of EKS at ::23
		netip.MustParsePrefix("fd20:ce::254/128"),   // metadata of Google Cloud
		netip.MustParsePrefix("ff00::/8"),           // multicast
	}
}

// unmapped writes prefixes of IPv4-mapped addresses as IPv4, the form in which addresses are judged.
func unmapped(prefixes []netip.Prefix) []netip.Prefix {
	plain := make([]netip.Prefix, 0, len(prefixes))
	for _, p := range prefixes {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		plain = append(plain, p)
	}
	return plain
}

// permits reports whether the address may be dialled.
func (p policy) permits(a netip.Addr) bool {
	a = a.WithZone("").Unmap() // no prefix holds an address with a zone
	if !a.IsValid() || !p.judge(a) {
		return false
	}
	return !slices.ContainsFunc(embedded(a), func(inner netip.Addr) bool { return !p.judge(inner) })
}

func (p policy) judge(a netip.Addr) bool {
	allow, deny := longest(p.allow, a), longest(p.deny, a)
	switch {
	case allow > deny:
		return true
	case deny >= 0:
		return false
	}
	return longest(p.builtin, a) < 0
}

// longest is the length of the longest prefix that holds the address, -1 without one.
func longest(prefixes []netip.Prefix, a netip.Addr) int {
	bits := -1
	for _, p := range prefixes {
		if p.Contains(a) {
			bits = max(bits, p.Bits())
		}
	}
	return bits
}

// embedded finds the IPv4 addresses that a gateway or the kernel may make of an IPv6 address. There
// can be two: the prefix of an ISATAP address may be one of 6to4.
func embedded(a netip.Addr) (inner []netip.Addr) {
	if !a.Is6() {
		return nil
	}
	b := a.As16()
	last := netip.AddrFrom4([4]byte(b[12:]))
	switch {
	case within(a, "64:ff9b::/96"), within(a, "64:ff9b:1::/48"): // NAT64, RFC 6052 and RFC 8215
		inner = append(inner, last)
	case within(a, "::ffff:0:0:0/96"): // IPv4-translated (SIIT), RFC 2765
		inner = append(inner, last)
	case within(a, "2002::/16"): // 6to4, RFC 3056
		inner = append(inner, netip.AddrFrom4([4]byte(b[2:6])))
	case within(a, "2001::/32"): // Teredo, RFC 4380: the client's address with its bits turned over
		inner = append(inner, netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}))
	case within(a, "::/96") && b[12] != 0: // IPv4-compatible, RFC 4291; ::1 and :: are not
		inner = append(inner, last)
	}
	if isISATAP(b) {
		inner = append(inner, last)
	}
	return inner
}

// isISATAP looks for 0:5efe in front of the last four bytes; 200:5efe says that the IPv4 address is
// unique in the world. RFC 5214, section 6.1.
func isISATAP(b [16]byte) bool {
	return b[8]&^0x02 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}

func within(a netip.Addr, prefix string) bool { return netip.MustParsePrefix(prefix).Contains(a) }
