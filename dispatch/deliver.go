package dispatch

import (
	"context"

	"github.com/enrichd/enrichd/enrich"
)

// Deliveries is where the tasks of pushes are claimed.
type Deliveries interface {
	// ClaimHandover claims the task of a push. enrich.ErrOver and its like say what
	// was there instead.
	ClaimHandover(ctx context.Context, worker int64, d enrich.Delivery) (enrich.Claim, error)
	// ReturnHandover takes a task back from the queue, which is about to drop it.
	ReturnHandover(ctx context.Context, d enrich.Delivery) (bool, error)
}

// outcome is what became of a claim.
type outcome struct {
	settlement enrich.Settlement
	held       bool
}

// Deliver runs the task of a push as if it had been claimed, and returns when it is
// settled: the outcome, and whether the task stays with the queue, which is to push
// it again. It takes one of the process's slots, or none: enrich.ErrBusy comes
// before any work, as does enrich.ErrUnready.
//
// When ctx ends, Deliver does: the queue no longer listens. The task goes on, and
// its lease with it.
func (e *Engine) Deliver(ctx context.Context, d enrich.Delivery) (became enrich.Outcome, stays bool, err error) {
	if e.kinds[d.Type] == nil && d.Malformed == "" {
		return "", false, enrich.ErrNoKind
	}
	worker, err := e.reserve()
	if err != nil {
		return "", false, err
	}
	// A claim is not cut short by a sender who hangs up: nobody would know what it took.
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimFor)
	c, err := e.o.Delivered.ClaimHandover(short, worker, d)
	cancel()
	if c.Task.Type != d.Type && d.Malformed == "" {
		d.Malformed = "it was pushed as " + string(d.Type)
	}
	c.Delivery = &d
	done, ours := e.takeDelivery(worker, c, err == nil)
	switch {
	case err != nil:
		return "", false, err
	case !ours:
		return "", false, enrich.ErrUnready // the beat hands it back
	}
	select {
	case o := <-done:
		if !o.held {
			return "", false, enrich.ErrLost
		}
		return o.settlement.Outcome, o.settlement.Stays, nil
	case <-ctx.Done():
		return "", false, context.Cause(ctx)
	}
}

// Return takes a task back from the queue, so that it is handed over anew.
func (e *Engine) Return(ctx context.Context, d enrich.Delivery) (bool, error) {
	return e.o.Delivered.ReturnHandover(ctx, d)
}

// reserve takes a slot for a delivery whose task is not claimed yet.
func (e *Engine) reserve() (worker int64, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.draining || e.worker == 0 || e.o.Now().Sub(e.lastBeat) >= e.o.LeaseGuard:
		return 0, enrich.ErrUnready
	case len(e.running)+e.claiming >= e.o.Slots:
		return 0, enrich.ErrBusy
	}
	e.claims++
	e.claiming++
	e.tasks.Add(1) // the drain waits for it
	return e.worker, nil
}

// takeDelivery ends a reservation and, where there is a claim to run, runs it. It
// reports false where the claim came too late, as take does.
func (e *Engine) takeDelivery(worker int64, c enrich.Claim, claimed bool) (<-chan outcome, bool) {
	defer e.tasks.Done()
	done := make(chan outcome, 1)
	e.mu.Lock()
	ours := claimed && e.worker == worker && e.o.Now().Sub(e.lastBeat) < e.o.LeaseGuard
	if ours {
		e.known[c.Token], e.settled[c.Token] = true, done
	}
	e.mu.Unlock()
	if ours {
		e.start(c)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.claims++
	e.claiming--
	return done, ours
}
