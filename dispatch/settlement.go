package dispatch

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// settlement turns an answer into what the queue writes. A run that was stopped
// from outside and has nothing to show is handed back uncharged.
func (e *Engine) settlement(ctx context.Context, spec enrich.Spec, c enrich.Claim, answer enrich.Answer) (enrich.Settlement, error) {
	if cause := context.Cause(ctx); cause != nil && gaveUp(answer) {
		return enrich.Settlement{
			Claim: c, Outcome: enrich.OutcomeReleased, Detail: cause.Error(), Stays: c.Delivery != nil && !c.Delivery.Last,
			WaitCode: enrich.WaitQueued, WaitWords: "It was handed back and runs again as soon as a worker is free.",
		}, nil
	}
	switch a := answer.(type) {
	case enrich.Done:
		return e.result(c, a.Result, enrich.Completed, enrich.OutcomeCompleted)
	case enrich.Ask:
		// A proposal is kept as it is shown: none of it is written, and nothing follows
		// from it, before a person has decided.
		shown := enrich.Result{Output: a.Output, Description: a.Description, CostMicros: a.CostMicros, Records: a.Now}
		s, err := e.result(c, shown, enrich.AwaitingApproval, enrich.OutcomeAsked)
		s.Proposal = &enrich.Proposal{Records: a.Records, Items: a.Items, Occasions: a.Occasions}
		return s, err
	case enrich.Refuse:
		return refused(c, a)
	case enrich.Fail:
		return failed(c, a.Err, a.Detail, a.Description), nil
	case enrich.Retry:
		if a.Provider && spec.Provider.Name != "" && c.At.Sub(c.Task.CreatedAt) < deferFor {
			return deferred(spec, c, a), nil
		}
		return retried(spec, c, a), nil
	case enrich.Split:
		return split(c, a), nil
	case enrich.Later:
		return later(c, a), nil
	default:
		return failed(c, enrich.Errorf("internal_error", "The worker gave an answer that cannot be settled."),
			fmt.Sprintf("unexpected answer %T", answer), ""), nil
	}
}

func (e *Engine) result(c enrich.Claim, r enrich.Result, to enrich.Status, outcome enrich.Outcome) (enrich.Settlement, error) {
	s := enrich.Settlement{
		Claim: c, To: to, Outcome: outcome, Output: r.Output, Description: r.Description,
		Records: r.Records, CostMicros: r.CostMicros, Follow: e.following(c),
	}
	if len(r.Occasions) == 0 {
		return s, nil
	}
	var err error
	s.FollowUps, err = e.followUps(c, r.Occasions)
	return s, err
}

// following makes follow-ups for the store, which learns only in writing what has
// changed.
func (e *Engine) following(c enrich.Claim) func([]enrich.Occasion) ([]enrich.Request, error) {
	if e.o.FollowUps == nil {
		return nil
	}
	return func(occasions []enrich.Occasion) ([]enrich.Request, error) { return e.followUps(c, occasions) }
}

// followUps are as urgent as their cause.
func (e *Engine) followUps(c enrich.Claim, occasions []enrich.Occasion) ([]enrich.Request, error) {
	requests, err := e.o.FollowUps(c, occasions)
	for i := range requests {
		requests[i].Priority, requests[i].Trace = c.Priority, c.Trace
	}
	return requests, err
}

// refused puts the reasons into the output, where a rejection carries them.
func refused(c enrich.Claim, a enrich.Refuse) (enrich.Settlement, error) {
	output := map[string]json.RawMessage{}
	if len(a.Output) > 0 {
		if err := json.Unmarshal(a.Output, &output); err != nil {
			return enrich.Settlement{}, fmt.Errorf("output of a refusal: %w", err)
		}
	}
	reasons, err := json.Marshal(a.Reasons)
	if err != nil {
		return enrich.Settlement{}, err
	}
	output["_reasons"] = reasons
	if output["_outcome"] == nil {
		output["_outcome"] = json.RawMessage(`"skipped"`)
	}
	raw, err := json.Marshal(output)
	detail := ""
	if len(a.Reasons) > 0 {
		detail = a.Reasons[0].Code + ": " + a.Reasons[0].Message
	}
	return enrich.Settlement{
		Claim: c, To: enrich.Rejected, Outcome: enrich.OutcomeRefused, Output: raw,
		Description: a.Description, Detail: detail,
	}, err
}

