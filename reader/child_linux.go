package reader

import "runtime"

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
