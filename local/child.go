package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// shutdown is a signal as the server reads it.
type shutdown = syscall.Signal

const (
	fastShutdown      shutdown = syscall.SIGINT  // ends sessions, writes a checkpoint
	immediateShutdown shutdown = syscall.SIGQUIT // recovery at the next start
	kill              shutdown = syscall.SIGKILL
)

// harder lists the shutdowns from soft to hard, each with its time before the
// next is tried.
var harder = []struct {
	how   shutdown
	limit time.Duration
}{{fastShutdown, 20 * time.Second}, {immediateShutdown, 10 * time.Second}, {kill, time.Minute}}

// child is the server's process.
type child struct {
	pid    int
	done   chan struct{}
	forget func() // ends the watch over another process's server
}

// startError is a server that ended before it was ready, with its last words.
type startError struct{ log string }

func (e *startError) Error() string { return "PostgreSQL did not start:\n" + tail(e.log) }

// passes reports whether another try may succeed: the port was taken since it
// was found free, or processes of a killed server have not yet noticed its death.
func (e *startError) passes() bool {
	return strings.Contains(e.log, "Address already in use") || strings.Contains(e.log, "pre-existing shared memory block")
}

// startChild launches the server on the port it had, or on a free one.
func (s *Server) startChild(ctx context.Context) error {
	if err := s.socketPlace(); err != nil {
		return err
	}
	s.dropStalePid()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for try := 1; ; try++ {
		port, err := s.choosePort()
		if err != nil {
			return err
		}
		proc, err := s.launch(ctx, port)
		var failed *startError
		switch {
		case err == nil:
			s.proc, s.port = proc, port
			return nil
		case !errors.As(err, &failed) || !failed.passes() || try == 50:
			return err
		}
		<-again.C
	}
}

// launch starts the server and waits until it takes connections.
func (s *Server) launch(ctx context.Context, port int) (*child, error) {
	log, err := s.openLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	from, _ := log.Seek(0, io.SeekEnd)
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), s.arguments(port)...)
	cmd.Stdout, cmd.Stderr = log, log
	s.owner.apply(cmd, s.dir)
	endWithParent(cmd.SysProcAttr, fastShutdown)
	cmd.SysProcAttr.Setpgid = true // an interrupt at the terminal is for us alone
	c, err := spawn(cmd, s.o.Inside)
	if err != nil {
		return c, fmt.Errorf("start PostgreSQL: %w", err)
	}
	err = poll(ctx, func() (bool, error) {
		if !c.running() {
			words, _ := io.ReadAll(io.NewSectionReader(log, from, 1<<20))
			return false, &startError{string(words)}
		}
		state := readPostmaster(s.data())
		return state.pid == c.pid && state.ready && answers(s.address(port)), nil
	})
	if err != nil {
		c.stop(immediateShutdown)
	}
	return c, err
}

// spawn starts and awaits a command on one locked thread: the kernel ends the
// child when the thread that forked it dies, and only this way is that the end
// of the program.
func spawn(cmd *exec.Cmd, inside func(func() error) error) (*child, error) {
	c := &child{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.done)
		err := inside(cmd.Start)
		if err == nil {
			c.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended stands in its log
		}
	}()
	return c, <-started
}

// adopt watches a server that another process started.
func adopt(pid int, data string) *child {
	quit := make(chan struct{})
	c := &child{pid: pid, done: make(chan struct{}), forget: sync.OnceFunc(func() { close(quit) })}
	go func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for runsOn(pid, data) {
			select {
			case <-quit:
				return
			case <-tick.C:
			}
		}
		close(c.done)
	}()
	return c
}

func (s *Server) arguments(port int) []string {
	settings := map[string]string{
		"listen_addresses": s.o.Host, "port": strconv.Itoa(port), "unix_socket_directories": s.socket,
		"logging_collector": "off", "max_connections": "200",
	}
	if s.o.Fast {
		settings["fsync"], settings["synchronous_commit"], settings["full_page_writes"] = "off", "off", "off"
	}
	maps.Copy(settings, s.o.Settings)
	args := []string{"-D", s.data()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// openLog opens the server's log to go on writing; one that has grown large is
// put aside first.
func (s *Server) openLog() (*os.File, error) {
	if info, err := os.Stat(s.logFile()); err == nil && info.Size() > 8<<20 {
		if err := os.Rename(s.logFile(), s.logFile()+".old"); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o640)
	if err != nil {
		return nil, err
	}
	return f, s.owner.take(s.logFile())
}

func (c *child) running() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// stop signals the server and waits; past its time the harder signals follow.
// It returns the signal that did it.
func (c *child) stop(how shutdown) shutdown {
	reached := false
	for _, step := range harder {
		reached = reached || step.how == how
		if !reached || !c.running() {
			continue
		}
		how = step.how
		_ = syscall.Kill(c.pid, how)
		select {
		case <-c.done:
		case <-time.After(step.limit):
		}
	}
	return how
}

// choosePort keeps to the port the server had; the first one is free a moment ago.
func (s *Server) choosePort() (int, error) {
	if s.port != 0 {
		return s.port, nil
	}
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
