package reader

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// maxAnswer bounds what a child may say, in bytes.
const maxAnswer = 64 << 20

// maxRequests is how many files a child reads before it is replaced: whatever
// the engine forgot to free ends with it.
const maxRequests = 100

// request is one question to a child.
type request struct {
	Do        string // warm, pdf, image, ocr, render
	Content   []byte
	Page      int
	Width     int
	MaxPages  int
	Languages []string
}

// answer is a child's answer.
type answer struct {
	File  *File
	PNG   []byte
	Fault *Error
}

// child is a running child process.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	enc    *gob.Encoder
	dec    *gob.Decoder
	limit  *limited
	served int
	over   atomic.Bool // it was killed for its memory
	done   chan struct{}
}

// limited reads at most a number of bytes for each answer.
type limited struct {
	r    io.Reader
	left int64
}

var errTooMuch = errors.New("the answer is too long")

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooMuch
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// start runs a child in a process group and, where that is allowed, in a network
// of its own that leads nowhere. It ends with this process.
func (r *Reader) start() (*child, error) {
	c, err := r.launch(true)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) {
		c, err = r.launch(false)
	}
	return c, err
}

func (r *Reader) launch(isolated bool) (*child, error) {
	cmd := exec.Command(r.o.Command[0], r.o.Command[1:]...)
	cmd.Env = append(r.environment(), extraEnv()...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if isolated {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, in: in, limit: &limited{r: out}, done: make(chan struct{})}
	c.enc, c.dec = gob.NewEncoder(in), gob.NewDecoder(c.limit)
	started := make(chan error)
	go c.live(started)
	if err := <-started; err != nil {
		return nil, err
	}
	go c.watch(r.o.Memory)
	return c, nil
}

// environment is all that a child is told: nothing of this process's secrets.
func (r *Reader) environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "OMP_THREAD_LIMIT=1", "GOMEMLIMIT=512MiB", cacheEnv + "=" + r.o.CacheDir}
}

// extraEnv passes on what test programs need to become a child.
func extraEnv() []string {
	var env []string
	for _, e := range os.Environ() {
		if strings.HasPrefix(e, "ENRICHD_TEST_") || strings.HasPrefix(e, "GORACE=") {
			env = append(env, e)
		}
	}
	return env
}

// watch kills the child when it, or what it started, uses too much memory.
func (c *child) watch(memory int64) {
	for {
		select {
		case <-c.done:
			return
		case <-time.After(50 * time.Millisecond):
		}
		if resident(c.cmd.Process.Pid) > memory {
			c.over.Store(true)
			c.kill()
		}
	}
}

// resident is the memory that a process holds, in bytes; 0 when it is gone.
func resident(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	var total, pages int64
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(raw), &total, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// kill ends the child and everything that it started.
func (c *child) kill() { _ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) }

// ask puts a question to a child and waits for its answer, in a slot. A child
// that answered well goes on to the next file; one that did not is ended.
func (r *Reader) ask(ctx context.Context, q request, limit time.Duration) (*answer, error) {
	select {
	case r.slot <- struct{}{}:
		defer func() { <-r.slot }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := r.take(ctx)
	if err != nil {
		return nil, err
	}
	a, err := c.exchange(ctx, q, limit)
	if err != nil {
		c.kill()
		return nil, err
	}
	r.giveBack(c)
	if a.Fault != nil {
		return nil, a.Fault
	}
	return a, nil
}

// take finds an idle child or starts one, which may compile its code first.
func (r *Reader) take(ctx context.Context) (*child, error) {
	select {
	case c := <-r.idle:
		return c, nil
	default:
	}
	c, err := r.start()
	if err != nil {
		return nil, fmt.Errorf("start the reader process: %w", err)
	}
	if a, err := c.exchange(ctx, request{Do: "warm"}, r.o.WarmTimeout); err != nil || a.Fault != nil {
		c.kill()
		return nil, errors.Join(fmt.Errorf("the reader process did not get ready"), err)
	}
	return c, nil
}

func (r *Reader) giveBack(c *child) {
	if c.served++; c.served >= maxRequests {
		c.kill()
		return
	}
	select {
	case r.idle <- c:
	default:
		c.kill()
	}
}

// exchange is one question and its answer.
func (c *child) exchange(ctx context.Context, q request, limit time.Duration) (*answer, error) {
	type reply struct {
		a   *answer
		err error
	}
	got := make(chan reply, 1)
	c.limit.left = maxAnswer
	go func() {
		var a answer
		err := c.enc.Encode(q)
		if err == nil {
			err = c.dec.Decode(&a)
		}
		got <- reply{&a, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, faultf(CodeTimeout, "Reading it took longer than %s.", limit)
	case r := <-got:
		switch {
		case r.err == nil:
			return r.a, nil
		case c.over.Load():
			return nil, faultf(CodeResourceLimit, "Reading it needed more memory than a file may use.")
		case errors.Is(r.err, errTooMuch):
			return nil, faultf(CodeResourceLimit, "What was read of it is more than a file may hold.")
		}
		return nil, faultf(CodeCrashed, "The reader broke down over it.")
	}
}
