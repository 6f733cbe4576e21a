package chaos

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// poisonExit sends an input that ends its worker's process, until its task is
// given up. Whoever runs the product starts its processes again.
func poisonExit(ctx context.Context, c *cluster, s Step) error {
	over := c.troubled("poison")
	defer over()
	ctx = context.WithoutCancel(ctx)
	k := c.person(s, 0)
	k.create(ctx, draw(c.workspaces, s), "logo", "exit")
	if len(k.open) == 0 {
		return nil // it was refused, which is none of this fault's business
	}
	within := time.Minute
	if c.service != nil {
		within = 3 * time.Minute // each attempt is brought anew, behind what waits in the queue
	}
	return await(ctx, within, "the end of a poisonous task", func() bool {
		if c.startWorkers() != nil {
			return false
		}
		ended, err := c.ids(ctx, `SELECT enrichment_task_id::text FROM enrichment_tasks WHERE enrichment_task_id::text = $1
			AND (status = 'failed' OR deleted_at IS NOT NULL)`, k.open[0].id)
		return err == nil && len(ended) > 0
	})
}

// children lists the processes that a process has started.
func children(pid int) []int {
	var list []int
	threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, thread := range threads {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, thread.Name()))
		for _, field := range strings.Fields(string(raw)) {
			if n, err := strconv.Atoi(field); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

func killReader(ctx context.Context, c *cluster, s Step) error {
	killed := 0
	for end := time.Now().Add(s.Long); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 100*time.Millisecond) {
		for _, p := range c.workers {
			for _, pid := range children(p.pid()) {
				if syscall.Kill(pid, syscall.SIGKILL) == nil {
					killed++
				}
			}
		}
	}
	c.journal.note(fmt.Sprintf("… %d children that parse were killed", killed))
	return nil
}

// limit bounds what a running process may have for a while; what it was before
// comes back.
func limit(ctx context.Context, pid, what int, to func(was uint64) uint64, long time.Duration) error {
	var was unix.Rlimit
	if err := unix.Prlimit(pid, what, nil, &was); err != nil {
		return err
	}
	if err := unix.Prlimit(pid, what, &unix.Rlimit{Cur: to(was.Cur), Max: was.Max}, nil); err != nil {
		return err
	}
	pause(ctx, long)
	_ = unix.Prlimit(pid, what, &was, nil) // the process may have died of it
	return nil
}

func starveMemory(ctx context.Context, c *cluster, s Step) error {
	p := draw(c.workers, s)
	pid := p.pid()
	if pid == 0 {
		return nil
	}
	over := c.troubled("starve-memory")
	defer over()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return nil // it died meanwhile
	}
	pages, err := strconv.ParseUint(strings.Fields(string(raw))[0], 10, 64)
	if err != nil {
		return err
	}
	if err := limit(ctx, pid, unix.RLIMIT_AS, func(uint64) uint64 { return pages * uint64(os.Getpagesize()) }, s.Long); err != nil {
		return err
	}
	return p.start()
}

func starveFiles(ctx context.Context, c *cluster, s Step) error {
	pid := draw(c.servers, s).pid()
	if pid == 0 {
		return nil
	}
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return nil // it died meanwhile
	}
	return limit(ctx, pid, unix.RLIMIT_NOFILE, func(uint64) uint64 { return uint64(len(open)) }, s.Long)
}

// starveCPU runs busy loops of the campaign's own beside a worker that is to give
// way to everybody.
func starveCPU(ctx context.Context, c *cluster, s Step) error {
	pid := draw(c.workers, s).pid()
	if pid == 0 {
		return nil
	}
	_ = syscall.Setpriority(syscall.PRIO_PGRP, pid, 19)
	defer func() { _ = syscall.Setpriority(syscall.PRIO_PGRP, pid, 0) }() // only root may
	ctx, cancel := context.WithTimeout(ctx, 3*s.Long)
	defer cancel()
	var loops []func()
	for range 4 {
		loops = append(loops, func() { _ = exec.CommandContext(ctx, "sh", "-c", "while :; do :; done").Run() })
	}
	together(loops...)
	return nil
}
