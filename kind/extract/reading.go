package extract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// reading is one invoice on its way from its facts to an answer.
type reading struct {
	task enrich.Task
	doc  record.Document
	*facts
	at time.Time

	number   int              // which of the invoices of its file, from 1
	siblings []map[string]any // all invoices of the file, where it has several

	ownKnown         bool // the workspace has said which company it is
	issuer, receiver party
	duplicates       []record.Invoice
	knownAccounts    []string // on other invoices of the issuer
	asked            asked
}

// wanted reports whether the task asked for a field; with no target_fields it
// asked for all.
func (r *reading) wanted(name string) bool {
	return len(r.task.TargetFields) == 0 || slices.Contains(r.task.TargetFields, name)
}

// answer writes down what was read.
func (r *reading) answer() enrich.Answer {
	checks := r.allChecks()
	out := map[string]any{
		"_outcome": "ok", "_reasons": []any{}, "_checks": checks, "_warnings": append([]einvoice.Warning{}, r.warnings...), "_rules": rulesKept(r.rules), "route": r.route,
		"direction": orNull(r.direction()), "is_credit_note": r.credit, "is_self_billed": r.selfBilled,
		"issuer": r.issuer.output(), "receiver": r.receiver.output(),
		"invoice_items": append([]record.InvoiceItem{}, r.items...), "tax_breakdown": r.taxList(), "payment_means": r.means(), "duplicates": r.duplicateList(),
		"_run": r.run(),
	}
	fields := map[string]any{}
	applied, suggested, abstained := 0, 0, 0
	for _, v := range slices.Concat(r.values, r.more) {
		out[v.name] = orNull(v.fact.value)
		if !r.wanted(v.name) {
			continue
		}
		detail := r.field(v.fact)
		proposed, open := r.proposes(v.name)
		switch {
		case open:
			suggested++
			detail = r.field(proposed)
			detail["decision"] = "suggested"
		case v.fact.absent():
			abstained++
		default:
			applied++
		}
		fields[v.name] = detail
	}
	for prefix, p := range r.parties() {
		for _, v := range p.values() {
			detail := r.field(v.fact)
			if !p.written() && !v.fact.absent() {
				detail["decision"] = "kept_existing"
			}
			fields[prefix+v.name] = detail
		}
	}
	out["_fields"] = fields
	out["_coverage"] = map[string]any{"requested": applied + suggested + abstained, "applied": applied, "suggested": suggested, "kept_existing": 0, "abstained": abstained}
	if r.get("invoice_number").absent() || r.get("grand_total").absent() {
		out["_outcome"] = "partial"
	}
	if len(r.siblings) > 0 {
		out["_invoices"] = r.siblings
	}
	if r.asked.trouble != nil {
		out["_reasons"] = []enrich.Reason{*r.asked.trouble}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The result could not be written down."), Detail: err.Error()}
	}
	return enrich.Done{Result: enrich.Result{
		Output: raw, Description: r.describe(checks), Records: r.records(), CostMicros: r.asked.answer.CostMicros(),
		Occasions: r.occasions(),
	}}
}

// occasions say that the invoice was read, and which companies it is the first of.
// A company's site is not known by a document alone: looking the company up finds it.
func (r *reading) occasions() []enrich.Occasion {
	list := []enrich.Occasion{{
		Channel: enrich.OCRCompletion, EntityType: record.EntityInvoice, EntityID: r.invoiceID(), Facts: map[string]string{"checksum": r.doc.Checksum},
	}}
	for prefix, p := range r.parties() {
		if !p.written() || p.match != "new" {
			continue
		}
		facts := map[string]string{}
		if prefix == issuer && r.direction() == "inbound" {
			facts["spend"] = "true"
		}
		list = append(list, enrich.Occasion{Channel: enrich.CompanyCreate, EntityType: record.EntityCompany, EntityID: p.id, Facts: facts})
	}
	return list
}

// field is the detail of one value: where it came from and how well it is
// supported.
func (r *reading) field(f fact) map[string]any {
	detail := map[string]any{"value": orNull(f.value), "confidence": f.confidence, "grade": orNull(string(f.grade)), "decision": "applied", "provenance": r.evidence(f)}
	if f.absent() {
		detail = map[string]any{"value": nil, "confidence": 0, "grade": nil, "decision": "abstained", "reasons": []string{"no_source"}}
	}
	if len(f.others) > 0 {
		detail["alternatives"] = f.others
	}
	return detail
}

func (r *reading) evidence(f fact) []enrich.Evidence {
	list := []enrich.Evidence{{Origin: f.origin, Method: f.method, Quote: f.quote, Ref: f.ref, ObservedAt: r.at.Format("2006-01-02T15:04:05.000Z")}}
	if f.seen != nil {
		list = append(list, r.evidence(*f.seen)...)
	}
	return list
}

