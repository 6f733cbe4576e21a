package chaos

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// network is hosts on a bridge: each has a network namespace of its own, and the
// campaign's process stands at the bridge. Nothing of it has a name outside: the
// kernel takes it all away when the process and what it started have ended.
type network struct {
	hosts []*host
}

// bridgeAddr is the campaign's own address; hosts count on from hostsFrom. The
// addresses mean nothing outside the namespaces.
const (
	bridgeAddr = "10.77.0.1"
	hostsFrom  = "10.77.0.10"
)

// nobody is the hardware address of no host: what is sent there arrives nowhere.
const nobody = "02:00:00:00:00:fe"

// host is a network namespace with one wire to the bridge. A nil host is this
// process's own network.
type host struct {
	name string
	addr string
	port string   // the wire's end at the bridge
	ns   *os.File // keeps the namespace
}

// newNetwork makes the bridge, in a network that is this process's own alone.
func newNetwork() (*network, error) {
	for _, line := range []string{
		"link set lo up", "link add hub type bridge forward_delay 0", "addr add " + bridgeAddr + "/24 dev hub", "link set hub up",
	} {
		if err := ip(line); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoNamespaces, err)
		}
	}
	return &network{}, nil
}

// add makes a host and wires it up.
func (n *network) add(name string) (*host, error) {
	addr := netip.MustParseAddr(hostsFrom)
	for range n.hosts {
		addr = addr.Next()
	}
	h := &host{name: name, addr: addr.String(), port: fmt.Sprintf("port%d", len(n.hosts))}
	var err error
	if h.ns, err = newNamespace(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoNamespaces, err)
	}
	n.hosts = append(n.hosts, h)
	err = ip(fmt.Sprintf("link add %s type veth peer name eth0 netns /proc/%d/fd/%d", h.port, os.Getpid(), h.ns.Fd()))
	for _, line := range []string{"link set " + h.port + " master hub", "link set " + h.port + " up"} {
		if err == nil {
			err = ip(line)
		}
	}
	for _, line := range []string{"link set lo up", "addr add " + h.addr + "/24 dev eth0", "link set eth0 up"} {
		if err == nil {
			err = h.ip(line)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoNamespaces, err)
	}
	return h, nil
}

// newNamespace makes a network namespace that stands as long as the file is open.
func newNamespace() (ns *os.File, err error) {
	enter := func() error { return unix.Unshare(unix.CLONE_NEWNET) }
	err = onThread(func() error {
		return visit(enter, func() (err error) {
			ns, err = os.Open(threadNetwork)
			return err
		})
	})
	return ns, err
}

const threadNetwork = "/proc/thread-self/ns/net"

// errAstray says that a thread did not come back from another namespace.
var errAstray = errors.New("the thread stays in another network")

// onThread runs f on a thread that nothing else runs on. One that is astray ends
// with its goroutine.
func onThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := f()
		if !errors.Is(err, errAstray) {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

// visit runs f after enter has changed the thread's network, and leads it back. The
// caller has locked its thread.
func visit(enter, f func() error) error {
	home, err := os.Open(threadNetwork)
	if err != nil {
		return err
	}
	defer home.Close()
	if err := enter(); err != nil {
		return fmt.Errorf("enter another network: %w", err)
	}
	err = f()
	if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
		err = errors.Join(err, errAstray, back)
	}
	return err
}

// inside runs f in the host's network: sockets that it makes, and processes that it
// starts, are there.
func (h *host) inside(f func() error) error {
	if h == nil {
		return f()
	}
	return onThread(func() error { return h.insideHere(f) })
}

// insideHere is inside for who has locked its thread, and wants f on that one.
func (h *host) insideHere(f func() error) error {
	return visit(func() error { return unix.Setns(int(h.ns.Fd()), unix.CLONE_NEWNET) }, f)
}

// ip runs the command ip with the words of a line.
func ip(line string) error { return tool("ip", line) }

func (h *host) ip(line string) error { return h.inside(func() error { return ip(line) }) }

func (h *host) tc(line string) error { return h.inside(func() error { return tool("tc", line) }) }

func tool(name, line string) error {
	out, err := exec.Command(name, strings.Fields(line)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, line, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// unplug takes the host's wire away: whoever it talked to hears nothing more, and
// is not told.
func (h *host) unplug() error { return ip("link set " + h.port + " down") }

func (h *host) plug() error { return ip("link set " + h.port + " up") }

// lose has everything that goes from this host to another arrive nowhere; what
// comes from there still does.
func (h *host) lose(to *host) error {
	return h.ip("neigh replace " + to.addr + " lladdr " + nobody + " dev eth0 nud permanent")
}

// find ends lose.
func (h *host) find(to *host) error { return h.ip("neigh del " + to.addr + " dev eth0") }

// slow has what the host sends come late, or, where the kernel cannot delay, pass
// through a narrow wire. It says which.
func (h *host) slow() (how string, err error) {
	if h.tc("qdisc replace dev eth0 root netem delay 100ms 50ms") == nil {
		return "100 ms late, give or take 50", nil
	}
	return "through a wire of 512 kbit/s", h.tc("qdisc replace dev eth0 root tbf rate 512kbit burst 16kbit latency 2s")
}

func (h *host) quick() error { return h.tc("qdisc del dev eth0 root") }

// heal brings every wire back. What was whole cannot be mended, and says so to
// nobody.
func (n *network) heal() error {
	if n == nil {
		return nil
	}
	var broken error
	for _, h := range n.hosts {
		broken = errors.Join(broken, h.plug())
		_ = h.quick()
		for _, to := range n.hosts {
			_ = h.find(to)
		}
	}
	return broken
}

func (n *network) close() {
	if n == nil {
		return
	}
	for _, h := range n.hosts {
		h.ns.Close()
	}
}
