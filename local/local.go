// Package local runs a private PostgreSQL from the machine's binaries.
//
// The server is a child of this process and ends with it, however it ends. Its
// data stay in a folder and are used again by the next start; a server that
// already runs on the folder is shared.
package local

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// User is the owner of the private server, Database the database it starts with.
const (
	User     = "enrichd"
	Database = "enrichd"
)

const loopback = "127.0.0.1"

// patience bounds each wait for a server: recovery after a crash takes its time
// on a loaded machine.
const patience = 2 * time.Minute

// errShared refuses what only the process that started a server may do.
var errShared = errors.New("the server was started by another process, which alone may stop it")

// Options of Start.
type Options struct {
	// Dir is the data folder; empty means a temporary one, removed on Stop.
	Dir string
	// Fast gives durability up for speed: for tests only.
	Fast bool
	// Settings are more server settings, e.g. "max_connections": "40".
	Settings map[string]string
	// Host is the address to listen on; empty means 127.0.0.1. At any other one, who
	// shares a network with it may log in, with the password.
	Host string
	// Inside runs what starts the server, on the thread that is to start it, e.g. in
	// another network namespace; nil means here. This process must reach Host.
	Inside func(start func() error) error
	// Log hears of what a reader would not expect; nil means nobody does.
	Log *slog.Logger
}

// Server is a running private PostgreSQL.
type Server struct {
	o         Options
	bin       string // folder of the binaries
	version   string
	owner     *owner
	dir       string   // absolute; holds data, password, lock and log
	lock      *os.File // held as long as a temporary server is wanted
	socket    string   // folder of the unix socket
	port      int
	password  string
	temporary bool
	reused    bool

	mu   sync.Mutex // guards proc
	proc *child
}

// Start finds or makes the cluster in o.Dir and starts it, or shares the server
// that already runs there.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Host == "" {
		o.Host = loopback
	}
	if o.Inside == nil {
		o.Inside = func(start func() error) error { return start() }
	}
	s := &Server{o: o}
	var err error
	if s.owner, err = findOwner(); err != nil {
		return nil, err
	}
	if err := s.choosePlace(); err != nil {
		return nil, err
	}
	if s.bin, s.version, err = findBinaries(debianBinaries, s.dataVersion()); err != nil {
		return nil, err
	}
	if err := s.makePlace(); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.cleanUp())
	}
	return s, nil
}

// open brings up a server on the folder. Two processes that do it at once take
// turns, so that the second finds the first one's server.
func (s *Server) open(ctx context.Context) error {
	unlock, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if shared, err := s.share(ctx); shared || err != nil {
		return err
	}
	if err := s.ensureCluster(ctx); err != nil {
		return err
	}
	if err := s.admitNeighbours(); err != nil {
		return err
	}
	return s.startChild(ctx)
}

// URL is the address of the database, with the owner's rights.
func (s *Server) URL() string { return s.URLFor(Database) }

// URLFor is the address of another database on the server.
func (s *Server) URLFor(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(User, s.password), Host: s.address(s.port),
		Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

func (s *Server) address(port int) string { return net.JoinHostPort(s.o.Host, strconv.Itoa(port)) }

// Version is the server's version, e.g. "15.18".
func (s *Server) Version() string { return s.version }

// Reused reports whether the server was running already.
func (s *Server) Reused() bool { return s.reused }

// Port is the TCP port on o.Host.
func (s *Server) Port() int { return s.port }

// Dir is the folder in use: o.Dir, or what replaces it.
func (s *Server) Dir() string { return s.dir }

// SocketDir is the folder of the unix socket, for PGHOST; it asks for the
// password, too.
func (s *Server) SocketDir() string { return s.socket }

// Pid is the server's process.
func (s *Server) Pid() int { return s.current().pid }

// Done is closed when the server has ended, for whatever reason. After
// StartAgain, ask again.
func (s *Server) Done() <-chan struct{} { return s.current().done }

func (s *Server) current() *child {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc
}

// Stop ends a server that Start started, and leaves a shared one alone. The
// second call does nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reused {
		s.proc.forget()
		return nil
	}
	if s.proc.stop(fastShutdown) != fastShutdown {
		s.o.Log.Warn("the private PostgreSQL did not stop in time and was ended; it recovers at the next start", "folder", s.dir)
	}
	return s.cleanUp()
}

// StopImmediate ends the server without a checkpoint, as a power cut would; it
// recovers from its log at the next start.
func (s *Server) StopImmediate() error { return s.endWith(immediateShutdown) }

// Kill ends the server's first process as the kernel would when memory is short.
func (s *Server) Kill() error { return s.endWith(kill) }

func (s *Server) endWith(how shutdown) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reused {
		return errShared
	}
	s.proc.stop(how)
	return nil
}

// StartAgain starts the server on its data and on the port it had. It does
// nothing while the server runs.
func (s *Server) StartAgain(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.reused:
		return errShared
	case s.proc.running():
		return nil
	}
	return s.startChild(ctx)
}

// cleanUp removes what is of no use without a server.
func (s *Server) cleanUp() error {
	if s.temporary {
		err := os.RemoveAll(s.dir)
		if s.lock != nil {
			s.lock.Close()
		}
		return err
	}
	if s.socket != "" {
		return os.RemoveAll(s.socket)
	}
	return nil
}

func (s *Server) data() string         { return filepath.Join(s.dir, "data") }
func (s *Server) passwordFile() string { return filepath.Join(s.dir, "password") }
func (s *Server) logFile() string      { return filepath.Join(s.dir, "server.log") }
func (s *Server) lockFile() string     { return filepath.Join(s.dir, lockName) }
func (s *Server) begunFile() string    { return filepath.Join(s.dir, "initdb-begun") }
func (s *Server) doneFile() string     { return filepath.Join(s.dir, "initdb-done") }
func (s *Server) socketFile() string   { return filepath.Join(s.dir, "socket-folder") }
