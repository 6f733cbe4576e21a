package dispatch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
)

// simulation is one schedule: the real engine, in two processes, on a clock
// that jumps from event to event, over links that fail. Everything is drawn
// from the seed; how goroutines interleave at one instant is the runtime's.
type simulation struct {
	rand    *rand.Rand
	queue   *memory
	healed  time.Time
	mu      sync.Mutex
	running map[string][]context.Context // of each task, the runs under way
	wrong   []string
}

const simTasks = 4

// simulate plays one schedule and returns what went wrong.
func simulate(t *testing.T, seed uint64, bug string) (wrong []string) {
	synctest.Test(t, func(*testing.T) {
		s := &simulation{
			rand:    rand.New(rand.NewPCG(seed, 0)),
			queue:   &memory{bug: bug, workers: map[int64]time.Time{}},
			healed:  time.Now().Add(30 * time.Second),
			running: map[string][]context.Context{},
		}
		for i := range simTasks {
			s.queue.tasks = append(s.queue.tasks, &simTask{
				key: int64(i), status: enrich.Pending, due: time.Now().Add(time.Duration(s.rand.IntN(10)) * time.Second),
			})
		}
		s.play(bug)
		wrong = append(s.wrong, s.queue.wrong...)
	})
	return wrong
}

// play runs two engines through the faults, then lets them finish: with every
// link whole again, all tasks must end within the time that the longest wait,
// deadline and settlement can take.
func (s *simulation) play(bug string) {
	var engines sync.WaitGroup
	var stops []context.CancelFunc
	for range 2 {
		ctx, stop := context.WithCancel(context.Background())
		stops = append(stops, stop)
		l := &link{memory: s.queue, rand: rand.New(rand.NewPCG(s.rand.Uint64(), 1)), faults: s.rand.Float64() * .3, healed: s.healed}
		if s.rand.IntN(2) == 0 {
			from := time.Now().Add(time.Duration(s.rand.Int64N(int64(20 * time.Second))))
			l.cuts = []cut{{from, from.Add(time.Duration(s.rand.Int64N(int64(20 * time.Second))))}}
		}
		engines.Go(func() { s.process(ctx, l, bug) })
	}
	if s.rand.IntN(3) == 0 { // one process is told to stop in the middle
		time.Sleep(time.Duration(s.rand.Int64N(int64(20 * time.Second))))
		stops[0]()
	}
	for waited := time.Duration(0); s.queue.open() > 0; waited += time.Second {
		if waited > 10*time.Minute {
			s.fault("%d tasks never ended", s.queue.open())
			break
		}
		time.Sleep(time.Second)
	}
	for _, stop := range stops {
		stop()
	}
	stopped := time.Now()
	engines.Wait()
	if took := time.Since(stopped); took > 4*time.Minute {
		s.fault("stopping took %s", took)
	}
	s.check()
}

func (s *simulation) process(ctx context.Context, l *link, bug string) {
	o := dispatch.Options{
		Queue: l, Name: "sim", Slots: 2, Drain: 3 * time.Second,
		Kinds: []enrich.Kind{&simKind{s: s, rand: rand.New(rand.NewPCG(l.rand.Uint64(), 2))}},
	}
	if bug == "the guard is longer than the lease" {
		o.LeaseGuard = 30 * time.Second
	}
	_ = dispatch.New(o).Run(ctx)
}

// simKind answers, asks for a retry, fails, panics, takes long, or hangs on
// after its context has ended.
type simKind struct {
	s    *simulation
	mu   sync.Mutex
	rand *rand.Rand
}

func (k *simKind) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.Logo, Deadline: 12 * time.Second, MaxAttempts: 3, BaseDelay: time.Second, MaxDelay: 5 * time.Second}
}

func (k *simKind) Check(json.RawMessage) error { return nil }

func (k *simKind) Run(ctx context.Context, j enrich.Job) enrich.Answer {
	k.s.enter(ctx, j.Task.ID)
	k.mu.Lock()
	fate, takes := k.rand.IntN(10), time.Duration(k.rand.Int64N(int64(14*time.Second)))
	k.mu.Unlock()
	select {
	case <-ctx.Done():
		if fate == 0 { // deaf for a while
			time.Sleep(3 * time.Second)
		}
		return enrich.Retry{Err: enrich.Errorf("stopped", "It was stopped.")}
	case <-time.After(takes):
	}
	switch fate {
	case 1:
		panic("as planned")
	case 2:
		return enrich.Fail{Err: enrich.Errorf("broken", "It broke.")}
	case 3, 4:
		return enrich.Retry{Err: enrich.Errorf("away", "It was away.")}
	}
	return enrich.Done{Result: enrich.Result{Output: []byte(`{}`), Description: "done"}}
}

// enter notes a run: no other run of the task may be under way that has not been
// told to stop.
func (s *simulation) enter(ctx context.Context, task string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.running[task] {
		if other.Err() == nil {
			s.wrong = append(s.wrong, "task "+task+" runs twice at the same time")
		}
	}
	s.running[task] = append(s.running[task], ctx)
}

func (s *simulation) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

func (s *simulation) check() {
	for _, t := range s.queue.tasks {
		switch {
		case !t.status.Terminal():
		case t.effects != 1:
			s.fault("task %d took effect %d times", t.key, t.effects)
		case t.attempts > 3:
			s.fault("task %d was charged %d attempts", t.key, t.attempts)
		case t.token != 0:
			s.fault("task %d has ended and is still held", t.key)
		}
	}
}

// schedules is how many TestSimulation plays; ENRICHD_SCHEDULES asks for more.
func schedules() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("ENRICHD_SCHEDULES"), 10, 64); err == nil {
		return n
	}
	return 1000
}

func TestSimulation(t *testing.T) {
	shards := uint64(runtime.GOMAXPROCS(0))
	for shard := range shards {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			played := 0
			for seed := shard; seed < schedules(); seed += shards {
				if wrong := simulate(t, seed, ""); len(wrong) > 0 {
					t.Fatalf("seed %d: %v", seed, wrong)
				}
				played++
			}
			t.Logf("%d schedules", played)
		})
	}
}

// A simulation that cannot fail proves nothing: it must find these bugs.
func TestSimulationFindsPlantedBugs(t *testing.T) {
	for _, bug := range []string{
		"no fence", "claims overlap", "the dead may beat", "lost claims stay lost", "the sweep is hasty", "a claim without lease", "the sweep looks once", "the guard is longer than the lease",
	} {
		t.Run(bug, func(t *testing.T) {
			for seed := range uint64(5000) {
				if wrong := simulate(t, seed, bug); len(wrong) > 0 {
					t.Logf("found by schedule %d: %s", seed, wrong[0])
					return
				}
			}
			t.Error("5,000 schedules did not find it")
		})
	}
}
