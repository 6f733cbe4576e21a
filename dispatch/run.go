package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/failpoint"
)

// abandonAfter is how long past its deadline a kind may go on before the engine
// stops waiting for it. Its late answer is dropped.
const abandonAfter = 5 * time.Second

// start runs a claim in a slot of its own.
func (e *Engine) start(c enrich.Claim) {
	ctx, cancel := context.WithCancelCause(context.Background())
	r := &run{claim: c, began: e.o.Now(), cancel: cancel}
	e.mu.Lock()
	e.running[c.Token] = r
	e.mu.Unlock()
	e.tasks.Go(func() {
		defer cancel(nil)
		e.answers <- e.attempt(ctx, c)
		e.mu.Lock()
		full := len(e.running) >= e.o.Slots
		delete(e.running, c.Token)
		e.mu.Unlock()
		if full {
			e.signal() // with slots free, the last claim found no more than it took
		}
	})
}

// attempt runs the kind of a claim once and says how to settle it.
func (e *Engine) attempt(ctx context.Context, c enrich.Claim) enrich.Settlement {
	log := e.o.Log.With("task", c.Task.ID, "attempt", c.Attempt, "workspace", c.Task.WorkspaceID, "type", c.Task.Type)
	log.Info("attempt started", "waited_ms", time.Since(due(c)).Milliseconds())
	began := time.Now()
	ctx, span := e.traceRun(ctx, &c)
	s, err := e.work(ctx, c)
	if err != nil {
		s = failed(c, enrich.Errorf("internal_error", "The follow-ups of this task could not be made."), err.Error(), "")
	}
	endRun(span, s)
	took := time.Since(began)
	e.o.Metrics.observe(c.Task.Type, s.Outcome, took)
	log.LogAttrs(context.Background(), levelOf(s), "attempt ended", slog.String("outcome", string(s.Outcome)),
		slog.Int64("ms", took.Milliseconds()), slog.String("reason", s.Message+s.Detail))
	return s
}

// work carries out the decision that a claim brings, or else runs its kind.
func (e *Engine) work(ctx context.Context, c enrich.Claim) (enrich.Settlement, error) {
	if c.Delivery != nil && c.Delivery.Malformed != "" {
		return failed(c, enrich.Errorf("malformed_push", "The queue brought this task in a form that cannot be read."), c.Delivery.Malformed, ""), nil
	}
	if c.Decision != nil {
		return e.decided(c)
	}
	kind := e.kinds[c.Task.Type]
	spec := kind.Spec().WithDefaults()
	return e.settlement(ctx, spec, c, e.answer(ctx, kind, spec, enrich.Job{Task: c.Task, Attempt: c.Attempt, Children: c.Children}))
}

// due is when the claim's task could first have run: its creation, for a first attempt.
func due(c enrich.Claim) time.Time {
	if c.Attempt == 1 {
		return c.Task.CreatedAt
	}
	return c.At
}

func levelOf(s enrich.Settlement) slog.Level {
	switch s.Outcome {
	case enrich.OutcomeFailed, enrich.OutcomeRetried:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// answer runs the kind under its deadline. A kind that does not come back in
// time is abandoned: its goroutine may linger, its answer will not count.
func (e *Engine) answer(ctx context.Context, kind enrich.Kind, spec enrich.Spec, job enrich.Job) enrich.Answer {
	ctx, cancel := context.WithTimeout(ctx, spec.Deadline)
	defer cancel()
	result := make(chan enrich.Answer, 1)
	go func() { result <- guarded(ctx, kind, job) }()
	timeout := enrich.Retry{
		Err:         enrich.Errorf("timeout", "The work took longer than %s.", spec.Deadline),
		Description: fmt.Sprintf("**Could not be done.** The work took longer than %s each time it was tried.", spec.Deadline),
	}
	select {
	case a := <-result:
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && gaveUp(a) {
			return timeout
		}
		return a
	case <-time.After(spec.Deadline + abandonAfter):
		timeout.Detail = "the kind ignored the end of its context and was abandoned"
		return timeout
	}
}

// gaveUp reports whether an answer says that the work was not finished.
func gaveUp(a enrich.Answer) bool {
	switch a.(type) {
	case enrich.Fail, enrich.Retry, nil:
		return true
	}
	return false
}

// guarded runs the kind; a panic is an answer like another.
func guarded(ctx context.Context, kind enrich.Kind, job enrich.Job) (answer enrich.Answer) {
	defer func() {
		if p := recover(); p != nil {
			answer = enrich.Retry{
				Err:         enrich.Errorf("internal_error", "The worker met an error of its own."),
				Detail:      fmt.Sprintf("panic: %v\n%s", p, debug.Stack()),
				Description: "**Could not be done.** The worker met an error of its own each time it tried.",
			}
		}
	}()
	if err := failpoint.Hit(failpoint.ExecBeforeEffect); err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The worker met an error of its own.")}
	}
	answer = kind.Run(ctx, job)
	if err := failpoint.Hit(failpoint.ExecAfterEffect); err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The worker met an error of its own.")}
	}
	return answer
}
