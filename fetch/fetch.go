// Package fetch is the HTTP client that stays outside.
//
// Addresses come from documents, pages and callers, so a fetch must not be led
// into the network that it runs in. What counts is not what a URL says but the
// address that is dialled: the decision is taken on that one, in the dialer,
// after every look-up and every redirect. Sizes, times and redirects are
// bounded; there are no cookies, and no proxy is taken from the environment.
package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// Codes of the *enrich.Error that every failure is. Messages never tell which
// address a name has, which port answers, or what the network said.
const (
	CodeRefused     = "fetch_refused"     // it leads, or may lead, to where nothing is fetched; trying again is no use
	CodeUnreachable = "fetch_unreachable" // no answer, or a broken one
	CodeTimeout     = "fetch_timeout"     // no whole answer in time
	CodeTooLarge    = "fetch_too_large"   // more bytes than wanted
	CodeUnwanted    = "fetch_unwanted"    // an answer of another type or encoding than asked for
)

// Limits that callers do not set.
const (
	dialTimeout    = 5 * time.Second
	maxHeaderBytes = 64 << 10
	maxAddresses   = 4 // of a name that are tried
)

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options of New. The zero value is fit for use.
type Options struct {
	Resolver Resolver // default: the system's
	Agent    string   // User-Agent; default "enrichd"
	// Deny adds to what is refused: a NAT64 prefix of one's own (RFC 6052), or
	// public addresses of one's own machines.
	Deny []netip.Prefix
	// Permit opens more than Allowed and the ports 80 and 443: for tests, for
	// development, for closed networks. It is asked for every address that would
	// be refused. Nil permits nothing.
	Permit func(netip.AddrPort) bool
	// Route leads an address that was allowed to another one, which must be
	// allowed as well: for tests that serve the internet from loopback. Nil leads
	// nowhere else.
	Route func(netip.AddrPort) netip.AddrPort
	// Roots vouch for servers; nil are the system's.
	Roots *x509.CertPool
}

// Client fetches. It is safe for use by many goroutines.
type Client struct {
	resolver  Resolver
	agent     string
	deny      []netip.Prefix
	permit    func(netip.AddrPort) bool
	route     func(netip.AddrPort) netip.AddrPort
	dialer    net.Dialer
	transport *http.Transport
}

// New makes a client.
func New(o Options) *Client {
	c := &Client{resolver: o.Resolver, agent: o.Agent, deny: o.Deny, permit: o.Permit, route: o.Route}
	if c.resolver == nil {
		c.resolver = net.DefaultResolver
	}
	if c.route == nil {
		c.route = func(a netip.AddrPort) netip.AddrPort { return a }
	}
	if c.agent == "" {
		c.agent = "enrichd"
	}
	c.dialer = net.Dialer{Timeout: dialTimeout, Control: c.control}
	c.transport = &http.Transport{
		Proxy: nil, DialContext: c.dial, ForceAttemptHTTP2: true,
		DisableCompression: true, // ours counts both sides
		TLSClientConfig:    &tls.Config{RootCAs: o.Roots},
		MaxIdleConns:       32, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
		TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: time.Minute, MaxResponseHeaderBytes: maxHeaderBytes,
	}
	return c
}

// Request is one fetch.
type Request struct {
	Method    string // default GET
	URL       string
	Header    http.Header
	Body      []byte
	Timeout   time.Duration // for the whole of it; 0 means 15 s
	MaxBytes  int64         // of the answer's body, as sent and unpacked; 0 means 5 MiB
	Cut       bool          // a longer body is cut at MaxBytes instead of refused
	Redirects int           // that are followed; with 0 a redirect is the answer, of which more is an error
	Types     []string      // media types of a good answer, "image/*" for a family; empty: any. What they claim is not proof
}

// Response is an answer, of any status.
type Response struct {
	Status int
	Header http.Header
	Type   string // media type, lower case, without parameters; may be empty
	Body   []byte // unpacked
	URL    string // where it came from, after redirects
}

// Do fetches. A status that is no success is an answer, not an error.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	u, err := c.parse(r.URL)
	if err != nil {
		return nil, err
	}
	if r.Timeout == 0 {
		r.Timeout = 15 * time.Second
	}
	if r.MaxBytes == 0 {
		r.MaxBytes = 5 << 20
	}
	within, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(within, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, refuse("The request cannot be made.")
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept-Encoding", "gzip")
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	answer, err := c.send(req, r)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err() // the caller gave up
	}
	return answer, inTerms(err)
}

