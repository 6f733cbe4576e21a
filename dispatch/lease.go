package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// beatLoop renews the lease until ctx ends.
func (e *Engine) beatLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(e.o.Beat):
		}
		e.beat(ctx)
	}
}

// beat renews once. Claims that are no longer held stop running; without a good
// beat for LeaseGuard everything stops, before others may take it.
func (e *Engine) beat(ctx context.Context) {
	began := time.Now()
	short, cancel := context.WithTimeout(ctx, e.o.Beat)
	held, err := e.o.Queue.Beat(short, e.workerKey())
	cancel()
	switch {
	case err == nil:
		e.mu.Lock()
		e.lastBeat = began
		e.mu.Unlock()
		e.stopRuns(errWithdrawn, func(r *run) bool { return r.began.Before(began) && !held[r.claim.Token] })
	case errors.Is(err, enrich.ErrDead):
		e.o.Log.Warn("this worker was given up by the others; it starts anew")
		e.stopRuns(errLeaseLost, func(*run) bool { return true })
		_ = e.register(ctx) // it fails only when ctx ends
	case ctx.Err() == nil:
		e.o.Log.Warn("cannot renew the lease, trying again", "error", err)
		if e.sinceBeat() > e.o.LeaseGuard {
			e.stopRuns(errLeaseLost, func(*run) bool { return true })
		}
	}
}

func (e *Engine) sinceBeat() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Since(e.lastBeat)
}

// sweepLoop gives back the tasks of dead processes. Every process does.
func (e *Engine) sweepLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(jitter(500 * time.Millisecond)):
		}
		n, err := e.o.Queue.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			e.o.Log.Warn("cannot sweep, trying again", "error", err)
		}
		if n > 0 {
			e.o.Metrics.rescued.Add(float64(n))
			e.o.Log.Warn("gave back the tasks of dead workers", "tasks", n)
		}
	}
}
