package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// site is a server on loopback that a client of the test may reach, and another
// one that it may not.
type site struct {
	*httptest.Server
	client  *Client
	inside  *httptest.Server
	entered atomic.Int64 // requests that came inside
	names   map[string][]netip.Addr
	lookUps atomic.Int64
}

func newSite(t *testing.T, handle http.HandlerFunc) *site {
	t.Helper()
	s := &site{Server: httptest.NewServer(handle), names: map[string][]netip.Addr{}}
	s.inside = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { s.entered.Add(1) }))
	t.Cleanup(s.Close)
	t.Cleanup(s.inside.Close)
	here := netip.MustParseAddrPort(s.Listener.Addr().String())
	s.client = New(Options{Resolver: s, Permit: func(a netip.AddrPort) bool { return a == here }})
	return s
}

func (s *site) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	s.lookUps.Add(1)
	if addrs := s.names[host]; addrs != nil {
		return addrs, nil
	}
	return nil, errors.New("no such host in 10.1.2.3")
}

func (s *site) get(r Request) (*Response, error) {
	if r.URL == "" {
		r.URL = s.URL
	}
	return s.client.Do(context.Background(), r)
}

func TestFetch(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "Text/HTML; charset=utf-8")
		fmt.Fprintf(w, "%s %s", r.Method, r.Header.Get("User-Agent"))
	})
	got, err := s.get(Request{Types: []string{"image/*", "text/html"}})
	if err != nil || got.Status != 200 || got.Type != "text/html" || string(got.Body) != "GET enrichd" || got.URL != s.URL {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.get(Request{Types: []string{"image/*"}}); enrich.CodeOf(err) != CodeUnwanted {
		t.Errorf("a page for an image: %v", err)
	}
}

// A name may lead elsewhere the next time it is asked for: what counts is what
// is dialled.
func TestRebinding(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // the next request dials again
	})
	public, loopback := netip.MustParseAddr("93.184.215.14"), netip.MustParseAddr("127.0.0.1")
	at := func(host string, server *httptest.Server) string {
		return "http://" + net.JoinHostPort(host, fmt.Sprint(server.Listener.Addr().(*net.TCPAddr).Port)) + "/"
	}
	s.names["shop.example"] = []netip.Addr{loopback}
	if _, err := s.get(Request{URL: at("shop.example", s.Server)}); err != nil {
		t.Fatal(err)
	}
	// The same name now has an address that nobody permitted.
	s.names["shop.example"] = []netip.Addr{netip.MustParseAddr("127.0.0.2")}
	for name, addrs := range map[string][]netip.Addr{
		"shop.example":    s.names["shop.example"],
		"both.example":    {public, loopback},
		"both6.example":   {public, netip.MustParseAddr("::1")},
		"hidden.example":  {netip.MustParseAddr("::ffff:127.0.0.1")},
		"nat64.example":   {netip.MustParseAddr("64:ff9b::7f00:1")},
		"private.example": {netip.MustParseAddr("10.0.0.1")},
	} {
		s.names[name] = addrs
		if _, err := s.get(Request{URL: at(name, s.inside)}); enrich.CodeOf(err) != CodeRefused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.entered.Load() != 0 {
		t.Errorf("%d requests came inside", s.entered.Load())
	}
	// The dialer is asked too, for who comes past the first look.
	if err := s.client.control("tcp4", s.inside.Listener.Addr().String(), nil); enrich.CodeOf(err) != CodeRefused {
		t.Errorf("the dialer says %v", err)
	}
}

