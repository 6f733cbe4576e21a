package cloudtasks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
)

// Payload is the body of a push: ids, and nothing else.
type Payload struct {
	WorkspaceID string `json:"workspace_id"`
	TaskID      string `json:"task_id"`
	Generation  int    `json:"generation"`
}

// PushPath is where pushes of a type go, below the address of the worker.
func PushPath(t enrich.Type) string { return "/internal/dispatch/" + string(t) }

// Outbox is where tasks wait to be handed over; postgres.DB is one.
type Outbox interface {
	// HandOver marks up to n due tasks as with the queue, so that no more than most of
	// these types are, and returns them to be created there.
	HandOver(ctx context.Context, types []enrich.Type, n, most int) ([]enrich.Handover, error)
	// Unconfirmed returns tasks that were handed over longer than age ago and are not
	// known to be in the queue.
	Unconfirmed(ctx context.Context, types []enrich.Type, n int, age time.Duration) ([]enrich.Handover, error)
	// Confirm notes that generations are in the queue.
	Confirm(ctx context.Context, generations []int) error
	// Listen calls wake when there may be work, until ctx ends. It may miss some.
	Listen(ctx context.Context, worker func() int64, wake func())
}

// RelayOptions are what a Relay is made of. Outbox, Create, PushURL and Runs are required.
type RelayOptions struct {
	Outbox Outbox
	// Create makes a task in its queue; Client.Create.
	Create func(context.Context, Task) error
	// PushURL is the address of the workers, without a path of its own.
	PushURL string
	// Runs is the longest run of one attempt, for each type that is handed over.
	Runs map[enrich.Type]time.Duration
	// Window is how many tasks may be in one queue; default 1000. What comes later is
	// behind no more than these, whoever filled the rest of the outbox.
	Window int
	Batch  int           // tasks handed over at once; default 100
	Calls  int           // of Create at the same time, for each queue; default 16
	Poll   time.Duration // longest wait between two looks at the outbox; default 1 s, jittered
	Log    *slog.Logger
}

const (
	// confirmWithin is how long a living relay may take to create what it handed over;
	// after that others do. Where it lives and is slow that costs a call, no more.
	confirmWithin = 10 * time.Second
	// outboxFor bounds one question to the outbox: a network that swallows it tells nobody.
	// What was handed over all the same is found by Unconfirmed.
	outboxFor = 15 * time.Second
	// beyondRun is the time that a push has beyond the longest run: to claim, to stop a
	// kind that goes on behind its deadline, and to settle.
	beyondRun = 30 * time.Second
	// mostBackoff bounds the wait after calls that failed.
	mostBackoff = time.Minute
)

// Relay creates a named task in its queue for each task that is due. Any number of
// processes may run one: what two of them create is one task, for it has one name.
type Relay struct {
	o      RelayOptions
	queues []*outlet
}

// outlet is one queue and what goes there.
type outlet struct {
	*Relay
	queue string
	types []enrich.Type
	wake  chan struct{}
	// again are tasks that could not be created; failures is how many rounds in a row.
	again    []enrich.Handover
	failures int
}

// NewRelay makes one. Errors say which type cannot be handed over, and why.
func NewRelay(o RelayOptions) (*Relay, error) {
	o.Window, o.Batch, o.Calls = cmpOr(o.Window, 1000), cmpOr(o.Batch, 100), cmpOr(o.Calls, 16)
	o.Poll = cmpOr(o.Poll, time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.PushURL = strings.TrimRight(o.PushURL, "/")
	r := &Relay{o: o}
	byQueue := map[string]*outlet{}
	for t, run := range o.Runs {
		name, err := Queue(t)
		if err != nil {
			return nil, err
		}
		if run+beyondRun > MaxDispatchDeadline {
			return nil, fmt.Errorf("cloud tasks: an attempt at %s may take %v, and a push is listened to for %v at most", t, run, MaxDispatchDeadline)
		}
		out := byQueue[name]
		if out == nil {
			out = &outlet{Relay: r, queue: name, wake: make(chan struct{}, 1)}
			byQueue[name] = out
			r.queues = append(r.queues, out)
		}
		out.types = append(out.types, t)
	}
	for _, out := range r.queues {
		slices.Sort(out.types)
	}
	return r, nil
}

func cmpOr[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Run hands over until ctx ends. A queue that fails holds back its own tasks alone.
func (r *Relay) Run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() {
		r.o.Outbox.Listen(ctx, nil, func() {
			for _, out := range r.queues {
				select {
				case out.wake <- struct{}{}:
				default:
				}
			}
		})
	})
	for _, out := range r.queues {
		running.Go(func() { out.run(ctx) })
	}
	running.Wait()
}

