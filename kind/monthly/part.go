package monthly

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// part is what the checks found for one counterparty, and what was waived of it.
type part struct {
	workspaceID string
	in          input
	group       closing.Group
	checks      []closing.Check
	figures     closing.Figures
	open        []closing.Finding
	waived      []waived
	ways        map[string]string // company → how its documents can be had
}

// waived is a finding that a person decided to live with.
type waived struct {
	closing.Finding
	By record.Waiver
}

func newPart(workspaceID string, in input, g closing.Group, facts record.Month) *part {
	p := &part{workspaceID: workspaceID, in: in, group: g, checks: g.Checks(in.RecordID, in.materiality()), figures: g.Figures(), ways: facts.Ways}
	standing := map[string]record.Waiver{}
	for _, w := range facts.Waivers {
		standing[w.ID] = w
	}
	for _, c := range p.checks {
		for _, f := range c.Findings {
			// A waiver holds for what was shown: another amount is asked about anew.
			if w, ok := standing[p.waiverID(f)]; ok && w.Fingerprint == f.Fingerprint() {
				p.waived = append(p.waived, waived{f, w})
			} else {
				p.open = append(p.open, f)
			}
		}
	}
	return p
}

func (p *part) waiverID(f closing.Finding) string {
	return record.WaiverID(p.workspaceID, p.in.RecordID, p.group.Key+" "+f.ID())
}

// Verdicts of a counterparty and of a month.
const (
	ready   = "ready"
	blocked = "blocked"
)

// state is ready, waived or blocked.
func (p *part) state() string {
	switch {
	case len(p.open) > 0:
		return blocked
	case len(p.waived) > 0:
		return "waived"
	}
	return ready
}

func (p *part) verdict() string {
	if len(p.open) > 0 {
		return blocked
	}
	return ready
}

// answer completes the part, or asks a person about each gap by itself.
func (p *part) answer() enrich.Answer {
	var items []enrich.Item
	if p.in.asks() {
		for _, f := range p.open {
			items = append(items, enrich.Item{ID: p.waiverID(f), Title: f.Words, NeedsReason: true, Records: []enrich.RecordWrite{p.waiver(f)}})
		}
	}
	raw, err := json.Marshal(p.output(items))
	if err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The result could not be written down."), Detail: err.Error(), Description: "**Not closed.** The result could not be written down."}
	}
	result := enrich.Result{Output: raw, Description: p.describe()}
	if len(items) > 0 {
		return enrich.Ask{Result: result, Items: items}
	}
	return enrich.Done{Result: result}
}

// waiver is the record of a gap that a person lets stand.
func (p *part) waiver(f closing.Finding) enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: record.EntityWaiver, EntityID: p.waiverID(f)}
	evidence := []enrich.Evidence{{Origin: enrich.ByRule, Method: "deterministic", Ref: enrich.EvidenceRef{EntityType: f.EntityType, EntityID: f.EntityID}, Quote: f.Words}}
	for _, v := range [][2]string{
		{"record_id", p.in.RecordID},
		{"counterparty", p.group.Key},
		{"check_name", f.Check},
		{"entity_type", f.EntityType},
		{"entity_id", f.EntityID},
		{"fingerprint", f.Fingerprint()},
		{"state", "waived"},
	} {
		raw, _ := json.Marshal(v[1]) // texts always marshal
		w.Fields = append(w.Fields, enrich.FieldWrite{Name: v[0], Value: raw, Origin: enrich.ByRule, Confidence: 1, Grade: enrich.Single, Evidence: evidence})
	}
	return w
}