func failed(c enrich.Claim, err *enrich.Error, detail, description string) enrich.Settlement {
	if err == nil {
		err = enrich.Errorf("internal_error", "The worker failed without saying why.")
	}
	if description == "" {
		description = "**Could not be done.** " + err.Message
	}
	return enrich.Settlement{
		Claim: c, To: enrich.Failed, Outcome: enrich.OutcomeFailed,
		Message: err.Error(), Detail: detail, Description: description,
	}
}

// retried asks for another attempt later, or fails when they are used up.
// Crashes have their own cap and do not count here, nor do splits, nor what went
// before a decision.
func retried(spec enrich.Spec, c enrich.Claim, a enrich.Retry) enrich.Settlement {
	tried := c.Attempt - c.Crashes - c.Uncharged
	last := c.Delivery != nil && c.Delivery.Last
	if tried >= spec.MaxAttempts || last {
		s := failed(c, a.Err, a.Detail, a.Description)
		s.Pause = pauseOf(spec, a)
		s.Message += fmt.Sprintf(" It was tried %d times.", tried)
		if last {
			s.Message += " The queue would not have brought it again."
		}
		return s
	}
	after := max(a.After, 0) + backOff(spec, tried)
	words := "It is tried again later."
	if a.Err != nil {
		words = fmt.Sprintf("%s Attempt %d of %d failed; it is tried again.", a.Err.Message, tried, spec.MaxAttempts)
	}
	detail := a.Detail
	if a.Err != nil {
		detail = a.Err.Error() + "\n" + a.Detail
	}
	return enrich.Settlement{
		Claim: c, Outcome: enrich.OutcomeRetried, Retry: after, Detail: detail, Pause: pauseOf(spec, a),
		Stays: c.Delivery != nil, WaitCode: enrich.WaitRetry, WaitWords: words,
	}
}

// deferFor is how long after its making a task may be put off by its provider
// without charge. After that each time counts, so that it ends.
const deferFor = 24 * time.Hour

// deferred hands a task back uncharged, and has everybody leave its provider
// alone for as long as it asked for.
func deferred(spec enrich.Spec, c enrich.Claim, a enrich.Retry) enrich.Settlement {
	pause := pauseOf(spec, a)
	return enrich.Settlement{
		Claim: c, Outcome: enrich.OutcomeDeferred, Retry: pause.For, Pause: pause, Detail: a.Detail,
		WaitCode: enrich.WaitProviderPaused, WaitWords: pause.Words,
	}
}

func pauseOf(spec enrich.Spec, a enrich.Retry) *enrich.Pause {
	if !a.Provider || spec.Provider.Name == "" {
		return nil
	}
	words := "It asked for a pause."
	if a.Err != nil {
		words = a.Err.Message
	}
	after := a.After
	if after <= 0 {
		after = spec.BaseDelay
	}
	return &enrich.Pause{Provider: spec.Provider.Name, For: min(after, maxPause), Words: words}
}

// maxPause bounds what a provider can ask for.
const maxPause = time.Hour

// backOff is exponential with full jitter: anything from nothing to the bound,
// so that a crowd that failed together does not come back together.
// Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
func backOff(spec enrich.Spec, tried int) time.Duration {
	bound := spec.BaseDelay
	for i := 1; i < tried && bound < spec.MaxDelay; i++ {
		bound *= 2
	}
	return time.Duration(rand.Int64N(int64(min(bound, spec.MaxDelay)) + 1))
}

// Bounds of what is settled in one transaction, but for an answer that alone is past
// them. Many small answers share what a transaction costs; what is large must be written
// well within settleAtOnce, and in a statement that fits the memory.
const (
	settleMost   = 500
	settleFields = 2000    // of records
	settleBytes  = 8 << 20 // of outputs
)

// settleLoop writes answers in groups, in the order they came, until the
// channel is closed. While the queue is away it tries on: the tokens keep a late
// settlement from harm.
func (e *Engine) settleLoop(ctx context.Context) {
	inGroups(e.answers, func(group []enrich.Settlement) { e.settle(ctx, group) })
}

