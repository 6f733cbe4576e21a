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

// reading is one invoice on its way from a parse to an answer.
type reading struct {
	task enrich.Task
	doc  record.Document
	inv  *einvoice.Invoice
	at   time.Time

	ownKnown         bool // the workspace has said which company it is
	issuer, receiver party
	duplicates       []record.Invoice
	knownAccounts    []string // on other invoices of the issuer
}

// value is one flat field of the output with the element it came from.
type value struct {
	name string
	text einvoice.Text
}

// values lists the flat fields that stand on the document as they are.
func (r *reading) values() []value {
	inv := r.inv
	net := inv.NetTotal
	if net.Absent() {
		net = inv.LineTotal
	}
	return []value{
		{"invoice_number", inv.Number}, {"document_type_code", inv.TypeCode}, {"issue_date", inv.IssueDate}, {"due_date", inv.DueDate},
		{"local_currency", inv.Currency}, {"items_total", net}, {"tax_total", inv.TaxTotal}, {"grand_total", inv.GrossTotal},
		{"balance_due", inv.Payable}, {"buyer_reference", inv.BuyerReference}, {"order_reference", inv.OrderReference},
		{"payment_reference", inv.PaymentReference},
	}
}

// more lists what stands in the output besides, but not on the invoice record.
func (r *reading) more() []value {
	inv := r.inv
	return []value{{"lines_total", inv.LineTotal}, {"allowance_total", inv.AllowanceTotal}, {"charge_total", inv.ChargeTotal},
		{"prepaid_total", inv.Prepaid}, {"rounding", inv.Rounding}, {"tax_currency", inv.TaxCurrency}, {"preceding_invoice", inv.PrecedingInvoice},
		{"delivery_date", inv.DeliveryDate}, {"period_start", inv.PeriodStart}, {"period_end", inv.PeriodEnd},
		{"payment_terms", inv.PaymentTerms}, {"profile", inv.Profile}}
}

// wanted reports whether the task asked for a field; with no target_fields it
// asked for all.
func (r *reading) wanted(name string) bool {
	return len(r.task.TargetFields) == 0 || slices.Contains(r.task.TargetFields, name)
}

// answer writes down what was read.
func (r *reading) answer() enrich.Answer {
	checks := r.checks()
	out := map[string]any{
		"_outcome": "ok", "_reasons": []any{}, "_checks": checks, "_warnings": orEmpty(r.inv.Warnings), "route": "xml",
		"direction": orNull(r.direction()), "is_credit_note": r.inv.Credit(),
		"issuer": r.issuer.output(), "receiver": r.receiver.output(),
		"invoice_items": r.items(), "tax_breakdown": r.taxes(), "payment_means": r.means(), "duplicates": r.duplicateList(),
		"_run": map[string]any{"worker": "ai_invoice@1", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": []any{}},
	}
	fields := map[string]any{}
	applied, abstained := 0, 0
	for _, v := range append(r.values(), r.more()...) {
		out[v.name] = orNull(v.text.Value)
		if !r.wanted(v.name) {
			continue
		}
		fields[v.name] = r.field(v)
		if v.text.Absent() {
			abstained++
		} else {
			applied++
		}
	}
	for _, p := range []struct {
		prefix string
		party  party
	}{{"issuer", r.issuer}, {"receiver", r.receiver}} {
		for _, v := range p.party.values() {
			fields[p.prefix+"."+v.name] = r.field(v)
		}
	}
	out["_fields"] = fields
	out["_coverage"] = map[string]any{"requested": applied + abstained, "applied": applied, "suggested": 0, "kept_existing": 0, "abstained": abstained}
	if r.inv.Number.Absent() || r.inv.GrossTotal.Absent() {
		out["_outcome"] = "partial"
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The result could not be written down."), Detail: err.Error()}
	}
	return enrich.Done{Result: enrich.Result{Output: raw, Description: r.describe(checks), Records: r.records()}}
}

// field is the detail of one value: where it came from and how well it is
// supported. A structured document is its own proof of what it says.
func (r *reading) field(v value) map[string]any {
	if v.text.Absent() {
		return map[string]any{"value": nil, "confidence": 0, "grade": nil, "decision": "abstained", "reasons": []string{"no_source"}}
	}
	return map[string]any{"value": v.text.Value, "confidence": 1, "grade": enrich.Verified, "decision": "applied", "provenance": r.evidence(v.text)}
}

func (r *reading) evidence(t einvoice.Text) []enrich.Evidence {
	return []enrich.Evidence{{Origin: enrich.ByDocument, Method: "deterministic", Quote: t.Value,
		Ref:        enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: r.doc.ID, Path: t.Path},
		ObservedAt: r.at.Format("2006-01-02T15:04:05.000Z")}}
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
	tax := p.text.VATID
	tax.Value = p.taxID.Value
	return []value{{"name", p.text.Name}, {"trade_name", p.text.TradingName}, {"tax_id_value", tax}, {"country", p.text.Country}}
}

