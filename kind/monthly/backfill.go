package monthly

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// Backfill is the worker of monthly_close_backfill: it closes many months, the
// oldest first, a few at a time. It asks nobody by itself: old gaps are told as
// blockers, so that one of them does not hold up the months after it.
type Backfill struct{ Records Records }

// Spec describes the kind. A finished run never stands for a new one.
func (k *Backfill) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.CloseBackfill, Version: 1, Deadline: 10 * time.Minute, MaxAttempts: 5, ReuseAge: time.Nanosecond}
}

// Bounds of a backfill.
const (
	maxMonths        = 120
	maxParallel      = 12
	standardParallel = 2
)

type request struct {
	From        string `json:"from"`
	To          string `json:"to"`
	DryRun      bool   `json:"dry_run"`
	Parallel    int    `json:"max_parallel_months"`
	Materiality string `json:"materiality,omitempty"`
	Ask         bool   `json:"ask,omitempty"` // have people asked about each gap: a month with one holds up the months after it
}

// Check refuses an input that names no months in order.
func (k *Backfill) Check(raw json.RawMessage) error {
	var r request
	if len(raw) == 0 {
		return nil // taken, and refused with its reason when it runs
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "from and to are months such as \"2026-10\", max_parallel_months is a number, dry_run and ask are true or false.", Field: "from"}
	}
	for field, month := range map[string]string{"from": r.From, "to": r.To} {
		if !monthPattern.MatchString(month) {
			return &enrich.Error{Code: enrich.CodeInvalid, Message: field + " must be a month such as \"2026-10\".", Field: field}
		}
	}
	switch n := len(r.months()); {
	case n == 0:
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "to must not be before from.", Field: "to"}
	case n > maxMonths:
		return &enrich.Error{Code: enrich.CodeInvalid, Message: fmt.Sprintf("At most %d months can be closed in one backfill.", maxMonths), Field: "to"}
	case r.Parallel < 0 || r.Parallel > maxParallel:
		return &enrich.Error{Code: enrich.CodeInvalid, Message: fmt.Sprintf("max_parallel_months is 1 to %d.", maxParallel), Field: "max_parallel_months"}
	}
	if _, err := decimal.Parse(cmp.Or(r.Materiality, "0")); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "materiality must be a decimal number as a string, such as \"10.00\".", Field: "materiality"}
	}
	return nil
}

// months lists the months of a request, the oldest first, one more than there may
// be at most.
func (r request) months() []string {
	from, errFrom := closing.ParseMonth(r.From)
	to, errTo := closing.ParseMonth(r.To)
	var months []string
	for m := from; errFrom == nil && errTo == nil && !m.After(to) && len(months) <= maxMonths; m = m.AddDate(0, 1, 0) {
		months = append(months, m.Format("2006-01"))
	}
	return months
}

// Run closes the next few months, or ends when there are none.
func (k *Backfill) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	if err := k.Check(job.Task.Input); err != nil {
		return refuse("not_months", "%s", err.Error())
	}
	b := &backfill{job: job}
	if len(job.Task.Input) == 0 {
		return refuse("not_months", "The input names no months: from and to are months such as \"2026-10\".")
	}
	_ = json.Unmarshal(job.Task.Input, &b.request) // it was just checked
	b.request.Parallel = cmp.Or(b.request.Parallel, standardParallel)
	var err error
	if b.closes, err = k.Records.ClosesOf(ctx, job.Task.WorkspaceID, b.request.months()); err != nil {
		return unreachable(err)
	}
	if b.request.DryRun {
		return k.simulate(ctx, b)
	}
	running := 0
	for _, c := range b.closes {
		if b.ours(c) && !c.Status.Terminal() {
			running++
		}
	}
	wave, err := k.wave(ctx, b, b.request.Parallel-running)
	if err != nil {
		return unreachable(err)
	}
	if running+len(wave) > 0 {
		return enrich.Later{
			After: lookAgain, Tasks: b.macros(wave), Words: fmt.Sprintf("It waits for %s to be closed.", count(running+len(wave), "month")),
			Description: fmt.Sprintf("**Closing %s to %s.**", b.request.From, b.request.To),
		}
	}
	return b.answer()
}

// lookAgain is how long a backfill waits between two looks at its closes.
const lookAgain = time.Second

// backfill is one run.
type backfill struct {
	job     enrich.Job
	request request
	closes  map[string]record.Close
	months  []map[string]any // of the output
	reused  int
	skipped int
	needed  int // approvals that a dry run found
}

// ours reports whether this backfill asked for a close.
func (b *backfill) ours(c record.Close) bool { return c.Cause == b.job.Task.ID }