func (c *Client) send(req *http.Request, r Request) (*Response, error) {
	client := http.Client{Transport: c.transport, CheckRedirect: c.follow(r.Redirects)}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // a broken one is none
	if success := res.StatusCode/100 == 2; success && !wanted(r.Types, kind) {
		return nil, enrich.Errorf(CodeUnwanted, "The answer is of another type than asked for.")
	}
	body, err := read(res, r.MaxBytes, r.Cut)
	if err != nil {
		return nil, err
	}
	return &Response{Status: res.StatusCode, Header: res.Header, Type: kind, Body: body, URL: res.Request.URL.String()}, nil
}

// follow judges each redirect as a request of its own.
func (c *Client) follow(most int) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if most == 0 {
			return http.ErrUseLastResponse
		}
		if len(via) > most {
			return refuse("The address redirects more than %d times.", most)
		}
		if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
			return refuse("The address redirects from https to http.")
		}
		for _, name := range []string{"Referer", "Authorization", "Cookie"} {
			req.Header.Del(name)
		}
		_, err := c.parse(req.URL.String())
		return err
	}
}

// dial looks a name up once and connects to one of its addresses. A name with
// an address inside is refused whole, whichever would have come first.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := hostPort(address)
	if err != nil {
		return nil, refuse("The address names no host.")
	}
	addrs, err := c.lookUp(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range addrs {
		if err := c.decide(netip.AddrPortFrom(a, port)); err != nil {
			return nil, err
		}
	}
	err = enrich.Errorf(CodeUnreachable, "The host has no address.")
	for _, a := range addrs[:min(len(addrs), maxAddresses)] {
		var conn net.Conn
		if conn, err = c.dialer.DialContext(ctx, network, c.route(netip.AddrPortFrom(a, port)).String()); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

func (c *Client) lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	if disguised(host) { // again, as the name is now what it became as a name of the internet
		return nil, refuse("The host is a number that is no plain IP address.")
	}
	addrs, err := c.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, &enrich.Error{Code: CodeUnreachable, Message: "The host is not known.", Err: err}
	}
	return addrs, nil
}

// control is asked by the dialer for the very address that a socket is about to
// connect to.
func (c *Client) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return refuse("The address is none of the internet.")
	}
	return c.decide(at)
}

func (c *Client) decide(at netip.AddrPort) error {
	if Allowed(at.Addr()) && !within(c.deny, at.Addr().Unmap()) && webPort(at.Port()) {
		return nil
	}
	if c.permit != nil && c.permit(netip.AddrPortFrom(at.Addr().Unmap(), at.Port())) {
		return nil
	}
	return refuse("The address leads to where nothing is fetched from.")
}

// read unpacks a body, with a bound on what comes in and on what comes out of it.
func read(res *http.Response, most int64, cut bool) ([]byte, error) {
	tooLarge := enrich.Errorf(CodeTooLarge, "The answer is larger than %d bytes.", most)
	in := &io.LimitedReader{R: res.Body, N: most + 1}
	var body io.Reader = in
	switch encoding := strings.ToLower(res.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip":
		unpacked, err := gzip.NewReader(in)
		if err != nil && !errors.Is(err, io.EOF) { // nothing is well packed too, as answers to HEAD are
			return nil, err
		}
		if err == nil {
			body = unpacked
		}
	default:
		return nil, enrich.Errorf(CodeUnwanted, "The answer has an encoding that was not asked for.")
	}
	data, err := io.ReadAll(io.LimitReader(body, most+1))
	large := int64(len(data)) > most || in.N <= 0
	switch {
	case large && cut:
		return data[:min(int64(len(data)), most)], nil
	case large:
		return nil, tooLarge
	}
	return data, err
}

func wanted(types []string, kind string) bool {
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool {
		family, whole := strings.CutSuffix(t, "*")
		return t == kind || whole && strings.HasPrefix(kind, family)
	})
}

func refuse(format string, args ...any) error { return enrich.Errorf(CodeRefused, format, args...) }

// inTerms makes one of our errors of whatever went wrong.
func inTerms(err error) error {
	var ours *enrich.Error
	var urlErr *url.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &urlErr) && urlErr.Timeout():
		return &enrich.Error{Code: CodeTimeout, Message: "There was no whole answer in time.", Err: err}
	}
	return &enrich.Error{Code: CodeUnreachable, Message: "There was no answer that can be read.", Err: err}
}
