//go:build !linux

package reader

import "syscall"

// isolations: other systems than Linux give a process group and nothing more.
func isolations() []*syscall.SysProcAttr { return []*syscall.SysProcAttr{{Setpgid: true}} }

func (c *child) live(started chan<- error) {
	err := c.cmd.Start()
	started <- err
	if err == nil {
		_ = c.cmd.Wait() // how it ended shows in its answer
	}
	close(c.done)
}

// resident cannot be told without /proc: the engine's own limit remains.
func resident(int) int64 { return 0 }

func confine(int64) {}

func noWrites() {}

// together keeps the recognition in the child's process group.
func together() *syscall.SysProcAttr { return nil }
