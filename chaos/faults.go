package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Fault is something that goes wrong.
type Fault struct {
	Name  string
	No    int    // in the catalogue of faults
	Words string // what is done
	Quick bool   // it is among those of the smoke test
	do    func(context.Context, *cluster, Step) error
}

// Faults lists what the nemesis can do.
func Faults() []Fault {
	return slices.Concat(processFaults(), databaseFaults(), networkFaults(), upstreamFaults(), peopleFaults(), serviceFaults())
}

// FaultNames are the names of all faults, or of the quick ones; those of the service
// that pushes tasks only where there is one.
func FaultNames(quick, service bool) []string {
	var names []string
	for _, f := range Faults() {
		if (f.Quick || !quick) && (service || !ofService(f.Name)) {
			names = append(names, f.Name)
		}
	}
	return names
}

// FindFaults picks faults by their names, from among those of FaultNames.
func FindFaults(names []string, service bool) ([]string, error) {
	all := FaultNames(false, service)
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("there is no fault %q; these are: %s", name, strings.Join(all, ", "))
		}
	}
	return names, nil
}

func processFaults() []Fault {
	return []Fault{
		{"kill-worker", 1, "kill -9 of a worker, started again after a while", true, killWorker},
		{"kill-at-place", 2, "kill -9 just before or after the COMMIT of a claim, settlement, rescue, beat or enqueue", true, killAtPlace},
		{"kill-after-effect", 3, "kill -9 of a worker between its effect and the answer to it", true, killAfterEffect},
		{"kill-server", 4, "kill -9 of an API server with requests under way", true, killServer},
		{"stop-worker", 5, "SIGSTOP of a worker past its lease, then SIGCONT", true, stopWorker},
		{"wrong-clock", 18, "a worker whose clock is an hour off, or jumps by minutes", true, wrongClock},
		{"poison", 26, "inputs that end their worker's process", false, poisonExit},
		{"kill-reader", 27, "kill -9 of the children that parse files, as the kernel does when memory is short", false, killReader},
		{"starve-memory", 28, "a worker gets no more memory", false, starveMemory},
		{"starve-files", 31, "a server gets no more file descriptors", false, starveFiles},
		{"starve-cpu", 32, "four busy loops beside a worker of the lowest priority", false, starveCPU},
	}
}

// draw picks one of a list.
func draw[T any](list []T, s Step) T { return list[s.Pick%uint64(len(list))] }

func (s Step) rng() *rand.Rand { return rand.New(rand.NewPCG(s.Pick, 1)) }

func killWorker(ctx context.Context, c *cluster, s Step) error {
	p := draw(c.workers, s)
	over := c.troubled("kill-worker")
	defer over()
	p.kill()
	pause(ctx, s.Long/4)
	return p.start()
}

func killServer(ctx context.Context, c *cluster, s Step) error {
	p := draw(c.servers, s)
	p.kill()
	pause(ctx, s.Long/4)
	return p.start()
}

// killAtPlace has a process die where a transaction is about to be committed, or
// has been.
func killAtPlace(ctx context.Context, c *cluster, s Step) error {
	rng := s.rng()
	list, deeds := c.workers, []deed{claims, settles, beats, rescues}
	if rng.IntN(3) == 0 {
		list, deeds = c.servers, []deed{enqueues, presses}
	}
	p := list[rng.IntN(len(list))]
	a := &ambush{deed: deeds[rng.IntN(len(deeds))], where: []string{beforeCommit, afterCommit}[rng.IntN(2)], left: 1, strike: p.kill}
	over := c.troubled("kill-at-place")
	defer over()
	if a.deed == rescues {
		c.workers[(slices.Index(c.workers, p)+1)%len(c.workers)].kill()
	}
	p.database.lay(a)
	struck := p.database.reached(ctx, a, 1, 4*time.Second)
	p.database.lift(a)
	c.journal.note(fmt.Sprintf("… %s %s the COMMIT of a %s, struck: %v", p.name, a.where, a.deed, struck))
	pause(ctx, s.Long/8)
	return c.startWorkers()
}

// startWorkers starts what is down.
func (c *cluster) startWorkers() error {
	for _, p := range c.processes() {
		if err := p.start(); err != nil {
			return err
		}
	}
	return nil
}

func killAfterEffect(ctx context.Context, c *cluster, s Step) error {
	over := c.troubled("kill-after-effect")
	defer over()
	hit := make(chan struct{})
	left := 1
	c.upstream.beforeAnswer(func(pid int) bool {
		for _, p := range c.workers {
			if left > 0 && pid != 0 && p.pid() == pid {
				left--
				p.kill()
				close(hit)
				return true
			}
		}
		return false
	})
	select {
	case <-hit:
	case <-time.After(4 * time.Second):
	case <-ctx.Done():
	}
	c.upstream.beforeAnswer(nil)
	pause(ctx, s.Long/8)
	return c.startWorkers()
}

// stopWorker halts a worker for longer than its lease.
func stopWorker(ctx context.Context, c *cluster, s Step) error {
	p := draw(c.workers, s)
	over := c.troubled("stop-worker")
	defer over()
	p.signal(syscall.SIGSTOP)
	pause(ctx, 9*time.Second+s.Long)
	p.signal(syscall.SIGCONT)
	return nil
}
