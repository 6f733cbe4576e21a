// Package dispatch is the engine: it claims, runs and settles tasks.
//
// An Engine is one worker process. It claims due tasks from a Queue, runs the
// kind of each under a deadline and a panic guard, and settles the answers in
// groups. A beat renews the lease of all it holds; when the beat fails for too
// long it stops its own tasks before others take them. Every engine sweeps, none
// leads. The Queue is a port: PostgreSQL is one implementation of it.
package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/tracing"
)

// Queue is where tasks wait and where their answers go.
type Queue interface {
	// Describe notes the limits and providers of the kinds that the process runs.
	Describe(ctx context.Context, specs []enrich.Spec) error
	// Register makes this process known, with the types it can run.
	Register(ctx context.Context, name string, types []enrich.Type) (worker int64, err error)
	// Beat renews the lease of everything the process holds and returns the
	// tokens that it still holds. enrich.ErrDead says that the process was given
	// up and has lost all of them.
	Beat(ctx context.Context, worker int64) (held map[int64]bool, err error)
	// Deregister takes the process off the list.
	Deregister(ctx context.Context, worker int64) error
	// Claim takes up to n due tasks, in a fair order and within the limits.
	Claim(ctx context.Context, worker int64, types []enrich.Type, n int) ([]enrich.Claim, error)
	// ClaimNewcomers is Claim for the workspaces alone that have nothing running.
	ClaimNewcomers(ctx context.Context, worker int64, types []enrich.Type, n int) ([]enrich.Claim, error)
	// Release hands claims back uncharged that the process holds without knowing of
	// them: their reply was lost.
	Release(ctx context.Context, worker int64, tokens []int64) error
	// Settle writes answers. The result says which claims still held; the others
	// changed nothing.
	Settle(ctx context.Context, workerName string, settlements []enrich.Settlement) (held map[int64]bool, err error)
	// Sweep gives back the tasks of dead processes.
	Sweep(ctx context.Context) (int, error)
	// Listen calls wake when there may be work, until ctx ends, and shows others
	// that the process of the given key lives. It may miss some wake-ups.
	Listen(ctx context.Context, worker func() int64, wake func())
}

// Options of an Engine. Queue, Kinds and FollowUps are required.
type Options struct {
	Queue Queue
	Kinds []enrich.Kind
	// FollowUps turns what happened in a task into requests for more.
	FollowUps func(claim enrich.Claim, occasions []enrich.Occasion) ([]enrich.Request, error)
	Slots     int // tasks at the same time; default 8
	// Express is how many more there may be of workspaces that have nothing else
	// running: long tasks of one must not keep another's first one out. Default 1.
	Express int
	Poll    time.Duration // longest wait between two looks at the queue; default 1 s, jittered
	Beat    time.Duration // default 2 s
	// LeaseGuard is how long the engine works on without a good beat; it must be
	// shorter than the time after which others give the process up. Default 6 s.
	LeaseGuard time.Duration
	// Drain is how long running tasks may go on after Run was told to stop. Default 25 s.
	Drain   time.Duration
	Name    string // of this process, as it stands in the attempts; default host/pid
	Log     *slog.Logger
	Metrics *Metrics
	Tracer  trace.Tracer // of runs and settlements; default tracing.Off
	// Delivered is where the tasks of pushes are claimed. With it the engine claims
	// nothing by itself: it runs what Deliver brings.
	Delivered Deliveries
	// Now is the clock of this process; default time.Now. Whatever it says, nothing
	// goes wrong: leases are measured by the queue's clock.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	set(&o.Poll, time.Second)
	set(&o.Beat, 2*time.Second)
	set(&o.LeaseGuard, 6*time.Second)
	set(&o.Drain, 25*time.Second)
	if o.Slots == 0 {
		o.Slots = 8
	}
	if o.Express == 0 {
		o.Express = 1
	}
	if o.Name == "" {
		host, _ := os.Hostname()
		o.Name = fmt.Sprintf("%s/%d", host, os.Getpid())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.Tracer == nil {
		o.Tracer = tracing.Off()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Engine is one worker process.
type Engine struct {
	o     Options
	kinds map[enrich.Type]enrich.Kind
	types []enrich.Type

	wake     chan struct{}          // there may be work, or a free slot
	answers  chan enrich.Settlement // to the settler
	mu       sync.Mutex
	worker   int64 // key of this process; 0 while it has none
	lastBeat time.Time
	running  map[int64]*run           // by token
	known    map[int64]bool           // tokens of the claims that are run or not yet settled
	strange  map[int64]time.Time      // tokens held but not known, and since which beat
	claims   int                      // calls of Claim that have begun or ended
	claiming int                      // those under way
	draining bool                     // nothing more may start
	settled  map[int64]chan<- outcome // who waits for what became of a claim, by token
	tasks    sync.WaitGroup
}

// run is one attempt under way.
type run struct {
	claim  enrich.Claim
	began  time.Time
	cancel context.CancelCauseFunc
}

// Why a run was stopped from outside.
var (
	errDraining  = errors.New("the program is stopping")
	errLeaseLost = errors.New("the lease could not be renewed")
	errWithdrawn = errors.New("the task was withdrawn")
)

// New makes an engine. It panics on two kinds of one type: a programmer's mistake.
func New(o Options) *Engine {
	e := &Engine{
		o: o.withDefaults(), kinds: map[enrich.Type]enrich.Kind{}, running: map[int64]*run{}, known: map[int64]bool{}, settled: map[int64]chan<- outcome{},
		wake: make(chan struct{}, 1), answers: make(chan enrich.Settlement, 256),
	}
	for _, k := range o.Kinds {
		t := k.Spec().Type
		if e.kinds[t] != nil {
			panic("dispatch: two kinds of type " + string(t))
		}
		e.kinds[t] = k
		e.types = append(e.types, t)
	}
	return e
}

// Run works until ctx ends, then drains: it stops claiming, lets what runs
// finish for Options.Drain, hands the rest back uncharged, and returns.
func (e *Engine) Run(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := e.register(ctx); err != nil {
		return err
	}
	var helpers sync.WaitGroup
	helpers.Go(func() { e.o.Queue.Listen(background, e.workerKey, e.signal) })
	helpers.Go(func() { e.beatLoop(background) })
	helpers.Go(func() { e.sweepLoop(background) })
	settled := make(chan struct{})
	go func() { e.settleLoop(background); close(settled) }()

	if e.o.Delivered == nil {
		e.claimLoop(ctx)
	}
	<-ctx.Done()
	e.drain()
	close(e.answers)
	<-settled
	e.deregister()
	stop()
	helpers.Wait()
	return nil
}

// Ready reports whether the engine is known to the queue and its beat is fresh.
func (e *Engine) Ready() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.worker != 0 && e.o.Now().Sub(e.lastBeat) < e.o.LeaseGuard
}

func (e *Engine) signal() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// register makes the process known, however long the queue is away.
func (e *Engine) register(ctx context.Context) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		began := e.o.Now()
		worker, err := e.introduce(ctx)
		if err == nil {
			e.mu.Lock()
			e.worker, e.lastBeat = worker, began
			e.mu.Unlock()
			return nil
		}
		e.o.Log.Warn("cannot register this worker, trying again", "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(jitter(wait)):
		}
	}
}

