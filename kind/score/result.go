package score

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/provider"
	"github.com/enrichd/enrichd/record"
)

// result is what was found for one supplier.
type result struct {
	task     enrich.Task
	supplier record.Supplier
	verdict  provider.Verdict
	standing record.CompanyProvider // of the best candidate
	priority int
}

func newResult(task enrich.Task, s record.Supplier, ranked []provider.Candidate) *result {
	r := &result{task: task, supplier: s, verdict: provider.Judge(chosenFirst(s, ranked))}
	r.priority = provider.Priority(provider.Worth{MonthsSeen: s.MonthsSeen, WithoutInvoice: s.WithoutInvoice, Amount: roughly(s.Amounts)}, len(r.verdict.Refusals))
	if r.verdict.Best == nil {
		return r
	}
	for _, p := range s.Providers {
		if p.ProviderID == r.verdict.Best.Provider.ID {
			r.standing = p
		}
	}
	return r
}

// chosenFirst puts the provider that a person accepted before all others.
func chosenFirst(s record.Supplier, ranked []provider.Candidate) []provider.Candidate {
	for _, p := range s.Providers {
		if p.Status != record.ProviderMatched || !p.ByPerson {
			continue
		}
		for _, known := range provider.Catalogue() {
			if known.ID == p.ProviderID {
				return []provider.Candidate{{Provider: known, Match: 1, Evidence: []provider.Evidence{{Signal: "person", Detail: "a person said so"}}}}
			}
		}
	}
	return ranked
}

// roughly adds amounts for ranking alone; what is shown is never summed over currencies.
func roughly(amounts []record.CurrencyAmount) float64 {
	total := 0.0
	for _, a := range amounts {
		if f, err := strconv.ParseFloat(a.Amount, 64); err == nil {
			total += math.Abs(f)
		}
	}
	return total
}

func (r *result) answer() enrich.Answer {
	var item *enrich.Item
	if r.verdict.Decision == provider.Suggested && !r.standing.Waiting {
		item = r.item()
	}
	raw, err := json.Marshal(r.output(item))
	if err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The result could not be written down."), Detail: err.Error()}
	}
	out := enrich.Result{Output: raw, Description: r.describe()}
	switch {
	case item != nil:
		return enrich.Ask{Result: out, Items: []enrich.Item{*item}, Now: []enrich.RecordWrite{r.pair(record.ProviderSuggested)}}
	case r.verdict.Decision == provider.Matched:
		out.Records = []enrich.RecordWrite{r.pair(record.ProviderMatched)}
	}
	return enrich.Done{Result: out}
}

// item asks a person whether the pair belongs together. A no stands on the pair,
// and keeps it from being suggested again.
func (r *result) item() *enrich.Item {
	b := r.verdict.Best
	return &enrich.Item{
		ID:      record.CompanyProviderID(r.task.WorkspaceID, r.supplier.ID, b.Provider.ID),
		Title:   fmt.Sprintf("invoices of %s from %s (%s)", r.supplier.Name, b.Provider.Name, b.Provider.Hosts[0]),
		Records: []enrich.RecordWrite{r.pair(record.ProviderMatched)},
		Refused: []enrich.RecordWrite{r.pair(record.ProviderRefused)},
	}
}

func (r *result) pair(status string) enrich.RecordWrite {
	b := r.verdict.Best
	w := enrich.RecordWrite{EntityType: record.EntityCompanyProvider, EntityID: record.CompanyProviderID(r.task.WorkspaceID, r.supplier.ID, b.Provider.ID)}
	for _, v := range []struct {
		name  string
		value any
	}{
		{"company_id", r.supplier.ID},
		{"provider_id", b.Provider.ID},
		{"match", rounded(b.Match)},
		{"priority", r.priority},
		{"mode", mode},
		{"match_status", status},
	} {
		raw, err := json.Marshal(v.value)
		if err != nil {
			continue // texts and numbers always marshal
		}
		w.Fields = append(w.Fields, enrich.FieldWrite{
			Name: v.name, Value: raw, Origin: enrich.ByRule, Confidence: b.Match, Grade: grade(b),
			Evidence: []enrich.Evidence{{Origin: enrich.ByRule, Method: "deterministic", Ref: enrich.EvidenceRef{EntityType: record.EntityCompany, EntityID: r.supplier.ID}}},
		})
	}
	return w
}

