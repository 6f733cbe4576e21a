package reconcile

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// Backfill is the worker of document_reconciliation_backfill: it matches a period
// as a whole. A dry run says what would change; otherwise subtasks, each for a part
// of the invoices, write the one solution down. Rows of months that are signed off
// and what people decided are left alone, and no link is taken away.
type Backfill struct {
	Reconcile *Kind
	Part      int // invoices of a subtask; 200 where it is 0
}

// Spec describes the kind.
func (b *Backfill) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.DocumentBackfill, Version: 1, Deadline: 15 * time.Minute, MaxAttempts: 3, ReuseAge: time.Nanosecond}
}

// partSize is how many invoices a subtask answers for where nothing else is said.
const partSize = 200

type backfillInput struct {
	From        string   `json:"from"`
	To          string   `json:"to"`
	DocumentIDs []string `json:"document_ids"`
	Only        string   `json:"only"` // unlinked, provisional or all; unlinked where absent
	DryRun      bool     `json:"dry_run"`
	MaxCost     int64    `json:"max_cost_micros"`
}

// Check refuses a period that is none.
func (b *Backfill) Check(raw json.RawMessage) error {
	var in backfillInput
	if len(raw) == 0 {
		return nil // taken, and refused with its reason when it runs
	}
	if json.Unmarshal(raw, &in) != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "from and to are days, YYYY-MM-DD; document_ids a list of texts; dry_run true or false.", Field: "from"}
	}
	if field := periodFault(in.From, in.To); field != "" {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "from and to are days, YYYY-MM-DD, and to is not before from.", Field: field}
	}
	if !slices.Contains([]string{"", "unlinked", "provisional", "all"}, in.Only) {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "only is unlinked, provisional or all.", Field: "only"}
	}
	return nil
}

// Run plans the period, hands it out in parts, or sums up what the parts did.
func (b *Backfill) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	var in backfillInput
	if err := b.Check(job.Task.Input); err != nil {
		return refuse("no_period", "%s", err.Error())
	}
	if len(job.Task.Input) == 0 {
		return refuse("no_period", "The input names no period: from and to are days, YYYY-MM-DD.")
	}
	_ = json.Unmarshal(job.Task.Input, &in) // it was just checked
	begin := time.Now()
	w, err := b.Reconcile.whole(ctx, job.Task.WorkspaceID, job.Task.ID, in.From, in.To)
	if err != nil {
		return unsolved(err)
	}
	p := newPlan(job.Task, in, w)
	p.part = cmp.Or(b.Part, partSize)
	switch {
	case in.DryRun || len(job.Children) > 0 || len(p.parts()) == 0:
		return p.answer(job.Children, begin)
	}
	return enrich.Split{Children: p.parts(), Description: p.describe()}
}

// plan is the solution of a period, seen from the invoices that the task is about.
type plan struct {
	task   enrich.Task
	in     backfillInput
	result *result
	part   int      // invoices of a subtask
	own    []string // open invoices, by id
	locked int
	judged int // edges of them that a person decided on
}

func newPlan(task enrich.Task, in backfillInput, w *whole) *plan {
	p := &plan{task: task, in: in}
	waiting := map[string]bool{}
	for _, l := range w.books.Links {
		waiting[l.InvoiceID] = waiting[l.InvoiceID] || l.Status == record.LinkProvisional
	}
	for _, i := range w.books.Invoices {
		switch {
		// An invoice without a date belongs to each period that its row was read for.
		case i.IssueDate != "" && (i.IssueDate < in.From || i.IssueDate > in.To) || len(in.DocumentIDs) > 0 && !contains(in.DocumentIDs, i.DocumentID):
		case locked(w.books.Locked, i.IssueDate):
			p.locked++
		case in.Only == "all", waiting[i.ID] == (in.Only == "provisional"):
			p.own = append(p.own, i.ID)
		}
	}
	slices.Sort(p.own)
	for _, l := range w.books.Links {
		if l.Status.Gone() && contains(p.own, l.InvoiceID) {
			p.judged++
		}
	}
	p.result = newResult(task, &subject{invoices: p.own}, w.books, w.solution, w.unfit, w.gate)
	return p
}

// parts are the subtasks: those invoices that a link was found for, in the order of
// their ids.
func (p *plan) parts() []enrich.Request {
	found := map[string]bool{}
	for _, list := range [][]matching.Link{p.result.confirmed, p.result.proposed} {
		for _, l := range list {
			found[l.InvoiceID] = true
		}
	}
	ids := slices.DeleteFunc(slices.Clone(p.own), func(id string) bool { return !found[id] })
	var out []enrich.Request
	for part := range slices.Chunk(ids, p.part) {
		input, err := json.Marshal(map[string]any{"kind": kindInvoices, "invoice_ids": part, "from": p.in.From, "to": p.in.To})
		if err != nil {
			continue // texts always marshal
		}
		hash, err := enrich.Fingerprint{Type: enrich.Reconcile, Input: input, KindVersion: reconcileVersion}.Hash()
		if err != nil {
			continue // what was marshalled is canonical
		}
		out = append(out, enrich.Request{EntityType: p.task.EntityType, EntityID: p.task.EntityID, Type: enrich.Reconcile, Input: input, Hash: hash})
	}
	return out
}

func (p *plan) answer(children []enrich.Child, begin time.Time) enrich.Answer {
	out := p.output(begin)
	if len(children) > 0 {
		out["counts"], out["_outcome"] = p.done(children), "ok"
		if p.result.gate.Labels == 0 {
			delete(out, "gate")
		}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The result could not be written down."), Detail: err.Error()}
	}
	return enrich.Done{Result: enrich.Result{Output: raw, Description: p.describe()}}
}

func (p *plan) describe() string {
	what := fmt.Sprintf("%s from %s to %s: %s without doubt, %s for a person, %s without a link.", count(len(p.own), "open invoice"), p.in.From, p.in.To,
		count(len(p.result.confirmed), "link"), count(len(p.result.proposed), "match"), count(len(p.result.unmatched), "invoice"))
	if p.in.DryRun {
		return "**Dry run**, nothing was written. " + what
	}
	return "**Matched as a whole.** " + what
}
