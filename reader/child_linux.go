package reader

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// isolations are the ways to start a child, the strictest first: each has a
// process group of its own and ends with this process.
func isolations() []*syscall.SysProcAttr {
	own := func(flags uintptr) *syscall.SysProcAttr {
		return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: flags}
	}
	user := own(syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC)
	user.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
	user.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	return []*syscall.SysProcAttr{own(syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC), user, own(0)}
}

// live starts the child and waits for its end on one locked thread: the kernel
// ends the child when the thread that forked it dies, and only this way is that
// the end of this process.
func (c *child) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.cmd.Start()
	started <- err
	if err == nil {
		_ = c.cmd.Wait() // how it ended shows in its answer
	}
	close(c.done)
}

// resident is the memory that a process and its children hold, in bytes; 0 when
// it is gone.
func resident(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	var total, pages int64
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(raw), &total, &pages); err != nil {
		return 0
	}
	sum := pages * int64(os.Getpagesize())
	for _, kid := range kids(pid) {
		sum += resident(kid)
	}
	return sum
}

// kids are the processes that the threads of a process started.
func kids(pid int) []int {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil
	}
	var found []int
	for _, t := range threads {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, t.Name()))
		for _, f := range strings.Fields(string(raw)) {
			if kid, err := strconv.Atoi(f); err == nil {
				found = append(found, kid)
			}
		}
	}
	return found
}

// confine takes from this process, the child, what it does not need. Each step
// is one more wall: what the kernel does not allow is left out, since the parent
// guards time and memory in any case.
func confine(memory int64) {
	// The recognition is started on this thread and inherits: no more rights.
	_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	limit := func(what int, n uint64) { _ = unix.Setrlimit(what, &unix.Rlimit{Cur: n, Max: n}) }
	limit(unix.RLIMIT_CORE, 0)
	limit(unix.RLIMIT_NOFILE, 128)
	// RLIMIT_AS would count the addresses that the run time reserves and never
	// uses. RLIMIT_DATA counts what can be written; what stands at the start
	// (gigabytes under the race detector) is no part of the allowance.
	if memory > 0 {
		limit(unix.RLIMIT_DATA, uint64(writable()+memory))
	}
	denySockets()
}

// noWrites forbids this process to write to files.
func noWrites() { _ = unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{}) }

// writable is how many bytes of addresses this process may write to.
func writable() int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), "VmData:")
	var kilobytes int64
	_, _ = fmt.Sscan(rest, &kilobytes) // 0 where the kernel does not say
	return kilobytes << 10
}

// together ends the recognition with the thread that started it. It stays in
// the child's process group, which is killed as one.
func together() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
