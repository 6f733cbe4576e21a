package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	lockName      = "enrichd.lock" // every folder of ours has it
	temporaryName = "enrichd-pg-"
	// shared is where data go that were meant for a folder out of reach.
	shared = "/var/lib/enrichd"
)

// choosePlace decides on the folder. One that the server's user cannot reach is
// replaced by one that it can.
func (s *Server) choosePlace() error {
	if s.o.Dir == "" {
		s.temporary = true
		return nil
	}
	abs, err := filepath.Abs(s.o.Dir)
	if err != nil {
		return err
	}
	s.dir = resolve(abs)
	if !s.owner.reaches(s.dir) {
		s.dir = filepath.Join(shared, shortHash(abs))
		s.o.Log.Info("the data folder is out of reach for the database's user; another one is used", "folder", abs, "instead", s.dir)
	}
	return nil
}

// makePlace makes the folder and hands it to the server's user. A folder with
// somebody else's files is refused before anything in it changes.
func (s *Server) makePlace() error {
	if s.temporary {
		sweep(s.owner.tempDir())
		dir, err := os.MkdirTemp(s.owner.tempDir(), temporaryName)
		if err != nil {
			return err
		}
		s.dir = dir
		return s.owner.take(dir)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 && !exists(s.lockFile()) {
		return s.foreign()
	}
	if err := s.owner.makeParents(s.dir); err != nil {
		return err
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.owner.take(s.dir)
}

func (s *Server) foreign() error {
	return fmt.Errorf("%s holds files that no private PostgreSQL put there: choose an empty folder", s.dir)
}

// socketPlace gives the folder of the unix socket: a short path, since the
// kernel takes no more than 107 bytes. The last run's folder is used again where
// a killed process left it behind.
func (s *Server) socketPlace() error {
	if s.temporary {
		s.socket = s.dir
		return clearSockets(s.socket)
	}
	if last, err := os.ReadFile(s.socketFile()); err == nil && s.owner.alone(string(last)) {
		s.socket = string(last)
		return clearSockets(s.socket)
	}
	dir, err := os.MkdirTemp(s.owner.tempDir(), "enrichd-")
	if err != nil {
		return err
	}
	s.socket = dir
	if err := s.owner.take(dir); err != nil {
		return err
	}
	return s.owner.writeFile(s.socketFile(), dir)
}

// clearSockets removes what a killed server left: its lock would hinder the next
// one if its number belonged to another process by now.
func clearSockets(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, ".s.PGSQL.*"))
	for _, name := range names {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// acquire waits for the folder's lock. The lock of a temporary folder is kept:
// it tells the sweep that somebody lives there.
func (s *Server) acquire(ctx context.Context) (release func(), err error) {
	f, err := os.OpenFile(s.lockFile(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := s.owner.take(s.lockFile()); err != nil {
		f.Close()
		return nil, err
	}
	err = poll(ctx, func() (bool, error) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return false, nil
		}
		return err == nil, err
	})
	switch {
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("another process starts a PostgreSQL in %s: %w", s.dir, err)
	case s.temporary:
		s.lock = f
		return func() {}, nil
	}
	return func() { f.Close() }, nil
}

// sweep removes temporary folders whose process ended without Stop. A young one
// may not have its lock yet.
func sweep(temp string) {
	locks, _ := filepath.Glob(filepath.Join(temp, temporaryName+"*", lockName))
	for _, name := range locks {
		info, err := os.Stat(name)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		dir := filepath.Dir(name)
		state := readPostmaster(filepath.Join(dir, "data"))
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil && !runsOn(state.pid, filepath.Join(dir, "data")) {
			_ = os.RemoveAll(dir)
		}
		f.Close()
	}
}

// resolve follows the links in the part of a path that exists.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if parent := filepath.Dir(path); parent != path {
		return filepath.Join(resolve(parent), filepath.Base(path))
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// poll asks until the answer is yes or an error, at most as long as patience lasts.
func poll(ctx context.Context, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if done, err := ask(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