// inGroups calls settle for group after group of what comes, until no more will.
func inGroups(answers <-chan enrich.Settlement, settle func([]enrich.Settlement)) {
	var over []enrich.Settlement
	for open := true; open; {
		group := over
		if len(group) == 0 {
			first, some := <-answers
			if !some {
				return
			}
			group = []enrich.Settlement{first}
		}
		group, over, open = fill(group, answers)
		settle(group)
	}
}

// fill adds to a group of one what has come since, as far as the bounds allow. over is
// the answer that did not fit, which begins the next group; open is false where no more
// will come.
func fill(group []enrich.Settlement, answers <-chan enrich.Settlement) (full, over []enrich.Settlement, open bool) {
	fields, bytes := sizeOf(group[0])
	for len(group) < settleMost {
		select {
		case s, some := <-answers:
			if !some {
				return group, nil, false
			}
			more, longer := sizeOf(s)
			if fields+more > settleFields || bytes+longer > settleBytes {
				return group, []enrich.Settlement{s}, true
			}
			group, fields, bytes = append(group, s), fields+more, bytes+longer
		default:
			return group, nil, true
		}
	}
	return group, nil, true
}

// sizeOf is how many fields of records a settlement writes, and the bytes of its output.
func sizeOf(s enrich.Settlement) (fields, bytes int) {
	for _, w := range s.Records {
		fields += len(w.Fields)
	}
	return fields, len(s.Output)
}

// settleAtOnce bounds one try to settle a group.
const settleAtOnce = 15 * time.Second

// settleFor bounds how long a settlement is tried: long enough for a restart of
// the database, short enough that a stopping program ends.
const settleFor = 2 * time.Minute

func (e *Engine) settle(ctx context.Context, group []enrich.Settlement) {
	var held map[int64]bool
	defer func() { e.forget(group, held) }()
	end := e.traceSettle(ctx, group)
	defer func() { end(held) }()
	began := time.Now()
	for wait := 50 * time.Millisecond; time.Since(began) < settleFor; wait = min(2*wait, time.Second) {
		short, cancel := context.WithTimeout(ctx, settleAtOnce)
		done, err := e.o.Queue.Settle(short, e.o.Name, group)
		cancel()
		if held = done; err == nil {
			e.countFenced(group, held)
			return
		}
		e.o.Log.Warn("cannot settle, trying again", "settlements", len(group), "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(jitter(wait)):
		}
	}
	e.o.Log.Error("gave up settling; the tasks are handed back", "settlements", len(group))
	e.handBack(ctx, group)
}

// forget drops claims that are settled, or that nothing more can be done about, and
// tells who waits for them which held.
func (e *Engine) forget(group []enrich.Settlement, held map[int64]bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range group {
		delete(e.known, s.Claim.Token)
		if waiting := e.settled[s.Claim.Token]; waiting != nil {
			delete(e.settled, s.Claim.Token)
			waiting <- outcome{s, held[s.Claim.Token]} // there is room for this one
		}
	}
}

// handBack frees claims whose answers could not be written for settleFor. It
// counts as a crash, so that an answer that can never be written has an end. If
// even this fails, the tasks run again when this process ends.
func (e *Engine) handBack(ctx context.Context, group []enrich.Settlement) {
	for i, s := range group {
		group[i] = enrich.Settlement{
			Claim: s.Claim, Outcome: enrich.OutcomeCrashed, Detail: "the answer could not be settled",
			WaitCode: enrich.WaitCrashed, WaitWords: "Its result could not be written; it runs again as soon as a worker is free.",
		}
	}
	short, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if _, err := e.o.Queue.Settle(short, e.o.Name, group); err != nil {
		e.o.Log.Error("cannot hand back tasks", "error", err)
	}
}

// countFenced notes the settlements whose claim no longer held.
func (e *Engine) countFenced(group []enrich.Settlement, held map[int64]bool) {
	for _, s := range group {
		if !held[s.Claim.Token] {
			e.o.Metrics.fenced.Inc()
			e.o.Log.Warn("a settlement was fenced off: its claim was lost", "task", s.Claim.Task.ID,
				"attempt", s.Claim.Attempt, "workspace", s.Claim.Task.WorkspaceID)
		}
	}
}
