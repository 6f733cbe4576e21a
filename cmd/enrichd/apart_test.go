package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The network is parted for real where this process may make namespaces. Where it
// may not, that is said in one line, with the code that a script relies on.
func TestChaosInNamespaces(t *testing.T) {
	stdout, stderr, code := output(t, enrichd([]string{"chaos", "--campaign", "namespaces", "--rounds", "1"}))
	if code == exitAuth {
		refused(t, stdout, stderr)
		return
	}
	if code != 0 || !strings.Contains(stdout, "| workers cut off | 1 |") {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	nothingLeft(t)
	t.Log(strings.TrimSpace(stdout))
}

// Who may not make namespaces is refused, whatever this process may: the command
// ip is not on its path.
func TestChaosWithoutNamespaces(t *testing.T) {
	cmd := enrichd([]string{"chaos", "--campaign", "namespaces", "--rounds", "1"}, "PATH="+t.TempDir())
	stdout, stderr, code := output(t, cmd)
	if code != exitAuth {
		t.Errorf("exit %d, want %d", code, exitAuth)
	}
	refused(t, stdout, stderr)
}

func refused(t *testing.T, stdout, stderr string) {
	t.Helper()
	if stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "network namespaces cannot be made here (it takes root") {
		t.Errorf("no clear refusal: %q, %q", stdout, stderr)
	}
}

// An interrupt takes everything away, too.
func TestChaosInterruptedInNamespaces(t *testing.T) {
	tmp := t.TempDir()
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := enrichd([]string{"chaos", "--campaign", "namespaces", "--rounds", "9", "--keep", filepath.Join(tmp, "kept")})
	ended := make(chan int, 1)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = cmd.Wait(); ended <- cmd.ProcessState.ExitCode() }()
	code := -1
	deadline := time.After(2 * time.Minute)
	for began := false; code < 0; {
		select {
		case code = <-ended:
		case <-deadline:
			t.Fatal("it did not end")
		case <-time.After(50 * time.Millisecond):
			log, _ := filepath.Glob(filepath.Join(tmp, "kept", "worker-*.log"))
			if !began && len(log) > 0 {
				began = true
				_ = cmd.Process.Signal(syscall.SIGINT)
			}
		}
	}
	if code != exitInterrupted && code != exitAuth {
		t.Errorf("exit %d, want %d", code, exitInterrupted)
	}
	nothingLeft(t)
}

// nothingLeft fails where a campaign's wires stand in this machine's own network.
func nothingLeft(t *testing.T) {
	t.Helper()
	for _, name := range []string{"hub", "port0"} {
		if _, err := os.Stat("/sys/class/net/" + name); err == nil {
			t.Errorf("%s is left behind", name)
		}
	}
}

// An upgrade is from one program to another: without the one before there is none.
func TestChaosUpgradeWantsTheOldProgram(t *testing.T) {
	for _, args := range [][]string{{"--campaign", "upgrade"}, {"--campaign", "rolling", "--old", os.Args[0]}} {
		_, stderr, code := output(t, enrichd(append([]string{"chaos"}, args...)))
		if code != exitUsage || !strings.Contains(stderr, "--old PROGRAM") {
			t.Errorf("%q: exit %d, %s", args, code, stderr)
		}
	}
}
