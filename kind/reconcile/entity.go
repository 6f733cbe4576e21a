package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/matching/entity"
	"github.com/enrichd/enrichd/record"
)

// kindEntity is the match of records with records of the same thing.
const kindEntity = "entity"

// proposeFrom is how likely two companies must be one to ask a person. Nobody but
// a person merges.
const proposeFrom = .7

// maxProposals is how many merges one task proposes.
const maxProposals = 5

// double is another record of what may be the same company.
type double struct {
	source, target record.Company
	likely         float64
	evidence       []entity.Evidence
}

// entity looks for other records of the company that the task is about.
func (k *Kind) entity(ctx context.Context, task enrich.Task, in input) enrich.Answer {
	id := in.CompanyID
	if id == "" && task.EntityType == record.EntityCompany {
		id = task.EntityID
	}
	if id == "" {
		return refuse("not_matchable", "The task names no company; companies are matched as entities.")
	}
	company, err := k.Records.Company(ctx, task.WorkspaceID, id)
	if answer := missing(err, "company", id); answer != nil {
		return answer
	}
	near, err := k.Records.CompaniesNear(ctx, task.WorkspaceID, company)
	if err != nil {
		return unreachable(err)
	}
	merges, err := k.Records.MergesOf(ctx, task.WorkspaceID, id)
	if err != nil {
		return unreachable(err)
	}
	decided := map[string]record.MergeStatus{}
	for _, m := range merges {
		decided[m.ID] = m.Status
	}
	r := &entityResult{task: task, company: company, considered: len(near)}
	for _, other := range near {
		likely, evidence := entity.Companies(comparable(company), comparable(other))
		switch status := decided[record.MergeID(task.WorkspaceID, company.ID, other.ID)]; {
		case likely < proposeFrom:
		case status != "":
			r.known++
		case len(r.doubles) < maxProposals:
			source, target := direction(company, other)
			r.doubles = append(r.doubles, double{source, target, likely, evidence})
		}
	}
	return r.answer()
}

// direction says which record gives way: never the workspace's own company, and
// else the younger one.
func direction(a, b record.Company) (source, target record.Company) {
	if b.IsOwn || !a.IsOwn && b.CreatedAt.Before(a.CreatedAt) {
		return a, b
	}
	return b, a
}

func comparable(c record.Company) entity.Company {
	return entity.Company{
		Names: c.Names(), TaxID: c.TaxIDValue, RegistrationNumber: c.RegistrationNumber, Domain: record.Domain(c.Domain), Email: c.Email, Phone: c.Phone,
		Street: c.Street, PostalCode: c.PostalCode, City: c.City, Country: c.Country,
	}
}

// entityResult is what was found of one company.
type entityResult struct {
	task       enrich.Task
	company    record.Company
	doubles    []double
	known      int // pairs on which a person has a proposal, or has decided
	considered int
}

