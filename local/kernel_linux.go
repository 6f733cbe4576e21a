package local

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// endWithParent makes the kernel signal a child when this process dies.
func endWithParent(attr *syscall.SysProcAttr, how syscall.Signal) { attr.Pdeathsig = how }

// runsOn reports whether a process is a server on these data. Its command line
// says so: that may be read where root has no rights over other users' processes,
// as in a container, and a number that was given away again does not match.
func runsOn(pid int, data string) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && bytes.Contains(line, []byte("\x00-D\x00"+data+"\x00"))
}