func (out *outlet) run(ctx context.Context) {
	var looked time.Time
	for ctx.Err() == nil {
		wait := jitter(out.o.Poll)
		// What others left behind is rare, so it is not looked for each time.
		if now := time.Now(); now.Sub(looked) > confirmWithin/4 {
			looked = now
			short, cancel := context.WithTimeout(ctx, outboxFor)
			left, err := out.o.Outbox.Unconfirmed(short, out.types, out.o.Batch, confirmWithin)
			cancel()
			out.warn(ctx, "cannot look for tasks that another left behind, trying again", err)
			if len(left) == out.o.Batch {
				looked = time.Time{}
			}
			out.remember(left)
		}
		more, pause := out.round(ctx)
		wake := out.wake
		switch {
		case pause > 0:
			wait, wake = pause, nil // nobody's call makes the service answer
		case more:
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-time.After(wait):
		}
	}
}

// remember adds what another left behind. It may be this relay itself that could not
// create it yet: while the service is away that is found again and again.
func (out *outlet) remember(left []enrich.Handover) {
	known := map[int]bool{}
	for _, h := range out.again {
		known[h.Generation] = true
	}
	for _, h := range left {
		if !known[h.Generation] {
			known[h.Generation] = true
			out.again = append(out.again, h)
		}
	}
}

// round creates a batch: what failed before, else what is due. It reports whether
// there may be more right now, and how long to leave the service alone.
func (out *outlet) round(ctx context.Context) (more bool, pause time.Duration) {
	batch := out.again
	out.again = nil
	if len(batch) > out.o.Batch {
		batch, out.again = batch[:out.o.Batch], batch[out.o.Batch:]
	}
	if len(batch) == 0 {
		short, cancel := context.WithTimeout(ctx, outboxFor)
		var err error
		batch, err = out.o.Outbox.HandOver(short, out.types, out.o.Batch, out.o.Window)
		cancel()
		if err != nil {
			out.warn(ctx, "cannot hand over, trying again", err)
			return false, 0
		}
	}
	if len(batch) == 0 {
		return false, 0
	}
	failed, after, err := out.create(ctx, batch)
	if len(failed) == 0 {
		out.failures = 0
		return len(batch) == out.o.Batch || len(out.again) > 0, 0
	}
	out.again = append(out.again, failed...)
	out.failures++
	pause = max(after, jitter(min(100*time.Millisecond<<min(out.failures, 10), mostBackoff)))
	if ctx.Err() == nil {
		out.o.Log.Error("cannot create tasks in Cloud Tasks, trying again", "queue", out.queue, "tasks", len(failed), "pause", pause.String(), "error", err)
	}
	return false, pause
}

// create makes the tasks and confirms those that were made. It returns the others,
// how long the service wants to be left alone, and the first error.
func (out *outlet) create(ctx context.Context, batch []enrich.Handover) (failed []enrich.Handover, after time.Duration, first error) {
	var mu sync.Mutex
	var made []int
	var calls sync.WaitGroup
	slots := make(chan struct{}, out.o.Calls)
	for _, h := range batch {
		slots <- struct{}{}
		calls.Go(func() {
			defer func() { <-slots }()
			err := out.createOne(ctx, h)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made = append(made, h.Generation)
				return
			}
			failed = append(failed, h)
			if first == nil {
				first = err
			}
			if said := (*Error)(nil); errors.As(err, &said) {
				after = max(after, said.RetryAfter)
			}
		})
	}
	calls.Wait()
	if len(made) > 0 {
		// To forget this costs one more call for each, which finds the name taken.
		short, cancel := context.WithTimeout(ctx, outboxFor)
		defer cancel()
		out.warn(ctx, "cannot note what was created; it is created again", out.o.Outbox.Confirm(short, made))
	}
	return failed, after, first
}

func (out *outlet) createOne(ctx context.Context, h enrich.Handover) error {
	if err := failpoint.Hit(failpoint.CreateBefore); err != nil {
		return err
	}
	body, err := json.Marshal(Payload{h.WorkspaceID, h.TaskID, h.Generation})
	if err != nil {
		return err
	}
	if err := out.o.Create(ctx, Task{
		Name: TaskID(h.TaskID, h.Generation), Queue: out.queue, URL: out.o.PushURL + PushPath(h.Type), Body: body,
		DispatchDeadline: max(out.o.Runs[h.Type]+beyondRun, MinDispatchDeadline),
	}); err != nil {
		return err
	}
	return failpoint.Hit(failpoint.CreateAfter)
}

func (out *outlet) warn(ctx context.Context, words string, err error) {
	if err != nil && ctx.Err() == nil {
		out.o.Log.Warn(words, "queue", out.queue, "error", err)
	}
}

// jitter spreads a wait over 75 to 125 % of itself.
func jitter(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(rand.Int64N(int64(d/2)+1))
}
