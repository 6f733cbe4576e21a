package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/enrichd/enrichd/enrich"
)

// A client that would connect to none of the spellings, and to all of the plain
// addresses. The sockets of the plain ones are stopped when they would connect.
func TestSpellings(t *testing.T) {
	denied, allowed := spellings(t)
	if len(denied) != 525 || len(allowed) != 5 {
		t.Fatalf("the list has %d to refuse and %d to allow", len(denied), len(allowed))
	}
	c, connects := stopped(New(Options{Resolver: careless{}}))
	for _, url := range denied {
		_, err := c.Do(context.Background(), Request{URL: url, Redirects: 3})
		if code := enrich.CodeOf(err); code != CodeRefused {
			t.Errorf("%q: %v", url, err)
		}
	}
	if n := connects.Load(); n != 0 {
		t.Errorf("%d connections to what is refused", n)
	}
	for i, url := range allowed {
		if _, err := c.Do(context.Background(), Request{URL: url}); !errors.Is(err, errStopped) || connects.Load() != int64(i+1) {
			t.Errorf("%q: %v after %d connections", url, err, connects.Load())
		}
	}
}

// The same with a door that is open behind the number: nobody comes in.
func TestSpellingsAtAListener(t *testing.T) {
	denied, _ := spellings(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var visitors atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			visitors.Add(1)
			conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	// A permit that permits nothing lets every port come to the decision.
	c := New(Options{Resolver: careless{}, Permit: func(netip.AddrPort) bool { return false }})
	plain, tried := regexp.MustCompile(`^(http://(?:\[[^\]]*\]|[^/:@\[\]]+))/$`), 0
	for _, url := range denied {
		m := plain.FindStringSubmatch(url)
		if m == nil {
			continue
		}
		tried++
		_, err := c.Do(context.Background(), Request{URL: m[1] + ":" + port + "/"})
		if enrich.CodeOf(err) != CodeRefused {
			t.Errorf("%s: %v", url, err)
		}
		if err != nil && (strings.Contains(err.Error(), port) || strings.Contains(err.Error(), "127.0.0.1")) {
			t.Errorf("%s: the message tells of the network: %v", url, err)
		}
	}
	listener.Close()
	<-done
	if visitors.Load() != 0 || tried < 480 {
		t.Errorf("%d connections after %d attempts", visitors.Load(), tried)
	}
}

func TestAllowed(t *testing.T) {
	for want, list := range map[bool]string{
		true: `8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.0.1.0 198.17.255.255
			198.20.0.0 223.255.255.255 ::ffff:8.8.8.8 2606:4700:4700::1111 2001:200::1 2001:4860:4860::8888 2003::1 2a00::1`,
		false: `0.0.0.0 0.255.255.255 10.0.0.1 100.64.0.0 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.255 169.254.169.254
			168.63.129.16 172.16.0.0 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.0 198.19.255.255
			198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
			:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::a00:1 100::1 2001::1
			2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:20::1 2001:1ff:: 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1
			4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 2606:4700::1%eth0 fec0::1 ff02::1 ff0e::1`,
	} {
		for _, s := range strings.Fields(list) {
			if got := Allowed(netip.MustParseAddr(s)); got != want {
				t.Errorf("Allowed(%s) is %v", s, got)
			}
		}
	}
	if Allowed(netip.Addr{}) {
		t.Error("no address at all is allowed")
	}
}

var errStopped = errors.New("stopped before it connects")

// stopped makes a client that goes the whole way up to connecting.
func stopped(c *Client) (*Client, *atomic.Int64) {
	connects := &atomic.Int64{}
	c.dialer.Control = func(network, address string, conn syscall.RawConn) error {
		if err := c.control(network, address, conn); err != nil {
			return err
		}
		connects.Add(1)
		return errStopped
	}
	return c, connects
}

// spellings reads the shared list; one of its URLs has a line end inside.
func spellings(t *testing.T) (denied, allowed []string) {
	t.Helper()
	dir := os.Getenv("ENRICHD_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "badinput", "ssrf", "generated.tsv"))
	if err != nil {
		t.Skipf("the shared data is absent: %v", err)
	}
	for line := range strings.Lines(string(raw)) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		switch {
		case len(parts) == 3 && parts[0] == "deny":
			denied = append(denied, parts[2])
		case len(parts) == 3:
			allowed = append(allowed, parts[2])
		default: // goes on with the line before
			denied[len(denied)-1] += "\n" + parts[0]
		}
	}
	return denied, allowed
}

// careless is a resolver that makes an address of whatever can be read as one,
// in all the ways of the C library and more, and that serves the tricks of
// names that lead inside.
type careless struct{}

func (careless) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	host = strings.TrimSuffix(strings.ToLower(norm.NFKC.String(host)), ".")
	for name, inside := range map[string]string{
		"localhost": "127.0.0.1", "localhost.localdomain": "127.0.0.1", "metadata": "169.254.169.254", "instance-data": "169.254.169.254",
		"metadata.google.internal": "169.254.169.254", "kubernetes.default.svc": "10.96.0.1", "localtest.me": "127.0.0.1", "1u.ms": "127.0.0.1",
	} {
		if host == name {
			return []netip.Addr{netip.MustParseAddr(inside)}, nil
		}
	}
	for _, service := range []string{".nip.io", ".sslip.io"} {
		if inside, ok := strings.CutSuffix(host, service); ok {
			host = strings.ReplaceAll(inside, "-", ".")
		}
	}
	if a, err := inetAton(host); err == nil {
		return []netip.Addr{a}, nil
	}
	return []netip.Addr{netip.MustParseAddr("93.184.215.14")}, nil
}

// inetAton reads an address as the C library does.
func inetAton(s string) (netip.Addr, error) {
	parts := strings.Split(s, ".")
	var whole uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 0, 32)
		if err != nil {
			return netip.Addr{}, err
		}
		if i < len(parts)-1 {
			whole |= (n & 0xff) << (24 - 8*i)
		} else {
			whole |= n
		}
	}
	if len(parts) > 4 || whole > 0xffffffff {
		return netip.Addr{}, fmt.Errorf("no address: %s", s)
	}
	return netip.AddrFrom4([4]byte{byte(whole >> 24), byte(whole >> 16), byte(whole >> 8), byte(whole)}), nil
}