// wave are the next months to close: those that nobody closes or has closed as
// they stand, the oldest first.
func (k *Backfill) wave(ctx context.Context, b *backfill, most int) ([]string, error) {
	var wave []string
	for _, month := range b.request.months() {
		if len(wave) >= most {
			break
		}
		if b.ours(b.closes[month]) {
			continue
		}
		standing, err := k.stands(ctx, b, month)
		if err != nil {
			return nil, err
		}
		if !standing {
			wave = append(wave, month)
		}
	}
	return wave, nil
}

// stands reports whether a month needs no close of ours: it is signed off, being
// closed, or closed with the rows that it has now.
func (k *Backfill) stands(ctx context.Context, b *backfill, month string) (bool, error) {
	c, found := b.closes[month]
	switch {
	case !found:
		return false, nil
	case c.Signed || !c.Status.Terminal():
		return true, nil
	case c.Status != enrich.Completed:
		return false, nil
	}
	facts, err := k.Records.Month(ctx, b.job.Task.WorkspaceID, month)
	if err != nil {
		return false, err
	}
	return closing.Part(facts).Snapshot(facts.Waivers) == c.Hash, nil
}

// macros are the closes of months.
func (b *backfill) macros(months []string) []enrich.Request {
	requests := make([]enrich.Request, len(months))
	ask := b.request.Ask
	for n, month := range months {
		raw, _ := json.Marshal(input{RecordID: month, Materiality: b.request.Materiality, Ask: &ask}) // texts always marshal
		requests[n] = enrich.Request{
			Type: enrich.MonthlyClose, EntityType: record.EntityMonth, EntityID: record.MonthID(b.job.Task.WorkspaceID, month), Input: raw,
		}
	}
	return requests
}

// simulate says how each month would close, and begins nothing.
func (k *Backfill) simulate(ctx context.Context, b *backfill) enrich.Answer {
	for _, month := range b.request.months() {
		facts, err := k.Records.Month(ctx, b.job.Task.WorkspaceID, month)
		if err != nil {
			return unreachable(err)
		}
		c := newResult(b.job.Task, input{RecordID: month, Materiality: b.request.Materiality, DryRun: true}, facts)
		open := 0
		for _, p := range c.parts {
			open += len(p.open)
		}
		b.needed += open
		b.months = append(b.months, map[string]any{"record_id": month, "task": nil, "status": nil, "verdict": c.verdict(), "approvals": open})
	}
	return b.done(map[string]int{"months": len(b.months), "macros_created": 0, "macros_reused": 0, "subtasks_created": 0, "skipped_closed": 0}, tally{},
		fmt.Sprintf("**%s to %s would close** with %s.", b.request.From, b.request.To, count(b.needed, "approval")))
}

// tally counts how the closes ended.
type tally struct {
	Completed        int `json:"completed"`
	AwaitingApproval int `json:"awaiting_approval"`
	Failed           int `json:"failed"`
	Rejected         int `json:"rejected"`
	Running          int `json:"running"`
}

func (t *tally) add(s enrich.Status) {
	switch s {
	case enrich.Completed:
		t.Completed++
	case enrich.AwaitingApproval:
		t.AwaitingApproval++
	case enrich.Failed:
		t.Failed++
	case enrich.Rejected:
		t.Rejected++
	default:
		t.Running++
	}
}

// answer ends the backfill.
func (b *backfill) answer() enrich.Answer {
	var result tally
	created, subtasks := 0, 0
	for _, month := range b.request.months() {
		c := b.closes[month]
		switch {
		case b.ours(c):
			created++
			subtasks += c.Parts
		case c.Signed:
			b.skipped++
		default:
			b.reused++
		}
		result.add(c.Status)
		b.months = append(b.months, map[string]any{"record_id": month, "task": c.TaskID, "status": c.Status, "verdict": orNull(c.Verdict)})
	}
	fanOut := map[string]int{
		"months": len(b.months), "macros_created": created, "macros_reused": b.reused, "subtasks_created": subtasks, "skipped_closed": b.skipped,
	}
	return b.done(fanOut, result, fmt.Sprintf("**%s to %s:** %s closed, %d stood already, %d could not be closed.",
		b.request.From, b.request.To, count(created, "month"), b.reused+b.skipped, result.Failed+result.Rejected))
}

func (b *backfill) done(fanOut map[string]int, result tally, words string) enrich.Answer {
	outcome := "ok"
	if result.Failed+result.Rejected > 0 {
		outcome = "partial"
	}
	raw, err := json.Marshal(map[string]any{
		"request": b.request, "fan_out": fanOut, "result": result, "months": b.months, "_outcome": outcome, "_reasons": []any{},
		"_run": map[string]any{"worker": "monthly_close_backfill@1", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": []any{}},
	})
	if err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The result could not be written down."), Detail: err.Error(), Description: "**Not closed.** The result could not be written down."}
	}
	return enrich.Done{Result: enrich.Result{Output: raw, Description: words}}
}
