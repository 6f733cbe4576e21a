package chaos

import (
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"time"
)

// How a proxy treats what passes.
const (
	passes   = ""         // as a wire does
	delays   = "delays"   // each piece waits up to a tenth of a second
	trickles = "trickles" // a few bytes at a time
	drops    = "drops"    // swallows everything, and tells nobody: a network that is gone
	mutes    = "mutes"    // swallows the answers alone
	refuses  = "refuses"  // takes no connection and cuts those that stand
)

// proxy is the wire between one process and PostgreSQL or the upstream.
type proxy struct {
	listener net.Listener
	target   string
	sql      bool   // it carries PostgreSQL's protocol, and ambushes can be laid
	plant    *Plant // bug in what passes; nil for none

	mu       sync.Mutex
	mode     string
	links    map[*link]bool
	ambushes []*ambush
	closed   bool
}

// link is one connection through a proxy.
type link struct {
	p              *proxy
	client, server net.Conn
	mu             sync.Mutex
	cut            func() // to be called instead of passing on the next answer; nil passes it
}

func startProxy(target string, sql bool, plant *Plant) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, target: target, sql: sql, plant: plant, links: map[*link]bool{}}
	go p.accept()
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // a client that is gone already
		}
		go p.connect(client)
	}
}

// connect makes a link. A network that is gone takes connections, too: the
// kernel of this machine cannot be kept from answering for the listener.
func (p *proxy) connect(client net.Conn) {
	if p.now() == refuses {
		reset(client)
		return
	}
	server, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	if err != nil {
		reset(client)
		return
	}
	l := &link{p: p, client: client, server: server}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		l.end()
		return
	}
	p.links[l] = true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() {
		if p.sql {
			l.statements()
		} else {
			l.pump(server, client, false)
		}
		l.done()
	})
	both.Go(func() { l.pump(client, server, true); l.done() })
	both.Wait()
	l.end()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

func (p *proxy) now() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mode
}

// set changes how the proxy treats what passes; refuses cuts what stands. A nil
// proxy is a wire that the campaign has no hand on: nothing changes.
func (p *proxy) set(mode string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.mode = mode
	p.mu.Unlock()
	switch mode {
	case refuses:
		p.cutAll()
	case drops:
		p.noticed()
	}
}

// keepalive is when the kernel of the database's host finds out that nobody is
// there any more, by what postgres.Open asks for. Here it cannot by itself: this
// proxy is there, and its kernel answers.
const keepalive = 7 * time.Second

// noticed ends the database's side of the connections that stand, once its kernel
// would have found out that the network is gone.
func (p *proxy) noticed() {
	if !p.sql {
		return
	}
	p.mu.Lock()
	stand := slices.Collect(maps.Keys(p.links))
	p.mu.Unlock()
	time.AfterFunc(keepalive, func() {
		if p.now() != drops {
			return
		}
		for _, l := range stand {
			reset(l.server)
		}
	})
}

// cutAll resets every connection that stands.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.end()
	}
}

func (p *proxy) close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.listener.Close()
	p.cutAll()
}

// pump copies one way until an end closes. answers says that it is the way back.
func (l *link) pump(to, from net.Conn, answers bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if answers && l.ambushed() {
				return
			}
			if l.send(to, buf[:n], answers) != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// send passes bytes on as the proxy's mode says.
func (l *link) send(to io.Writer, b []byte, answers bool) error {
	switch mode := l.p.now(); {
	case mode == drops, mode == mutes && answers:
		return nil
	case mode == refuses:
		return net.ErrClosed
	case mode == delays:
		time.Sleep(time.Duration(len(b)*37%100) * time.Millisecond) // uneven, and the same for the same bytes
	case mode == trickles:
		for len(b) > 7 && l.p.now() == trickles {
			if _, err := to.Write(b[:7]); err != nil {
				return err
			}
			b = b[7:]
			time.Sleep(200 * time.Microsecond)
		}
	}
	_, err := to.Write(b)
	return err
}

// ambushed cuts the link in place of the answer that was waited for.
func (l *link) ambushed() bool {
	l.mu.Lock()
	cut := l.cut
	l.cut = nil
	l.mu.Unlock()
	if cut == nil {
		return false
	}
	cut()
	l.end()
	return true
}

// done ends the link when one way has ended: but a network that is gone does not
// tell the other side, before it is back.
func (l *link) done() {
	for mode := l.p.now(); mode == drops || mode == mutes; mode = l.p.now() {
		time.Sleep(20 * time.Millisecond)
	}
	l.end()
}

// end closes both sides.
func (l *link) end() {
	reset(l.client)
	reset(l.server)
}

// reset closes a connection with RST, so that nothing lingers.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}