func (p party) output() map[string]any {
	return map[string]any{"company_id": orNull(p.id), "match": orNull(p.match), "is_own_company": p.own, "name": orNull(p.text.Name.Value),
		"trade_name": orNull(p.text.TradingName.Value), "tax_id_value": orNull(record.CompactID(p.text.VATID.Value)), "tax_id_type": orNull(p.taxID.Type),
		"tax_number": orNull(p.text.TaxNumber.Value), "registration_number": orNull(p.text.LegalID.Value),
		"street": orNull(p.text.Street.Value), "city": orNull(p.text.City.Value), "postal_code": orNull(p.text.PostalCode.Value),
		"country": orNull(p.text.Country.Value), "email": orNull(p.text.Email.Value)}
}

func (r *reading) items() []record.InvoiceItem {
	items := []record.InvoiceItem{}
	for _, l := range r.inv.Lines {
		items = append(items, record.InvoiceItem{LineID: l.ID.Value, Name: l.Name.Value, Description: l.Description.Value,
			Quantity: l.Quantity.Value, UnitPrice: l.UnitPrice.Value, LineTotal: l.LineTotal.Value, TaxRate: l.TaxRate.Value,
			PeriodStart: l.PeriodStart.Value, PeriodEnd: l.PeriodEnd.Value})
	}
	return items
}

func (r *reading) taxes() []map[string]any {
	taxes := []map[string]any{}
	for _, t := range r.inv.Taxes {
		taxes = append(taxes, map[string]any{"rate": orNull(t.Rate.Value), "category": orNull(t.Category.Value),
			"basis": orNull(t.Basis.Value), "amount": orNull(t.Amount.Value), "exemption_reason": orNull(t.ExemptionReason.Value)})
	}
	return taxes
}

func (r *reading) means() []map[string]any {
	means := []map[string]any{}
	for _, m := range r.inv.PaymentMeans {
		iban, account := m.IBAN, m.Account
		// UBL has one element for an account, meant for an IBAN: what stands there
		// is shown as such, and iban_valid says what it is worth. CII has an element
		// of its own for other accounts.
		if iban.Absent() && !strings.HasSuffix(account.Path, ":ProprietaryID") {
			iban, account = account, einvoice.Text{}
		}
		means = append(means, map[string]any{"scheme": orNull(m.Code.Value), "iban": orNull(iban.Value), "bic": orNull(m.BIC.Value),
			"account": orNull(account.Value), "account_name": orNull(m.AccountName.Value), "iban_valid": record.ValidIBAN(iban.Value),
			"seen_before": slices.Contains(r.knownAccounts, record.NormalizeIBAN(iban.Value)), "path": orNull(or(iban.Path, account.Path))})
	}
	return means
}

func (r *reading) duplicateList() []map[string]any {
	list := []map[string]any{}
	for _, d := range r.duplicates {
		list = append(list, map[string]any{"invoice_id": d.ID, "document_id": d.DocumentID, "invoice_number": d.Number,
			"grand_total": orNull(d.GrandTotal), "reason": "same issuer and number"})
	}
	return list
}

// describe says in one paragraph what was read and what is wrong with it.
func (r *reading) describe(checks []check) string {
	what := "Invoice"
	if r.inv.Credit() {
		what = "Credit note"
	}
	s := fmt.Sprintf("%s **%s** from **%s** to %s, %s: **%s %s**.", what, or(r.inv.Number.Value, "without a number"),
		or(r.issuer.text.Name.Value, "an unnamed issuer"), or(r.receiver.text.Name.Value, "an unnamed receiver"),
		or(r.inv.IssueDate.Value, "without a date"), or(r.inv.GrossTotal.Value, "no total"), r.inv.Currency.Value)
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

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