func (e *Engine) introduce(ctx context.Context) (int64, error) {
	var specs []enrich.Spec
	for _, k := range e.o.Kinds {
		specs = append(specs, k.Spec())
	}
	if err := e.o.Queue.Describe(ctx, specs); err != nil {
		return 0, err
	}
	return e.o.Queue.Register(ctx, e.o.Name, e.types)
}

func (e *Engine) deregister() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := e.o.Queue.Deregister(ctx, e.workerKey()); err != nil {
		e.o.Log.Warn("cannot deregister this worker; others will notice", "error", err)
	}
}

func (e *Engine) workerKey() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.worker
}

// claimLoop fills free slots until ctx ends. A full claim is followed by the
// next at once; otherwise a wake-up, a free slot or the poll starts it.
func (e *Engine) claimLoop(ctx context.Context) {
	for ctx.Err() == nil {
		more := e.claimOnce(ctx)
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-e.wake:
		case <-time.After(jitter(e.o.Poll)):
		}
	}
}

// claimOnce claims for the free slots and reports whether there may be more to
// claim right now. With all slots taken it claims for the express slots.
func (e *Engine) claimOnce(ctx context.Context) bool {
	free, worker, newcomers := e.room()
	if free <= 0 {
		return false
	}
	claim := e.o.Queue.Claim
	if newcomers {
		claim = e.o.Queue.ClaimNewcomers
	}
	// A claim is not cut short by a stop: nobody would know what it took.
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimFor)
	claims, err := claim(short, worker, e.types, free)
	cancel()
	if err != nil && ctx.Err() == nil {
		e.o.Log.Warn("cannot claim, trying again", "error", err)
	}
	if !e.take(worker, claims) {
		return false
	}
	for _, c := range claims {
		e.start(c)
	}
	return len(claims) == free
}

// claimFor bounds one claim.
const claimFor = 15 * time.Second

// room says how many tasks may be claimed now, for which worker, and whether of
// newcomers alone. It notes that a claim begins when there is room.
func (e *Engine) room() (free int, worker int64, newcomers bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.o.Now().Sub(e.lastBeat) >= e.o.LeaseGuard {
		return 0, 0, false
	}
	free = e.o.Slots - len(e.running)
	if free <= 0 {
		free, newcomers = free+e.o.Express, true
	}
	if free > 0 {
		e.claims++
		e.claiming++
	}
	return free, e.worker, newcomers
}

// take notes claims as this engine's own. It reports false when the reply came
// too late: the lease under which they were claimed may have ended.
func (e *Engine) take(worker int64, claims []enrich.Claim) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.claims++
	e.claiming--
	if e.worker != worker || e.o.Now().Sub(e.lastBeat) >= e.o.LeaseGuard {
		return false
	}
	for _, c := range claims {
		e.known[c.Token] = true
	}
	return true
}

// drain waits for what runs, then stops it.
func (e *Engine) drain() {
	e.mu.Lock()
	e.draining = true
	e.mu.Unlock()
	done := make(chan struct{})
	go func() { e.tasks.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(e.o.Drain):
		e.stopRuns(errDraining, func(*run) bool { return true })
		<-done
	}
}

// stopRuns cancels the runs that match.
func (e *Engine) stopRuns(cause error, match func(*run) bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.running {
		if match(r) {
			r.cancel(cause)
		}
	}
}

// jitter spreads a wait over 75 to 125 % of itself, so that processes do not
// move in step.
func jitter(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(rand.Int64N(int64(d/2)+1))
}
