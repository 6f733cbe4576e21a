package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// parent is the environment variable that makes this test program a process
// which starts a server in the folder that it names, and waits to be killed.
const parent = "LOCAL_TEST_PARENT"

func TestMain(m *testing.M) {
	if dir, ok := os.LookupEnv(parent); ok {
		beParent(dir)
	}
	os.Exit(m.Run())
}

func beParent(dir string) {
	s, err := Start(context.Background(), Options{Dir: dir, Fast: true})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.Pid(), s.Dir())
	select {}
}

// killedParent runs a parent and kills it; it returns its server's pid and folder.
func killedParent(t *testing.T, dir string) (pid int, used string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), parent+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if _, err := fmt.Sscan(line, &pid, &used); err != nil {
		t.Fatalf("the parent says %q: %v", line, err)
	}
	if socket, err := os.ReadFile(filepath.Join(used, "socket-folder")); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(string(socket)) })
	}
	if !runsOn(pid, filepath.Join(used, "data")) {
		t.Fatalf("no server %d runs", pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	return pid, used
}

func TestServerEndsWithAKilledParent(t *testing.T) {
	dir := openDir(t)
	pid, _ := killedParent(t, dir)
	eventually(t, "the end of the server", func() bool { return !runsOn(pid, filepath.Join(dir, "data")) })
	log, _ := os.ReadFile(filepath.Join(dir, "server.log"))
	if !strings.Contains(string(log), "database system is shut down") {
		t.Errorf("the server's last words: %s", tail(string(log)))
	}
}

func TestStartRightAfterAKilledParent(t *testing.T) {
	dir := openDir(t)
	pid, _ := killedParent(t, dir)
	s := start(t, Options{Dir: dir, Fast: true})
	if s.Reused() || s.Pid() == pid {
		t.Error("a dying server was shared")
	}
}

func TestTemporaryFolderGoes(t *testing.T) {
	s := start(t, Options{Fast: true})
	if err := s.Stop(); err != nil || exists(s.Dir()) {
		t.Errorf("after Stop %s is still there (%v)", s.Dir(), err)
	}
	pid, left := killedParent(t, "")
	eventually(t, "the end of the server", func() bool { return !runsOn(pid, filepath.Join(left, "data")) })
	living := start(t, Options{Fast: true})
	if !exists(left) {
		t.Fatal("a young folder was removed; it may be about to get its lock")
	}
	old := time.Now().Add(-time.Hour)
	for _, dir := range []string{left, living.Dir()} {
		if err := os.Chtimes(filepath.Join(dir, lockName), old, old); err != nil {
			t.Fatal(err)
		}
	}
	start(t, Options{Fast: true})
	if exists(left) || !exists(living.Dir()) {
		t.Errorf("the dead one's folder is there: %v; the living one's: %v", exists(left), exists(living.Dir()))
	}
}

func TestInterruptedInitdbIsDoneAgain(t *testing.T) {
	dir := openDir(t)
	s := start(t, Options{Dir: dir, Fast: true})
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	// Half a cluster, as a power cut during initdb leaves it.
	if err := errors.Join(os.Rename(s.doneFile(), s.begunFile()), os.RemoveAll(filepath.Join(s.data(), "global"))); err != nil {
		t.Fatal(err)
	}
	again := start(t, Options{Dir: dir, Fast: true})
	if got := sql(t, again.URL(), "SELECT 1"); got != "1" || exists(s.begunFile()) || !exists(s.doneFile()) {
		t.Errorf("answer %q, begun %v, done %v", got, exists(s.begunFile()), exists(s.doneFile()))
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	for _, c := range []struct{ name, file, beside string }{
		{"a letter", "letter.txt", ""},
		{"somebody's cluster", "PG_VERSION", ""},
		{"data that no initdb of ours began", "data/PG_VERSION", lockName},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := openDir(t)
			file := filepath.Join(dir, c.file)
			err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("15"), 0o644))
			if err == nil && c.beside != "" {
				err = os.WriteFile(filepath.Join(dir, c.beside), nil, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = Start(t.Context(), Options{Dir: dir, Fast: true})
			if err == nil || !strings.Contains(err.Error(), "choose an empty folder") || !exists(file) {
				t.Errorf("error %v, the file is there: %v", err, exists(file))
			}
		})
	}
}

// As root the server runs as another user, who cannot pass a private folder.
func TestFolderOutOfReachIsReplaced(t *testing.T) {
	private := filepath.Join(openDir(t), "private")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(openDir(t), "link")
	if err := os.Symlink(private, link); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	s := start(t, Options{Dir: filepath.Join(link, "postgres"), Fast: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
	want := filepath.Join(private, "postgres")
	if os.Geteuid() == 0 {
		want = filepath.Join("/var/lib/enrichd", shortHash(filepath.Join(link, "postgres")))
		t.Cleanup(func() { _ = errors.Join(s.Stop(), os.RemoveAll(want)) })
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not name the folder: %s", &log)
		}
	}
	if s.Dir() != want {
		t.Errorf("the folder is %s, want %s", s.Dir(), want)
	}
}

// A port that was free may be taken when the server asks for it.
func TestTakenPortMayBeTriedAgain(t *testing.T) {
	s := start(t, Options{Fast: true})
	if err := s.StopImmediate(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = s.launch(t.Context(), l.Addr().(*net.TCPAddr).Port)
	var failed *startError
	if !errors.As(err, &failed) || !failed.passes() {
		t.Errorf("the error is %v", err)
	}
}

func TestMissingBinaries(t *testing.T) {
	fake := t.TempDir()
	for _, major := range []string{"9", "14", "16"} {
		bin := filepath.Join(fake, major, "bin")
		script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s.3 (Debian)'\n", major)
		err := errors.Join(os.MkdirAll(bin, 0o755), os.WriteFile(filepath.Join(bin, "postgres"), []byte(script), 0o755),
			os.WriteFile(filepath.Join(bin, "initdb"), nil, 0o755))
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", "/bin-of-nothing")
	for _, c := range []struct {
		name, pattern string
		major         int
		want          string // the version, or "" for ErrNoPostgres
	}{
		{"nothing", fake + "/none/*/bin", 0, ""},
		{"too old", fake + "/14/bin", 0, ""},
		{"the newest", fake + "/*/bin", 0, "16.3"},
		{"data of this version", fake + "/*/bin", 16, "16.3"},
		{"data of another version", fake + "/*/bin", 15, ""},
	} {
		dir, version, err := findBinaries(c.pattern, c.major)
		switch {
		case c.want == "" && (!errors.Is(err, ErrNoPostgres) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: %s, error %v", c.name, dir, err)
		case c.want != version:
			t.Errorf("%s: version %q, want %q (%v)", c.name, version, c.want, err)
		}
	}
	t.Setenv("PATH", fake+"/16/bin")
	if _, version, err := findBinaries(fake+"/14/bin", 0); version != "16.3" {
		t.Errorf("on the path: version %q, %v", version, err)
	}
}
