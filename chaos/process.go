package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// UpstreamVariable is the environment variable that makes a process of the product
// take part in a campaign: it holds the upstream's address.
const UpstreamVariable = "ENRICHD_CHAOS_UPSTREAM"

// process is one process of the product, with wires of its own to PostgreSQL and
// to the upstream. It is started again and again on the same port.
type process struct {
	c        *cluster
	name     string
	role     string // api, worker or relay
	program  string // of the next run
	host     *host  // nil where all share this machine's network
	database *proxy // nil where it has a host
	upstream *proxy // nil where it has a host
	addr     string // of its HTTP server
	queue    *proxy // to the service that pushes tasks; nil where there is none
	pushes   *proxy // from there, to a worker
	pushAddr string // where a worker listens for pushes

	mu    sync.Mutex
	cmd   *exec.Cmd
	gone  chan struct{}
	runs  int
	clock string // that is wrong; empty for the true one
}

func (c *cluster) newProcess(name, role string) (*process, error) {
	p := &process{c: c, name: name, role: role, program: c.program}
	var err error
	if c.network != nil {
		if p.host, err = c.network.add(name); err != nil {
			return nil, err
		}
		p.addr = net.JoinHostPort(p.host.addr, "8080")
		return p, nil
	}
	if p.database, err = startProxy(fmt.Sprintf("127.0.0.1:%d", c.server.Port()), true, c.o.Plant); err != nil {
		return nil, err
	}
	if p.upstream, err = startProxy(c.upstream.addr(), false, nil); err != nil {
		return nil, err
	}
	if c.service != nil {
		if err := p.wireService(); err != nil {
			return nil, err
		}
	}
	p.addr, err = freeAddr()
	return p, err
}

// Ports of processes are below those that kernels give to outgoing connections (from
// 32768 on Linux): while a process is down, nobody else must come to have its port.
const (
	lowestPort  = 15000
	highestPort = 32000
)

// freeAddr is an address that nobody listens on.
func freeAddr() (addr string, err error) {
	for range 100 {
		addr = fmt.Sprintf("127.0.0.1:%d", lowestPort+rand.IntN(highestPort-lowestPort))
		var l net.Listener
		if l, err = net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", err
}

// start runs the process, unless it runs.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.alive() {
		return nil
	}
	out, err := os.Create(filepath.Join(p.c.o.Dir, fmt.Sprintf("%s-%03d.log", p.name, p.runs)))
	if err != nil {
		return err
	}
	defer out.Close()
	p.runs++
	cmd := p.c.command(p.program, "serve", "--roles", p.role, "--addr", p.addr, "--slots", "8", "--rate", "10000000",
		"--blobs", filepath.Join(p.c.o.Dir, "blobs"), "--cache", p.c.o.Cache, "--drain", "5s")
	cmd.Env = append(cmd.Env, "DATABASE_URL="+p.c.via(p.database), UpstreamVariable+"=http://"+p.c.outside(p.upstream), ClockVariable+"="+p.clock)
	cmd.Env = append(cmd.Env, p.dispatchEnv()...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := p.host.inside(cmd.Start); err != nil {
		return err
	}
	p.cmd, p.gone = cmd, make(chan struct{})
	go func(gone chan struct{}) { _ = cmd.Wait(); close(gone) }(p.gone)
	return nil
}

// move starts a process that nobody knows yet at other addresses.
func (p *process) move() (err error) {
	if p.runs >= 5 {
		return fmt.Errorf("%s ends whenever it is started: see %s", p.name, p.c.o.Dir)
	}
	if p.addr, err = freeAddr(); err != nil {
		return err
	}
	if p.pushes != nil {
		p.pushes.close()
		if err := p.listenForPushes(); err != nil {
			return err
		}
	}
	return p.start()
}

// alive is for who holds the lock.
func (p *process) alive() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// pid of the run that is under way, or 0.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.alive() {
		return 0
	}
	return p.cmd.Process.Pid
}

// kill ends the process group as kill -9 does, and waits for the end.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.alive() {
		return
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.gone
}

// signal stops or continues the process group.
func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.alive() {
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

func (p *process) setClock(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock = name
}

// ready asks the process whether it can do its work.
func (p *process) ready(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func (p *process) close() {
	p.kill()
	p.database.close()
	p.upstream.close()
	p.queue.close()
	p.pushes.close()
}

// command is a version of the product's own program, run to its end or killed with the campaign.
func (c *cluster) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), c.o.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// run runs a command of the product against the database and reads the JSON that
// it prints; into may be nil.
func (c *cluster) run(into any, args ...string) error {
	cmd := c.command(c.program, append([]string{"-o", "json"}, args...)...)
	cmd.Env = append(cmd.Env, "DATABASE_URL="+c.server.URL(), "ENRICHD_MIGRATE_URL=")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("enrichd %s: %w: %s", args[0], err, errs.String())
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(out.Bytes(), into)
}

// outside is the upstream's address, through a proxy where there is one.
func (c *cluster) outside(p *proxy) string {
	if p == nil {
		return c.upstream.addr()
	}
	return p.addr()
}

// via is the database's address, through a proxy where there is one.
func (c *cluster) via(p *proxy) string {
	if p == nil {
		return c.server.URL()
	}
	u, err := url.Parse(c.server.URL())
	if err != nil {
		return ""
	}
	u.Host = p.addr()
	return u.String()
}

// await asks until the answer is yes, or ctx or the time ends.
func await(ctx context.Context, within time.Duration, what string, ask func() bool) error {
	patience, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for !ask() {
		pause(patience, 20*time.Millisecond)
		if ctx.Err() != nil {
			return ctx.Err() // somebody else lost patience
		}
		if patience.Err() != nil {
			return errors.New(what + " did not come about")
		}
	}
	return nil
}