func TestRedirects(t *testing.T) {
	var target atomic.Pointer[string]
	var seen atomic.Pointer[http.Header]
	status := atomic.Int64{}
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		seen.Store(&r.Header)
		if r.URL.Path == "/end" {
			fmt.Fprint(w, "the end")
			return
		}
		w.Header().Set("Set-Cookie", "a=b")
		http.Redirect(w, r, *target.Load(), int(status.Load()))
	})
	denied, _ := spellings(t)
	one := func(code int, to string, most int) (*Response, error) {
		status.Store(int64(code))
		target.Store(&to)
		return s.get(Request{Redirects: most, Header: http.Header{"Authorization": {"Bearer x"}}})
	}
	for _, code := range []int{301, 302, 303, 307, 308} {
		if got, err := one(code, "/end", 1); err != nil || string(got.Body) != "the end" || got.URL != s.URL+"/end" {
			t.Errorf("%d: %+v, %v", code, got, err)
		}
		if h := *seen.Load(); h.Get("Authorization") != "" || h.Get("Cookie") != "" || h.Get("Referer") != "" {
			t.Errorf("the redirect took along %v", h)
		}
		if got, err := one(code, "/end", 0); err != nil || got.Status != code {
			t.Errorf("%d not followed: %+v, %v", code, got, err)
		}
		for _, to := range append(denied[:60:60], s.inside.URL, "http://169.254.169.254/", "http://[::1]/", "file:///etc/passwd", "http://10.0.0.1:8080/") {
			if _, err := one(code, to, 3); enrich.CodeOf(err) != CodeRefused && enrich.CodeOf(err) != CodeUnreachable {
				t.Errorf("%d to %q: %v", code, to, err)
			}
		}
		if _, err := one(code, "/again", 3); enrich.CodeOf(err) != CodeRefused {
			t.Errorf("a circle: %v", err)
		}
	}
	if s.entered.Load() != 0 {
		t.Errorf("%d requests came inside", s.entered.Load())
	}
}

// A redirect from https to http is refused before anything is dialled.
func TestNoDowngrade(t *testing.T) {
	follow := New(Options{}).follow(3)
	request := func(raw string) *http.Request {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Request{URL: u, Header: http.Header{}}
	}
	if err := follow(request("http://example.com/"), []*http.Request{request("https://example.com/")}); enrich.CodeOf(err) != CodeRefused {
		t.Error(err)
	}
	if err := follow(request("https://example.com/"), []*http.Request{request("http://example.com/")}); err != nil {
		t.Error(err)
	}
}

func TestLimits(t *testing.T) {
	var bomb bytes.Buffer
	packed := gzip.NewWriter(&bomb)
	for range 64 {
		if _, err := packed.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	packed.Close()
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			w.Header().Set("Content-Length", "2000")
			fmt.Fprint(w, strings.Repeat("x", 2000))
		case "/endless":
			for {
				if _, err := fmt.Fprint(w, strings.Repeat("x", 1000)); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/exact":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			fmt.Fprint(z, strings.Repeat("x", 1000))
			z.Close()
		case "/brotli":
			w.Header().Set("Content-Encoding", "br")
			fmt.Fprint(w, "x")
		case "/short":
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "x")
		case "/headers":
			for i := range 10_000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), "0123456789")
			}
		case "/silent":
			<-r.Context().Done()
		}
	})
	for path, want := range map[string]string{
		"/large": CodeTooLarge, "/endless": CodeTooLarge, "/bomb": CodeTooLarge, "/exact": "", "/brotli": CodeUnwanted,
		"/short": CodeUnreachable, "/headers": CodeUnreachable,
	} {
		if got, err := s.get(Request{URL: s.URL + path, MaxBytes: 1000}); enrich.CodeOf(err) != want || err == nil && len(got.Body) != 1000 {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got, err := s.get(Request{URL: s.URL + "/endless", MaxBytes: 1000, Cut: true}); err != nil || len(got.Body) != 1000 {
		t.Errorf("cut: %v", err)
	}
	if _, err := s.get(Request{URL: s.URL + "/silent", Timeout: 20 * time.Millisecond}); enrich.CodeOf(err) != CodeTimeout {
		t.Errorf("silent: %v", err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.client.Do(gone, Request{URL: s.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who is gone gets %v", err)
	}
}

// No proxy is asked, whatever the environment says, and no message tells what a
// resolver said.
func TestQuiet(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {})
	t.Setenv("HTTP_PROXY", s.inside.URL)
	t.Setenv("http_proxy", s.inside.URL)
	_, err := s.get(Request{URL: "http://nowhere.example/"})
	if enrich.CodeOf(err) != CodeUnreachable || strings.Contains(err.Error(), "10.1.2.3") || s.entered.Load() != 0 {
		t.Errorf("%v, %d at the proxy", err, s.entered.Load())
	}
	denied := New(Options{Resolver: s, Deny: []netip.Prefix{netip.MustParsePrefix("2606:4700::/32")}})
	if _, err := denied.Do(context.Background(), Request{URL: "http://[2606:4700::1]/"}); enrich.CodeOf(err) != CodeRefused {
		t.Errorf("a prefix of one's own: %v", err)
	}
}