func (r *entityResult) answer() enrich.Answer {
	items := []enrich.Item{}
	links := []map[string]any{}
	var now []enrich.RecordWrite
	for _, d := range r.doubles {
		id := record.MergeID(r.task.WorkspaceID, d.source.ID, d.target.ID)
		now = append(now, r.write(id, d, record.MergeProposed))
		items = append(items, enrich.Item{
			ID: id, Title: fmt.Sprintf("%s is %s: merge the first into the second", label(d.source), label(d.target)),
			Records: []enrich.RecordWrite{r.write(id, d, record.MergeConfirmed)}, Refused: []enrich.RecordWrite{r.write(id, d, record.MergeDeclined)},
		})
		links = append(links, r.shown(id, d))
	}
	out := map[string]any{
		"kind": kindEntity, "decision": "none", "links": links, "candidates_considered": r.considered, "_outcome": "no_result", "_reasons": []enrich.Reason{}, "_checks": []any{}, "_fields": map[string]any{},
		"_run": map[string]any{"worker": "reconcile@2", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": []any{}},
	}
	switch {
	case len(items) > 0:
		out["decision"], out["_outcome"], out["_proposal"] = "proposed", "ambiguous", map[string]any{"items": enrich.ShownItems(items)}
	case r.known > 0:
		out["_reasons"] = []enrich.Reason{{Code: "PERSON_DECIDED", Message: "A person has decided on its likeness, or has been asked."}}
	default:
		out["_reasons"] = []enrich.Reason{{Code: "NO_CANDIDATE", Message: "No other record is likely the same company."}}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return unreachable(err)
	}
	result := enrich.Result{Output: raw, Description: r.describe()}
	if len(items) > 0 {
		return enrich.Ask{Result: result, Items: items, Now: now}
	}
	return enrich.Done{Result: result}
}

func (r *entityResult) describe() string {
	switch {
	case len(r.doubles) == 1:
		d := r.doubles[0]
		return fmt.Sprintf("**Are these one company?** %s and %s (%.0f %%): %s.", label(d.source), label(d.target), 100*d.likely, reasons(d.evidence))
	case len(r.doubles) > 1:
		return fmt.Sprintf("**%s** may be the same company as %d others.", label(r.company), len(r.doubles))
	}
	return fmt.Sprintf("**%s** is no other record's company, as far as can be told.", label(r.company))
}

// label names a company for people who see two that look alike.
func label(c record.Company) string {
	name := first(c.Names())
	if name == "" {
		name = or(c.Domain, "a company without a name")
	}
	if detail := or(c.TaxIDValue, or(c.Domain, c.City)); detail != "" && detail != name {
		name += " (" + detail + ")"
	}
	return name
}

func reasons(evidence []entity.Evidence) string {
	var list []string
	for _, e := range evidence {
		verdict := "speaks for it"
		if e.Bits < 0 {
			verdict = "speaks against it"
		}
		list = append(list, fmt.Sprintf("%s %s: %s", strings.ReplaceAll(e.Signal, "_", " "), verdict, e.Detail))
	}
	return strings.Join(list, "; ")
}

func (r *entityResult) shown(id string, d double) map[string]any {
	evidence := []map[string]any{}
	for _, e := range d.evidence {
		verdict := "supports"
		if e.Bits < 0 {
			verdict = "against"
		}
		evidence = append(evidence, map[string]any{"signal": e.Signal, "verdict": verdict, "weight": math.Round(e.Bits*10) / 10, "detail": e.Detail})
	}
	return map[string]any{
		"reconciliation_link_id": id, "entity_type": record.EntityCompany, "source_id": d.source.ID, "target_id": d.target.ID, "action": "merge",
		"confidence": math.Round(d.likely*1e4) / 1e4, "status": record.MergeProposed, "evidence": evidence, "source": brief(d.source), "target": brief(d.target),
	}
}

func brief(c record.Company) map[string]any {
	return map[string]any{"name": orNull(c.Name), "tax_id_value": orNull(c.TaxIDValue), "domain": orNull(c.Domain), "city": orNull(c.City), "country": orNull(c.Country)}
}

func (r *entityResult) write(id string, d double, status record.MergeStatus) enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: record.EntityMerge, EntityID: id}
	for _, v := range []struct {
		name  string
		value any
	}{
		{"entity_type", record.EntityCompany},
		{"source_id", d.source.ID},
		{"target_id", d.target.ID},
		{"action", "merge"},
		{"confidence", d.likely},
		{"reasoning", reasons(d.evidence)},
		{"status", string(status)},
	} {
		raw, err := json.Marshal(v.value)
		if err != nil {
			continue // texts and numbers always marshal
		}
		w.Fields = append(w.Fields, enrich.FieldWrite{
			Name: v.name, Value: raw, Origin: enrich.ByRule, Confidence: d.likely, Grade: enrich.Single,
			Evidence: []enrich.Evidence{{Origin: enrich.ByRule, Method: "deterministic", Ref: enrich.EvidenceRef{EntityType: record.EntityCompany, EntityID: d.target.ID}}},
		})
	}
	return w
}