// direction tells whether the workspace pays (inbound) or is paid (outbound);
// empty when neither party is known to be its own company.
func (r *reading) direction() string {
	switch {
	case r.issuer.own && !r.receiver.own:
		return "outbound"
	case r.receiver.own && !r.issuer.own:
		return "inbound"
	}
	return ""
}

// values are the facts of a party, by their names on a company.
func (p party) values() []value {
	return []value{{"name", p.side.name}, {"trade_name", p.side.tradeName}, {"tax_id_value", p.side.vatID.as(p.taxID.Value)}, {"country", p.side.country}}
}

func (p party) output() map[string]any {
	return map[string]any{
		"company_id": orNull(p.id), "match": orNull(p.match), "is_own_company": p.own, "name": orNull(p.side.name.value),
		"trade_name": orNull(p.side.tradeName.value), "tax_id_value": orNull(record.CompactID(p.side.vatID.value)), "tax_id_type": orNull(p.taxID.Type),
		"tax_number": orNull(p.side.taxNumber.value), "registration_number": orNull(p.side.legalID.value),
		"street": orNull(p.side.street.value), "city": orNull(p.side.city.value), "postal_code": orNull(p.side.postalCode.value),
		"country": orNull(p.side.country.value), "email": orNull(p.side.email.value),
	}
}

func (r *reading) taxList() []map[string]any {
	taxes := []map[string]any{}
	for _, t := range r.taxes {
		taxes = append(taxes, map[string]any{
			"rate": orNull(t.rate.value), "category": orNull(t.category.value),
			"basis": orNull(t.basis.value), "amount": orNull(t.amount.value), "exemption_reason": orNull(t.reason.value),
		})
	}
	return taxes
}

func (r *reading) means() []map[string]any {
	means := []map[string]any{}
	for _, m := range r.accounts {
		iban, other := m.iban, m.other
		// UBL has one element for an account, meant for an IBAN: what stands there
		// is shown as such, and iban_valid says what it is worth. CII has an element
		// of its own for other accounts.
		if iban.absent() && !strings.HasSuffix(other.ref.Path, ":ProprietaryID") {
			iban, other = other, fact{}
		}
		means = append(means, map[string]any{
			"scheme": orNull(m.scheme.value), "iban": orNull(iban.value), "bic": orNull(m.bic.value),
			"account": orNull(other.value), "account_name": orNull(m.name.value), "iban_valid": record.ValidIBAN(iban.value),
			"seen_before": slices.Contains(r.knownAccounts, record.NormalizeIBAN(iban.value)), "ref": iban.ref,
		})
	}
	return means
}

func (r *reading) duplicateList() []map[string]any {
	list := []map[string]any{}
	for _, d := range r.duplicates {
		list = append(list, map[string]any{
			"invoice_id": d.ID, "document_id": d.DocumentID, "invoice_number": d.Number,
			"grand_total": orNull(d.GrandTotal), "reason": "same issuer and number",
		})
	}
	return list
}

// describe says in one paragraph what was read and what is wrong with it.
func (r *reading) describe(checks []check) string {
	what := "Invoice"
	if r.credit {
		what = "Credit note"
	}
	if r.selfBilled {
		what = "Self-billed " + strings.ToLower(what)
	}
	s := fmt.Sprintf("%s **%s** from **%s** to %s, %s: **%s**.", what, or(r.get("invoice_number").value, "without a number"),
		or(r.issuer.side.name.value, "an unnamed issuer"), or(r.receiver.side.name.value, "an unnamed receiver"),
		or(r.get("issue_date").value, "without a date"), strings.TrimSpace(or(r.get("grand_total").value, "no total")+" "+r.get("local_currency").value))
	passed, done := 0, 0
	for _, c := range checks {
		if c.Status != "not_applicable" {
			done++
		}
		if c.Status == "pass" {
			passed++
		}
	}
	s += fmt.Sprintf(" %d of %d checks pass.", passed, done)
	for _, c := range checks {
		if c.Status == "fail" {
			s += fmt.Sprintf("\n- **%s** fails", c.Code)
			if c.Expected != "" || c.Actual != "" {
				s += fmt.Sprintf(": expected %s, found %s", or(c.Expected, "nothing"), or(c.Actual, "nothing"))
			}
			s += "."
		}
	}
	if len(r.siblings) > 0 {
		s += r.listSiblings()
	}
	if len(r.duplicates) > 0 {
		s += fmt.Sprintf("\n- It looks like a **duplicate**: %d other document(s) carry this number from this issuer.", len(r.duplicates))
	}
	return s
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
