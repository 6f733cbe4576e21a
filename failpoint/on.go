//go:build failpoint

package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Environment is the variable that says what happens where: places with an
// action and, if it is not the first, the number of the hit at which it acts.
//
//	settle.before_commit=kill  claim.after_commit=err@3
//
// kill ends the process as kill -9 does, stop halts it until it is continued,
// panic panics, err makes the place fail once, sleep holds it for ten seconds.
const Environment = "ENRICHD_FAILPOINTS"

type plan struct {
	action string
	at     int
	hits   int
}

var (
	mu    sync.Mutex
	plans map[string]*plan
)

// Hit passes a place, where the plan may have something happen. It panics on a
// plan that cannot be read.
func Hit(name string) error {
	mu.Lock()
	if plans == nil {
		plans = read(os.Getenv(Environment))
	}
	p := plans[name]
	if p != nil {
		p.hits++
	}
	mu.Unlock()
	if p == nil || p.hits != p.at {
		return nil
	}
	return act(name, p.action)
}

func act(name, action string) error {
	switch action {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "stop":
		return syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case "panic":
		panic("failpoint " + name)
	case "sleep":
		time.Sleep(10 * time.Second)
		return nil
	}
	return fmt.Errorf("failpoint %s", name)
}

func read(s string) map[string]*plan {
	plans := map[string]*plan{}
	for _, part := range strings.Fields(s) {
		name, action, _ := strings.Cut(part, "=")
		action, at, counted := strings.Cut(action, "@")
		p := &plan{action: action, at: 1}
		if counted {
			n, err := strconv.Atoi(at)
			if err != nil {
				panic("failpoint: " + part)
			}
			p.at = n
		}
		plans[name] = p
	}
	return plans
}
