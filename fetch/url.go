package fetch

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// maxURL is how many bytes an address may have: more than any browser's bar
// takes from people, less than what servers choke on.
const maxURL = 2048

// CheckURL refuses what no request is made for, before any name is looked up:
// another scheme than http and https, a user, an odd port, a host written as a
// number, an address inside, signs that programs read differently. That a name
// passes says nothing of where it leads: this is decided on the address that is
// dialled.
func (c *Client) CheckURL(raw string) error {
	_, err := c.parse(raw)
	return err
}

func (c *Client) parse(raw string) (*url.URL, error) {
	if len(raw) > maxURL {
		return nil, refuse("The address is longer than %d bytes.", maxURL)
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r == '\\' || unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, refuse("The address has a space, a backslash or a control character.")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, refuse("The address is no URL.")
	}
	return u, c.check(u)
}

// check is what every URL must pass, at every redirect again.
func (c *Client) check(u *url.URL) error {
	switch host := u.Hostname(); {
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse("Only http and https addresses are fetched.")
	case u.Opaque != "" || host == "":
		return refuse("The address names no host.")
	case u.User != nil:
		return refuse("The address holds a user or a password.")
	case strings.ContainsFunc(u.Path, unicode.IsControl):
		return refuse("The address has a control character.")
	case disguised(host):
		return refuse("The host is a number that is no plain IP address.")
	}
	port, err := strconv.ParseUint(portOf(u), 10, 16)
	if err != nil || c.permit == nil && !webPort(uint16(port)) {
		return refuse("Only the usual ports of http and https are fetched.")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return c.decide(netip.AddrPortFrom(a, uint16(port)))
	}
	return nil
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func webPort(port uint16) bool { return port == 80 || port == 443 }

// disguised reports whether a host ends in a number and is no plain IP address:
// 127.1, 0x7f.1, 2130706433. Resolvers make addresses of these, in more than one
// way; no name of the internet looks like it (see "ends in a number" in the URL
// standard).
func disguised(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	if hex, ok := strings.CutPrefix(strings.ToLower(last), "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// hostPort takes apart what the transport wants dialled.
func hostPort(address string) (host string, port uint16, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(text, 10, 16)
	return host, uint16(n), err
}
