// Package replay serves recorded sites on loopback.
//
// It is for tests of what fetches: names, ports and certificates are those of the
// internet as far as the client can tell, and no packet leaves the machine.
package replay

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enrichd/enrichd/fetch"
)

// Exchange is one recorded request and its answer. Path holds the query too.
type Exchange struct {
	Method  string      `json:"method"`
	Host    string      `json:"host"`
	Path    string      `json:"path"`
	Status  int         `json:"status"`
	Headers [][2]string `json:"headers"`
	Body    []byte      `json:"body_b64"`
}

// Read reads recorded exchanges, one JSON object a line.
func Read(r io.Reader) ([]Exchange, error) {
	var list []Exchange
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e Exchange
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(list)+1, err)
		}
		list = append(list, e)
	}
	return list, lines.Err()
}

// Page is an exchange that gives a page.
func Page(host, path, html string) Exchange {
	return File(host, path, "text/html; charset=utf-8", []byte(html))
}

// File is an exchange that gives any content.
func File(host, path, contentType string, content []byte) Exchange {
	return Exchange{Host: host, Path: path, Status: http.StatusOK, Headers: [][2]string{{"Content-Type", contentType}}, Body: content}
}

// header is the first header of a name.
func (e Exchange) header(name string) string {
	for _, h := range e.Headers {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

// Web is recorded sites behind a client that thinks it is on the internet.
type Web struct {
	Client *fetch.Client

	exchanges []Exchange
	mu        sync.Mutex
	requests  []string
}

// address is the one that every recorded host has: a public one that is not dialled.
var address = netip.MustParseAddr("93.184.215.14")

// New serves exchanges until the test ends.
func New(t testing.TB, exchanges ...Exchange) *Web {
	t.Helper()
	w := &Web{exchanges: exchanges}
	plain := httptest.NewServer(w.handler("http"))
	secure := httptest.NewUnstartedServer(w.handler("https"))
	vouch, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	secure.TLS = &tls.Config{GetCertificate: vouch.certificate}
	secure.StartTLS()
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	ports := map[uint16]netip.AddrPort{80: netip.MustParseAddrPort(plain.Listener.Addr().String()), 443: netip.MustParseAddrPort(secure.Listener.Addr().String())}
	w.Client = fetch.New(fetch.Options{
		Resolver: w, Roots: vouch.roots,
		Route:  func(a netip.AddrPort) netip.AddrPort { return ports[a.Port()] },
		Permit: func(a netip.AddrPort) bool { return a == ports[80] || a == ports[443] },
	})
	return w
}

// Requests lists what was asked for: "GET https://acme.com/".
func (w *Web) Requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}

// LookupNetIP knows the recorded hosts.
func (w *Web) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	for _, e := range w.exchanges {
		if e.Host == host {
			return []netip.Addr{address}, nil
		}
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

func (w *Web) handler(scheme string) http.Handler {
	return http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		asked := scheme + "://" + r.Host + r.URL.RequestURI()
		w.mu.Lock()
		w.requests = append(w.requests, r.Method+" "+asked)
		w.mu.Unlock()
		e, ok := w.find(r.Method, r.Host, r.URL.RequestURI(), asked)
		if !ok {
			http.NotFound(res, r)
			return
		}
		for _, h := range e.Headers {
			if !slices.Contains([]string{"content-length", "content-encoding", "transfer-encoding", "connection"}, strings.ToLower(h[0])) {
				res.Header().Add(h[0], h[1])
			}
		}
		res.WriteHeader(e.Status)
		_, _ = res.Write(e.Body) // who hangs up has had enough
	})
}

// find takes the first exchange that does not lead back to what was asked:
// recordings do not tell http from https, but their redirects do.
func (w *Web) find(method, host, path, asked string) (Exchange, bool) {
	for _, e := range w.exchanges {
		if e.Host == host && e.Path == path && (e.Method == "" || e.Method == method) && e.header("Location") != asked {
			return e, true
		}
	}
	return Exchange{}, false
}

// authority makes certificates for any host.
type authority struct {
	roots *x509.CertPool
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	from := time.Now().Add(-time.Hour)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "recorded sites"}, NotBefore: from, NotAfter: from.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &authority{roots, cert, key}, nil
}

func (a *authority) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if hello.ServerName == "" {
		return nil, errors.New("no host was named")
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{hello.ServerName}, NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.cert, &a.key.PublicKey, a.key)
	return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: a.key}, err
}
