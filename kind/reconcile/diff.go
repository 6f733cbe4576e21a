package reconcile

import (
	"encoding/json"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// mostShown is how many links a plan lists.
const mostShown = 1000

// output is what a plan says: counts, the difference it makes, link by link.
func (p *plan) output(begin time.Time) map[string]any {
	byReason := map[string]int{}
	for _, u := range p.result.unmatched {
		byReason[u.Code]++
	}
	links, changed := p.diff()
	shown := links[:min(len(links), mostShown)]
	outcome := "ok"
	if len(links) == 0 {
		outcome = "no_result"
	}
	return map[string]any{
		"request": p.in.shown(), "counts": p.counts(),
		"diff":      map[string]any{"new_links": len(links) - changed, "changed": changed, "removed": 0, "links": shown, "truncated": len(links) > len(shown)},
		"by_reason": byReason, "cursor": nil, "gate": shownGate(p.result.gate),
		"cost": map[string]any{"model_calls": 0, "cost_micros": 0}, "duration_ms": time.Since(begin).Milliseconds(), "_outcome": outcome, "_reasons": []enrich.Reason{},
		"_run": map[string]any{"worker": "document_reconciliation_backfill@1", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": []any{}},
	}
}

func (in backfillInput) shown() map[string]any {
	return map[string]any{"from": in.From, "to": in.To, "only": or(in.Only, "unlinked"), "dry_run": in.DryRun, "document_ids": append([]string{}, in.DocumentIDs...)}
}

// counts are those of the plan. A match that waits already counts as provisional.
func (p *plan) counts() map[string]int {
	c := map[string]int{
		"documents": len(p.own) + p.locked, "enqueued": 0, "skipped_same_input": 0, "locked_period": p.locked, "person_decided": p.judged,
		"linked": len(p.result.confirmed), "provisional": len(p.result.proposed) + len(p.result.elsewhere), "ambiguous": 0, "no_candidate": 0, "failed": 0,
	}
	for _, u := range p.result.unmatched {
		switch u.Code {
		case string(matching.Ambiguous):
			c["ambiguous"]++
		case string(matching.NoCandidate):
			c["no_candidate"]++
		}
	}
	if !p.in.DryRun {
		for _, part := range p.parts() {
			var in input
			_ = json.Unmarshal(part.Input, &in) // our own
			c["enqueued"] += len(in.InvoiceIDs)
		}
	}
	return c
}

// diff lists what the plan would write, in the order of invoices, and how many of
// its links stand as proposals that wait.
func (p *plan) diff() (links []map[string]any, changed int) {
	links = []map[string]any{}
	for _, group := range []struct {
		to   record.LinkStatus
		list []matching.Link
	}{{record.LinkConfirmed, p.result.confirmed}, {record.LinkProvisional, p.result.proposed}} {
		for _, l := range group.list {
			var from any
			if p.result.waiting[matching.Pair{InvoiceID: l.InvoiceID, TransactionID: l.TransactionID}] {
				from = record.LinkProvisional
				changed++
			}
			links = append(links, map[string]any{
				"invoice_id": l.InvoiceID, "transaction_id": l.TransactionID, "from": from, "to": group.to,
				"amount": l.Amount.String(), "currency": orNull(l.Currency), "confidence": l.Confidence, "match_method": l.Method,
			})
		}
	}
	return links, changed
}

// done counts what the subtasks came to.
func (p *plan) done(children []enrich.Child) map[string]int {
	c := p.counts()
	c["linked"], c["provisional"], c["refused"], c["enqueued"] = 0, 0, 0, 0
	for _, child := range children {
		var in input
		_ = json.Unmarshal(child.Input, &in)
		c["enqueued"] += len(in.InvoiceIDs)
		if child.Status == enrich.Failed {
			c["failed"] += len(in.InvoiceIDs)
			continue
		}
		var out struct {
			Links []struct {
				Status record.LinkStatus `json:"edge_status"`
			} `json:"links"`
			Decision struct {
				Accepted []string `json:"accepted"`
				Refused  []string `json:"refused"`
			} `json:"_decision"`
		}
		if json.Unmarshal(child.Output, &out) != nil {
			continue
		}
		for _, l := range out.Links {
			if l.Status == record.LinkConfirmed {
				c["linked"]++
			}
		}
		c["provisional"] += len(out.Decision.Accepted)
		c["refused"] += len(out.Decision.Refused)
	}
	return c
}
