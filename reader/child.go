package reader

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// maxAnswer bounds what a child may say to one question, in bytes.
const maxAnswer = 32 << 20

// maxRequests is how many files a child reads before it is replaced: whatever
// the engine forgot to free ends with it.
const maxRequests = 100

// request is one question to a child.
type request struct {
	Do        string // warm, pdf, image, html, icon, ocr, render
	Content   []byte
	Page      int
	Width     int
	MaxPages  int
	Languages []string
	Budget    time.Duration // how long the whole answer may take
}

// answer is a child's answer.
type answer struct {
	File    *File
	Picture *Picture
	Icon    *Icon
	Fault   *Error
	Spent   bool // the engine broke: this child is done
}

// child is a running child process.
type child struct {
	cmd    *exec.Cmd
	enc    *gob.Encoder
	dec    *gob.Decoder
	limit  *limited
	stderr *tail
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

// tail keeps the first bytes of what a child says on its way out.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(p[:min(len(p), max(0, 2000-t.buf.Len()))])
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// start runs a child, in a network of its own that leads nowhere where that is
// allowed: to root at once, to others in a name space of users.
func (r *Reader) start() (c *child, err error) {
	for _, attr := range isolations() {
		if c, err = r.launch(attr); err == nil {
			return c, nil
		}
	}
	return nil, err
}

func (r *Reader) launch(attr *syscall.SysProcAttr) (*child, error) {
	c := &child{cmd: exec.Command(r.o.Command[0], r.o.Command[1:]...), stderr: &tail{}, done: make(chan struct{})}
	c.cmd.Env, c.cmd.Dir, c.cmd.SysProcAttr = r.environment(), os.TempDir(), attr
	c.cmd.Stderr, c.cmd.WaitDelay = c.stderr, time.Second
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.limit = &limited{r: out}
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
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "OMP_THREAD_LIMIT=1", cacheEnv + "=" + r.o.CacheDir,
		fmt.Sprintf("%s=%d", memoryEnv, r.o.Memory), fmt.Sprintf("GOMEMLIMIT=%d", r.o.Memory/2),
	}
	for _, e := range os.Environ() {
		// What a test program needs to become a child, and where languages lie.
		if strings.HasPrefix(e, "ENRICHD_TEST_") || strings.HasPrefix(e, "GORACE=") || strings.HasPrefix(e, "TESSDATA_PREFIX=") {
			env = append(env, e)
		}
	}
	return env
}

func (c *child) alive() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// watch kills the child when it and what it started hold too much memory. It
// stands beside the limits of the kernel, which count reserved addresses and
// only those of one process.
func (c *child) watch(memory int64) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-tick.C:
		}
		if resident(c.cmd.Process.Pid) > memory {
			c.over.Store(true)
			c.kill()
		}
	}
}

// kill ends the child and everything that it started.
func (c *child) kill() {
	if c.alive() {
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
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
		if r.err == nil {
			return r.a, nil
		}
		return nil, c.faultOf(r.err)
	}
}

// faultOf says which limit a child met whose answer did not come.
func (c *child) faultOf(err error) *Error {
	if errors.Is(err, errTooMuch) {
		return faultf(CodeResourceLimit, "What was read of it is more than %d MiB.", maxAnswer>>20)
	}
	c.kill()
	<-c.done // its last words are complete
	if c.over.Load() || lackedMemory(c.stderr.String()) {
		return faultf(CodeResourceLimit, "Reading it needed more memory than a file may use.")
	}
	return faultf(CodeCrashed, "The reader broke down over it.")
}

// lackedMemory reports whether a child's last words are those of a run time, of
// Go, of C or of the race detector, that was refused memory.
func lackedMemory(words string) bool {
	for _, w := range []string{"out of memory", "cannot allocate memory", "Cannot allocate memory", "failed to allocate", "pthread_create failed", "failed to create new OS thread"} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}
