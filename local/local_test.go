package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bound is how long a test waits for what must come.
const bound = time.Minute

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// openDir is a temporary folder that every user can enter, as the server's must.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func sql(t *testing.T, url, statement string) string {
	t.Helper()
	out, err := exec.Command("psql", "-XqtA", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", statement, err, out)
	}
	return strings.TrimSpace(string(out))
}

// eventually waits for what another process does.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	if err := poll(ctx, func() (bool, error) { return ask(), nil }); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func ended(t *testing.T, s *Server) {
	t.Helper()
	select {
	case <-s.Done():
	case <-time.After(bound):
		t.Fatal("the server did not end")
	}
}

func TestDataOutliveTheServer(t *testing.T) {
	dir := filepath.Join(openDir(t), "deep", "postgres")
	s := start(t, Options{Dir: dir, Settings: map[string]string{"max_connections": "40"}})
	if s.Reused() || s.Pid() == 0 || s.Dir() != dir {
		t.Errorf("a first start: reused %v, pid %d, dir %s", s.Reused(), s.Pid(), s.Dir())
	}
	for query, want := range map[string]string{
		"SELECT current_user || '@' || current_database()":                                   "enrichd@enrichd",
		"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()": "enrichd",
		"SHOW fsync": "on", "SHOW synchronous_commit": "on", "SHOW full_page_writes": "on",
		"SHOW max_connections": "40", "SHOW listen_addresses": "127.0.0.1",
	} {
		if got := sql(t, s.URL(), query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if got := sql(t, s.URL(), "SELECT split_part(version(), ' ', 2)"); got != s.Version() {
		t.Errorf("version %q, the server says %q", s.Version(), got)
	}
	sql(t, s.URL(), "CREATE TABLE kept AS SELECT 42 AS n")
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	ended(t, s)
	if exists(s.SocketDir()) {
		t.Errorf("%s is left behind", s.SocketDir())
	}
	again := start(t, Options{Dir: dir, Fast: true})
	if got := sql(t, again.URL(), "SELECT n FROM kept"); got != "42" || again.Reused() {
		t.Errorf("after a second start: n = %q, reused %v", got, again.Reused())
	}
	if got := sql(t, again.URL(), "SHOW fsync"); got != "off" {
		t.Errorf("a fast server has fsync %q", got)
	}
}

func TestPasswordIsAsked(t *testing.T) {
	s := start(t, Options{Fast: true})
	if info, err := os.Stat(s.passwordFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the password's file: %v %v", info, err)
	}
	if n := len(filepath.Join(s.SocketDir(), ".s.PGSQL.65535")); n > 107 {
		t.Errorf("the socket's path has %d bytes", n)
	}
	for where, address := range map[string]string{
		"tcp":    strings.Replace(s.URL(), s.password, "wrong", 1),
		"socket": fmt.Sprintf("host=%s port=%d user=enrichd dbname=enrichd password=wrong", s.SocketDir(), s.Port()),
	} {
		out, err := exec.Command("psql", "-d", address, "-c", "SELECT 1").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "password authentication failed") {
			t.Errorf("%s took a wrong password: %v %s", where, err, out)
		}
	}
	right := fmt.Sprintf("host=%s port=%d user=enrichd dbname=enrichd password=%s", s.SocketDir(), s.Port(), s.password)
	if got := sql(t, right, "SELECT 1"); got != "1" {
		t.Errorf("over the socket: %q", got)
	}
}

func TestLivingServerIsShared(t *testing.T) {
	dir := openDir(t)
	first := start(t, Options{Dir: dir, Fast: true})
	second := start(t, Options{Dir: dir})
	if !second.Reused() || second.URL() != first.URL() || second.Pid() != first.Pid() || second.SocketDir() != first.SocketDir() {
		t.Fatalf("the second start has %s, pid %d; the first %s, pid %d", second.URL(), second.Pid(), first.URL(), first.Pid())
	}
	if second.StopImmediate() == nil || second.Kill() == nil || second.StartAgain(t.Context()) == nil {
		t.Error("a shared server is not one's own to stop")
	}
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := sql(t, first.URL(), "SELECT 1"); got != "1" {
		t.Errorf("after the second one's stop: %q", got)
	}
	third := start(t, Options{Dir: dir})
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	ended(t, third)
}

func TestStartsAtOnceShare(t *testing.T) {
	dir := openDir(t)
	servers := make([]*Server, 3)
	var wg sync.WaitGroup
	for i := range servers {
		wg.Go(func() {
			s, err := Start(t.Context(), Options{Dir: dir, Fast: true})
			if err != nil {
				t.Error(err)
				return
			}
			servers[i] = s
		})
	}
	wg.Wait()
	owners := 0
	for _, s := range servers {
		if s == nil {
			t.FailNow()
		}
		t.Cleanup(func() { _ = s.Stop() })
		if s.Pid() != servers[0].Pid() {
			t.Errorf("two servers: %d and %d", s.Pid(), servers[0].Pid())
		}
		if !s.Reused() {
			owners++
		}
	}
	if owners != 1 {
		t.Errorf("%d starts think the server is theirs", owners)
	}
}

func TestCrashesKeepWhatWasCommitted(t *testing.T) {
	s := start(t, Options{Dir: openDir(t)})
	sql(t, s.URL(), "CREATE TABLE kept (n int)")
	for i, crash := range []func() error{s.StopImmediate, s.Kill, func() error { return syscall.Kill(s.Pid(), syscall.SIGKILL) }} {
		url, pid, socket := s.URL(), s.Pid(), s.SocketDir()
		sql(t, url, "INSERT INTO kept VALUES (1)")
		if err := crash(); err != nil {
			t.Fatal(err)
		}
		ended(t, s)
		if err := s.StartAgain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.URL() != url || s.Pid() == pid || s.SocketDir() != socket {
			t.Errorf("started again on %s (was %s), pid %d (was %d), socket in %s (was %s)", s.URL(), url, s.Pid(), pid, s.SocketDir(), socket)
		}
		if got := sql(t, url, "SELECT count(*) FROM kept"); got != fmt.Sprint(i+1) {
			t.Errorf("crash %d: %s rows are left, %d were committed", i, got, i+1)
		}
	}
	if err := s.StartAgain(t.Context()); err != nil {
		t.Errorf("starting a running server again: %v", err)
	}
}

// A number in a pid file left by a crash may belong to any process by now, even
// to one of the same user.
func TestStalePidDoesNotHinder(t *testing.T) {
	dir := openDir(t)
	s := start(t, Options{Dir: dir, Fast: true})
	file := filepath.Join(s.data(), "postmaster.pid")
	left, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	stranger := exec.Command("sleep", "600")
	s.owner.apply(stranger, "/")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
	_, rest, _ := strings.Cut(string(left), "\n")
	if err := s.owner.writeFile(file, fmt.Sprintf("%d\n%s", stranger.Process.Pid, rest)); err != nil {
		t.Fatal(err)
	}
	if again := start(t, Options{Dir: dir, Fast: true}); again.Reused() {
		t.Error("a stranger was taken for the server")
	}
}

func TestFailedStartTellsTheLog(t *testing.T) {
	_, err := Start(t.Context(), Options{Fast: true, Settings: map[string]string{"no_such_setting": "1"}})
	if err == nil || !strings.Contains(err.Error(), `unrecognized configuration parameter "no_such_setting"`) {
		t.Errorf("the error is %v", err)
	}
}

// A server on another address asks its neighbours for the password, and its own
// start is run where it was asked for.
func TestHostAndInside(t *testing.T) {
	dir, starts := filepath.Join(openDir(t), "postgres"), 0
	o := Options{Dir: dir, Fast: true, Host: "127.0.0.2", Inside: func(start func() error) error { starts++; return start() }}
	for range 2 {
		s := start(t, o)
		if got := sql(t, s.URL(), "SHOW listen_addresses"); got != o.Host || !strings.Contains(s.URL(), "@127.0.0.2:") {
			t.Errorf("listens on %q, the address is %s", got, s.URL())
		}
		bare := fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", User, s.address(s.Port()), Database)
		if out, err := exec.Command("psql", "-Xw", "-d", bare, "-c", "SELECT 1").CombinedOutput(); err == nil {
			t.Errorf("nobody asked for the password: %s", out)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	rules, err := os.ReadFile(filepath.Join(dir, "data", "pg_hba.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(rules), "\nhost all all samenet scram-sha-256\n"); n != 1 || starts < 2 {
		t.Errorf("%d rules for neighbours, %d starts", n, starts)
	}
}
