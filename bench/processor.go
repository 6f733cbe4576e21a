package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which the kernel counts the time of processes.
const tick = 10 * time.Millisecond

// processor is the processor time that a server with all its backends and this
// program have used: a figure that other work on the machine hardly touches. It is
// zero where there is no /proc.
func processor(server int) (postgres, program time.Duration) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, 0
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile
		}
		own, ended, parent, pid := times(string(raw))
		switch {
		case pid == server:
			postgres += own + ended
		case parent == server:
			postgres += own
		case pid == os.Getpid():
			program = own
		}
	}
	return postgres, program
}

// times reads one line of /proc/PID/stat. The name in parentheses may hold
// anything, so fields are counted from its end.
func times(line string) (own, ended time.Duration, parent, pid int) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < 0 {
		return 0, 0, 0, 0
	}
	fields := strings.Fields(line[end+1:])
	if len(fields) < 15 {
		return 0, 0, 0, 0
	}
	at := func(i int) time.Duration {
		n, _ := strconv.ParseInt(fields[i], 10, 64) // the kernel writes numbers
		return time.Duration(n) * tick
	}
	_, _ = fmt.Sscan(line[:open], &pid)
	parent, _ = strconv.Atoi(fields[1])
	return at(11) + at(12), at(13) + at(14), parent, pid
}
