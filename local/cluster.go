package local

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// dataVersion is the major version that wrote the data; 0 where there are none.
func (s *Server) dataVersion() int {
	raw, _ := os.ReadFile(filepath.Join(s.data(), "PG_VERSION"))
	if s.dir == "" || !exists(s.doneFile()) {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(raw)))
	return n
}

// ensureCluster makes the cluster unless a whole one is there. One that was
// begun and not finished is thrown away; data without either marker are not
// ours to touch.
func (s *Server) ensureCluster(ctx context.Context) error {
	if exists(s.doneFile()) {
		password, err := os.ReadFile(s.passwordFile())
		s.password = string(password)
		return err
	}
	if !exists(s.begunFile()) {
		if exists(s.data()) {
			return s.foreign()
		}
		if err := s.owner.writeFile(s.begunFile(), ""); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(s.data()); err != nil {
		return err
	}
	s.password = rand.Text()
	if err := s.owner.writeFile(s.passwordFile(), s.password); err != nil {
		return err
	}
	if err := s.initCluster(ctx); err != nil {
		return err
	}
	if err := s.createDatabase(ctx); err != nil {
		return err
	}
	return s.markDone()
}

func (s *Server) initCluster(ctx context.Context) error {
	args := []string{"-D", s.data(), "-U", User, "--auth=scram-sha-256", "--pwfile=" + s.passwordFile(), "--no-locale", "-E", "UTF8"}
	if s.o.Fast {
		args = append(args, "--no-sync")
	}
	if out, err := s.run(ctx, "", "initdb", args...); err != nil {
		return fmt.Errorf("make the database cluster: %w\n%s", err, tail(out))
	}
	return nil
}

// admitNeighbours lets logins come from the networks of a server that listens on
// more than the loopback, with the password.
func (s *Server) admitNeighbours() error {
	const line = "host all all samenet scram-sha-256\n"
	if s.o.Host == loopback {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(s.data(), "pg_hba.conf"), os.O_APPEND|os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	rules, err := io.ReadAll(f)
	if err != nil || strings.Contains(string(rules), line) {
		return err
	}
	_, err = f.WriteString(line)
	return err
}

// createDatabase uses the server's single-user mode, which needs no client
// program. That mode ends well even after an error, so its words are read.
func (s *Server) createDatabase(ctx context.Context) error {
	args := []string{"--single", "-D", s.data()}
	if s.o.Fast {
		args = append(args, "-c", "fsync=off")
	}
	out, err := s.run(ctx, "CREATE DATABASE "+Database+" OWNER "+User+"\n", "postgres", append(args, "postgres")...)
	if err == nil && strings.Contains(out, "ERROR:") {
		err = fmt.Errorf("refused")
	}
	if err != nil {
		return fmt.Errorf("make the database: %w\n%s", err, tail(out))
	}
	return nil
}

// markDone says that the cluster is whole. The rename is one step and on the
// disk before the first row is: whatever happens later, data are never taken for
// an initdb that stopped half-way.
func (s *Server) markDone() error {
	if err := os.Rename(s.begunFile(), s.doneFile()); err != nil {
		return err
	}
	dir, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// run runs one of PostgreSQL's programs to its end, as the server's user. The
// thread is locked because the program is to die with this process, and the
// kernel ties it to the thread that started it.
func (s *Server) run(ctx context.Context, stdin, program string, args ...string) (string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	cmd.Stdin = strings.NewReader(stdin)
	s.owner.apply(cmd, s.dir)
	endWithParent(cmd.SysProcAttr, syscall.SIGKILL)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// tail is the last few lines of a log.
func tail(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}
