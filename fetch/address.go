package fetch

import (
	"net/netip"
	"slices"
)

// refused lists what looks like an address of the internet and is none of it.
// Sources: the IANA special-purpose registries of IPv4 and IPv6 (RFC 6890 and
// what they name since), and what clouds answer their own machines at.
var refused = prefixes(
	"0.0.0.0/8",       // this network, RFC 791
	"10.0.0.0/8",      // private, RFC 1918
	"100.64.0.0/10",   // shared by carriers, RFC 6598; 100.100.100.200 is Alibaba's metadata
	"127.0.0.0/8",     // loopback, RFC 1122
	"169.254.0.0/16",  // link-local, RFC 3927; 169.254.169.254 and .170.2 are metadata
	"172.16.0.0/12",   // private, RFC 1918
	"192.0.0.0/24",    // protocol assignments, RFC 6890; 192.0.0.192 is Oracle's metadata
	"192.0.2.0/24",    // documentation, RFC 5737
	"192.88.99.0/24",  // 6to4 relays, RFC 7526
	"192.168.0.0/16",  // private, RFC 1918
	"198.18.0.0/15",   // benchmarks, RFC 2544
	"198.51.100.0/24", // documentation, RFC 5737
	"203.0.113.0/24",  // documentation, RFC 5737
	"224.0.0.0/4",     // multicast, RFC 1112
	"240.0.0.0/4",     // reserved, RFC 1112, with broadcast, RFC 919

	"168.63.129.16/32", // public by number, but Azure's own machine services

	"2001::/23",     // protocol assignments, RFC 2928: Teredo (RFC 4380), ORCHID (RFC 7343), …
	"2001:db8::/32", // documentation, RFC 3849
	"2002::/16",     // 6to4, RFC 3056: an IPv4 address in disguise
	"3fff::/20",     // documentation, RFC 9637
)

// global6 is what IANA has given to the IPv6 internet, RFC 4291. All else is
// refused with it: loopback, IPv4-compatible and translated forms (::/96,
// ::ffff:0:0/96), NAT64 (64:ff9b::/96 of RFC 6052, 64:ff9b:1::/48 of RFC 8215),
// discard (100::/64), SRv6 (5f00::/16), unique local (fc00::/7), link-local
// (fe80::/10), site-local (fec0::/10), multicast (ff00::/8).
var global6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(list))
	for i, s := range list {
		parsed[i] = netip.MustParsePrefix(s)
	}
	return parsed
}

// Allowed reports whether an address is a plain one of the internet: nothing
// private, local, reserved, for many, or with another address inside. An IPv4
// address in IPv6's clothes (::ffff:a.b.c.d) is judged as what it is.
func Allowed(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	return (a.Is4() || global6.Contains(a)) && !within(refused, a)
}

func within(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}
