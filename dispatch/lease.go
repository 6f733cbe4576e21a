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
		case <-time.After(e.untilBeat()):
		}
		e.beat(ctx)
	}
}

// untilBeat is how long to wait for the next beat: shorter when the last one
// failed, and never past the moment at which everything must have stopped.
func (e *Engine) untilBeat() time.Duration {
	wait := e.o.Beat
	if e.sinceBeat() > e.o.Beat {
		wait /= 4
	}
	return e.beforeGuard(wait)
}

// beforeGuard shortens d so that it ends when LeaseGuard does, unless that is over.
func (e *Engine) beforeGuard(d time.Duration) time.Duration {
	if left := e.o.LeaseGuard - e.sinceBeat(); left > 0 {
		return min(d, left)
	}
	return d
}

// beat renews once. Claims that are no longer held stop running; without a good
// beat for LeaseGuard everything stops, before others may take it.
func (e *Engine) beat(ctx context.Context) {
	began := e.o.Now()
	worker, claims := e.lease()
	short, cancel := context.WithTimeout(ctx, e.beforeGuard(e.o.Beat))
	held, err := e.o.Queue.Beat(short, worker)
	cancel()
	switch {
	case err == nil:
		e.mu.Lock()
		e.lastBeat = began
		e.mu.Unlock()
		e.stopRuns(errWithdrawn, func(r *run) bool { return r.began.Before(began) && !held[r.claim.Token] })
		e.releaseStrays(ctx, worker, held, claims)
	case errors.Is(err, enrich.ErrDead):
		e.o.Log.Warn("this worker was given up by the others; it starts anew")
		e.stopRuns(errLeaseLost, func(*run) bool { return true })
		_ = e.register(ctx) // it fails only when ctx ends
	case ctx.Err() == nil:
		e.o.Log.Warn("cannot renew the lease, trying again", "error", err)
		if e.sinceBeat() >= e.o.LeaseGuard {
			e.stopRuns(errLeaseLost, func(*run) bool { return true })
		}
	}
}

// lease is the key under which the engine holds its claims, and how many calls of
// Claim have begun and ended; -1 while one is under way.
func (e *Engine) lease() (worker int64, claims int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.claiming > 0 {
		return e.worker, -1
	}
	return e.worker, e.claims
}

// releaseStrays hands back what the queue says this process holds and the
// process does not know of: a claim whose reply was lost. It trusts the beat at once
// if no claim was under way meanwhile, and else when a claim would have ended.
func (e *Engine) releaseStrays(ctx context.Context, worker int64, held map[int64]bool, claims int) {
	var strays []int64
	e.mu.Lock()
	now, strange := e.o.Now(), map[int64]time.Time{}
	for token := range held {
		if e.known[token] {
			continue
		}
		since, seen := e.strange[token]
		if !seen {
			since = now
		}
		strange[token] = since
		if e.claims == claims || now.Sub(since) > claimFor {
			strays = append(strays, token)
		}
	}
	e.strange = strange
	e.mu.Unlock()
	if len(strays) == 0 {
		return
	}
	short, cancel := context.WithTimeout(ctx, e.o.Beat)
	defer cancel()
	err := e.o.Queue.Release(short, worker, strays)
	e.o.Log.Warn("handed back claims whose reply was lost", "claims", len(strays), "error", err)
}

func (e *Engine) sinceBeat() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.o.Now().Sub(e.lastBeat)
}

// sweepEvery is the time between two sweeps, jittered. A dead process is seen by
// one sweep and given up by another after its lock has been free for LockGrace,
// which must be within two seconds even where one process alone is left to sweep.
const sweepEvery = 250 * time.Millisecond

// sweepLoop gives back the tasks of dead processes. Every process does.
func (e *Engine) sweepLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(jitter(sweepEvery)):
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