func (p *part) output(items []enrich.Item) map[string]any {
	checks, short, reasons := []any{}, []any{}, []enrich.Reason{}
	for _, c := range p.checks {
		checks = append(checks, map[string]any{"number": c.Number, "check": c.Name, "status": c.Status(), "findings": p.shown(c.Findings), "tolerated": p.shown(c.Tolerated)})
		short = append(short, map[string]any{"code": c.Name, "status": c.Status()})
	}
	for _, f := range p.open {
		reasons = append(reasons, enrich.Reason{Code: f.Code, Message: f.Words})
	}
	outcome := "ok"
	if len(p.open) > 0 {
		outcome = "partial"
	}
	out := map[string]any{
		"record_id": p.in.RecordID, "company_id": orNull(p.group.CompanyID), "counterparty": orNull(p.group.Name), "key": p.group.Key,
		"verdict": p.verdict(), "blockers": p.shown(p.open), "checks": checks, "totals": totals(p.figures), "amount_unavailable": p.figures.Unavailable,
		"counts": map[string]int{"transactions": p.figures.Transactions, "with_invoice": p.figures.WithInvoice, "documents": len(p.group.Invoices)},
		"rows":   p.group.Rows(), "facts": p.group.Facts(), "waivers": p.waivers(), "_checks": short, "_outcome": outcome, "_reasons": reasons,
		"_run": map[string]any{"worker": "monthly_close@1", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": []any{}},
	}
	if len(items) > 0 {
		out["_proposal"] = map[string]any{"items": enrich.ShownItems(items)}
	}
	return out
}

// shown are findings as they stand in outputs: the blockers of the contract's page.
func (p *part) shown(findings []closing.Finding) []map[string]any {
	list := []map[string]any{}
	for _, f := range findings {
		list = append(list, p.blocker(f))
	}
	return list
}

func (p *part) blocker(f closing.Finding) map[string]any {
	b := map[string]any{
		"id": p.waiverID(f), "company_id": orNull(p.group.CompanyID), "counterparty": orNull(p.group.Name), "check": f.Check, "code": f.Code,
		"entity_type": f.EntityType, "entity_id": orNull(f.EntityID), "amount": orNull(f.Amount), "currency": orNull(f.Currency), "words": f.Words, "mode": nil,
	}
	if f.EntityType == record.EntityTransaction {
		b["transaction_id"] = f.EntityID
	}
	if f.Also != "" {
		b["also"] = f.Also
	}
	if wantsDocument(f) {
		b["mode"] = cmp.Or(p.ways[p.group.CompanyID], "upload")
	}
	return b
}

// wantsDocument reports whether a gap is closed by a document that is not there.
func wantsDocument(f closing.Finding) bool {
	return f.Code == "MISSING_INVOICE" || f.Code == "USUAL_MISSING"
}

func (p *part) waivers() []map[string]any {
	list := []map[string]any{}
	for _, w := range p.waived {
		list = append(list, map[string]any{
			"company_id": orNull(p.group.CompanyID), "counterparty": orNull(p.group.Name), "check": w.Check, "code": w.Code, "entity_id": orNull(w.EntityID),
			"amount": orNull(w.Amount), "currency": orNull(w.Currency), "by": w.By.By, "reason": w.By.Reason, "at": w.By.At.UTC().Format("2006-01-02T15:04:05.000Z"),
		})
	}
	return list
}

// describe says in a few lines what was found. The first stands in lists.
func (p *part) describe() string {
	name := p.group.Name
	if name == "" {
		name = "Movements that name nobody"
	}
	if len(p.open) == 0 {
		s := fmt.Sprintf("**%s, %s: ready.** %s.", name, p.in.RecordID, count(p.figures.Transactions, "payment"))
		if len(p.waived) > 0 {
			s += " " + count(len(p.waived), "gap") + " waived."
		}
		return s
	}
	s := fmt.Sprintf("**%s, %s: %s.**", name, p.in.RecordID, count(len(p.open), "gap"))
	for n, f := range p.open {
		if n == 10 {
			return s + "\n- …"
		}
		s += "\n- " + strings.TrimSuffix(f.Words, ".") + "."
	}
	return s
}

// totals are figures per currency, as outputs hold them.
func totals(f closing.Figures) map[string]map[string]string {
	out := map[string]map[string]string{}
	for currency, spend := range f.Spend {
		out[currency] = map[string]string{"spend": spend.Trim(2).String(), "documented": "0.00"}
		if documented, ok := f.Documented[currency]; ok {
			out[currency]["documented"] = documented.Trim(2).String()
		}
	}
	return out
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if stem, ok := strings.CutSuffix(what, "y"); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
