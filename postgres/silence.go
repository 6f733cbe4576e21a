package postgres

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// silence finds out that the database answers nothing any more: a network that
// swallows what is sent tells nobody, and who waits on a connection waits for as long
// as the kernel does. It asks a question of its own, on a connection of its own, again
// and again. Where nothing at all has come on any connection for too long, all of them
// are cut, and none is made, before there is an answer again.
//
// A statement that takes long is none of its business: meanwhile the question is
// answered. So is an error: whoever says no is there.
type silence struct {
	within time.Duration
	dial   pgconn.DialFunc
	last   atomic.Int64 // when something was read, in nanoseconds

	mu   sync.Mutex
	open map[*heard]bool
	up   context.Context // ends with the next silence
	fall context.CancelFunc
}

const (
	// askEvery is the time between two questions.
	askEvery = 500 * time.Millisecond
	// readLate is how long an answer that has come may wait to be read: this process may
	// have been halted, or be short of processor.
	readLate = 250 * time.Millisecond
)

// silentError is what a connection fails with that was cut. It is a net.Error as
// others of connections are.
type silentError struct{}

func (silentError) Error() string   { return "the database does not answer" }
func (silentError) Timeout() bool   { return false } // a driver may go on behind a timeout
func (silentError) Temporary() bool { return true }

// listenFor has the connections of a configuration listened to.
func listenFor(cfg *pgx.ConnConfig, within time.Duration) *silence {
	s := &silence{within: within, dial: cfg.DialFunc, open: map[*heard]bool{}}
	s.up, s.fall = context.WithCancel(context.Background())
	cfg.DialFunc = s.connect
	return s
}

// heard is a connection that is listened to.
type heard struct {
	net.Conn
	of  *silence
	cut atomic.Bool
}

// Read notes that something has come.
func (h *heard) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	if n > 0 {
		h.of.last.Store(time.Now().UnixNano())
	}
	if err != nil && h.cut.Load() {
		err = silentError{}
	}
	return n, err
}

// Close ends the connection.
func (h *heard) Close() error {
	h.of.mu.Lock()
	delete(h.of.open, h)
	h.of.mu.Unlock()
	return h.Conn.Close()
}

// connect makes a connection, unless the database is silent, or becomes so.
func (s *silence) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	s.mu.Lock()
	up := s.up
	s.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(up, cancel)()
	conn, err := s.dial(ctx, network, addr)
	if err != nil {
		if up.Err() != nil {
			err = silentError{}
		}
		return nil, err
	}
	h := &heard{Conn: conn, of: s}
	s.mu.Lock()
	defer s.mu.Unlock()
	if up.Err() != nil {
		conn.Close()
		return nil, silentError{}
	}
	s.open[h] = true
	return h, nil
}

// run asks until ctx ends. cfg is how connections are made; fell is called when
// everything was cut.
func (s *silence) run(ctx context.Context, cfg *pgx.ConnConfig, fell func()) {
	cfg = cfg.Copy()
	cfg.DialFunc, cfg.Tracer = s.dial, nil
	var conn *pgx.Conn
	defer func() {
		if conn != nil {
			conn.Close(context.WithoutCancel(ctx))
		}
	}()
	for ctx.Err() == nil {
		asked := time.Now()
		var err error
		conn, err = s.ask(ctx, cfg, conn)
		silent := errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
		if silent {
			sleep(ctx, readLate)
			silent = s.last.Load() < asked.UnixNano()
		}
		if s.set(silent) {
			fell()
		}
		sleep(ctx, askEvery)
	}
}

// ask asks one question and returns the connection for the next; nil makes one.
func (s *silence) ask(ctx context.Context, cfg *pgx.ConnConfig, conn *pgx.Conn) (*pgx.Conn, error) {
	short, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	if conn == nil {
		made, err := pgx.ConnectConfig(short, cfg)
		if err != nil {
			return nil, errors.Join(err, short.Err())
		}
		conn = made
	}
	if err := conn.Ping(short); err != nil {
		err = errors.Join(err, short.Err())
		conn.Close(short)
		return nil, err
	}
	return conn, nil
}

// set notes whether the database is silent. It cuts what is open where that begins,
// and reports it.
func (s *silence) set(silent bool) (fell bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if silent == (s.up.Err() != nil) {
		return false
	}
	if !silent {
		s.up, s.fall = context.WithCancel(context.Background())
		return false
	}
	s.fall()
	for h := range s.open {
		h.cut.Store(true)
		h.Conn.Close()
	}
	clear(s.open)
	return true
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