// mode is how the documents would come: this program has no connectors and no
// browser flows yet, so a person uploads them.
const mode = "upload"

// grade says how well a match is supported: by two signals or by one.
func grade(c *provider.Candidate) enrich.Grade {
	supporting := 0
	for _, e := range c.Evidence {
		if e.Weight > 0 {
			supporting++
		}
	}
	if supporting > 1 {
		return enrich.Corroborated
	}
	return enrich.Single
}

func rounded(p float64) float64 { return math.Round(p*1000) / 1000 }

func (r *result) output(item *enrich.Item) map[string]any {
	v := r.verdict
	out := map[string]any{
		"provider_id": nil, "match": nil, "priority": r.priority, "mode": nil, "decision": v.Decision, "evidence": []provider.Evidence{},
		"readiness": map[string]any{"has_blueprint": false, "skill_status": nil, "last_success_at": nil, "connector": nil},
		"worth":     r.worth(), "alternatives": briefs(v.Alternatives), "refusals": briefs(v.Refusals), "_outcome": outcome(v), "_reasons": r.reasons(),
		"_run": map[string]any{"worker": "provider_score@1", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": []any{}},
	}
	if b := v.Best; b != nil {
		out["provider_id"], out["match"], out["mode"], out["evidence"] = b.Provider.ID, rounded(b.Match), mode, b.Evidence
		out["provider"] = map[string]any{"name": b.Provider.Name, "host": b.Provider.Hosts[0], "category": b.Provider.Category}
	}
	if item != nil {
		out["_proposal"] = map[string]any{"items": enrich.ShownItems([]enrich.Item{*item})}
	}
	return out
}

func (r *result) worth() map[string]any {
	w := map[string]any{"months_seen": r.supplier.MonthsSeen, "tx_without_invoice": r.supplier.WithoutInvoice, "base_amount": nil, "base_currency": nil}
	if len(r.supplier.Amounts) == 1 && r.supplier.Amounts[0].Currency != "" { // never summed over currencies
		w["base_amount"], w["base_currency"] = r.supplier.Amounts[0].Amount, r.supplier.Amounts[0].Currency
	}
	return w
}

func briefs(list []provider.Candidate) []map[string]any {
	out := []map[string]any{}
	for _, c := range list {
		out = append(out, map[string]any{"provider_id": c.Provider.ID, "match": rounded(c.Match)})
	}
	return out
}

func outcome(v provider.Verdict) string {
	switch {
	case v.Decision == provider.Matched:
		return "ok"
	case v.Decision == provider.Suggested:
		return "ambiguous"
	case v.Reason == provider.NotEnough:
		return "abstained"
	}
	return "no_result"
}

func (r *result) reasons() []enrich.Reason {
	words := map[string]string{
		provider.NoCandidate: "Nothing names a portal of the catalogue.", provider.NotEnough: "Too little speaks for the likeliest portal.",
		provider.Ambiguous: "Two portals are about as likely.", provider.PreviouslyRefused: "A person said no to the likeliest portal.",
	}
	if r.verdict.Reason == "" {
		return []enrich.Reason{}
	}
	return []enrich.Reason{{Code: r.verdict.Reason, Message: words[r.verdict.Reason]}}
}

func (r *result) describe() string {
	b := r.verdict.Best
	switch {
	case b == nil:
		return fmt.Sprintf("**No portal** known for %s: %s", r.supplier.Name, r.reasons()[0].Message)
	case r.verdict.Decision == provider.Matched:
		return fmt.Sprintf("**Invoices of %s** can be had from %s (%s): %.0f %% sure, %d payments without an invoice, priority %d.",
			r.supplier.Name, b.Provider.Name, b.Provider.Hosts[0], 100*b.Match, r.supplier.WithoutInvoice, r.priority)
	}
	return fmt.Sprintf("**Is %s billed from %s** (%s)? %.0f %% sure, %d payments without an invoice, priority %d.",
		r.supplier.Name, b.Provider.Name, b.Provider.Hosts[0], 100*b.Match, r.supplier.WithoutInvoice, r.priority)
}
