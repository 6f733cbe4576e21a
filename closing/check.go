package closing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/record"
)

// Check is one of the eleven checks on one counterparty.
type Check struct {
	Number   int
	Name     string
	Applies  bool      // false: there was nothing to look at
	Findings []Finding // what stands in the way; none is a pass
	// Tolerated are gaps below the materiality: told, and in nobody's way.
	Tolerated []Finding
}

// Status is pass, fail or not_applicable.
func (c Check) Status() string {
	switch {
	case len(c.Findings) > 0:
		return "fail"
	case c.Applies:
		return "pass"
	}
	return "not_applicable"
}

// Finding is one gap: what it is about, and how much of which money.
type Finding struct {
	Check      string
	Code       string
	EntityType string // transaction, invoice, invoice_transaction, company
	EntityID   string // empty for a gap of the whole counterparty
	Also       string // id of another row that it is about, e.g. the other of two duplicates
	Amount     string // decimal; empty where it is about no amount
	Currency   string
	Words      string // one line for people
}

// ID names a finding within its counterparty and month.
func (f Finding) ID() string { return f.Check + " " + f.Code + " " + cmp.Or(f.EntityID, "-") }

// Fingerprint is what a waiver of the finding is bound to.
func (f Finding) Fingerprint() string {
	return hash(f.Code, f.EntityID, f.Also, f.Amount, f.Currency)
}

// Names of the checks, in their order.
const (
	HasInvoice      = "has_invoice"
	PaymentOrDue    = "payment_or_due"
	LinkedSums      = "linked_sums"
	DocumentPeriod  = "document_period"
	NoDuplicate     = "no_duplicate"
	VAT             = "vat"
	UsualSupplier   = "usual_supplier"
	NoProvisional   = "no_provisional"
	Posted          = "posted"
	UnchangedBank   = "unchanged_bank"
	NoLateDocuments = "no_late_documents"
)

// usualMonths is in how many of the four months before a counterparty was seen
// when it is expected in this one.
const usualMonths = 3

// Names lists the checks in their order.
func Names() []string {
	return []string{
		HasInvoice, PaymentOrDue, LinkedSums, DocumentPeriod, NoDuplicate, VAT, UsualSupplier,
		NoProvisional, Posted, UnchangedBank, NoLateDocuments,
	}
}

// Checks runs the eleven checks on a group. Gaps of check 1 and 3 below the
// materiality, a decimal in each currency as it is, are tolerated.
func (g Group) Checks(month string, materiality decimal.Decimal) []Check {
	run := []func(string) ([]Finding, bool){
		g.hasInvoice, g.paymentOrDue, g.linkedSums, g.documentPeriod, g.noDuplicate, g.vat, g.usualSupplier,
		g.noProvisional, g.posted, g.unchangedBank, g.noLateDocuments,
	}
	checks := make([]Check, len(run))
	for n, name := range Names() {
		c := Check{Number: n + 1, Name: name}
		found, applies := run[n](month)
		c.Applies = applies
		for _, f := range found {
			f.Check = name
			amount, err := decimal.Parse(f.Amount)
			if (name == HasInvoice || name == LinkedSums) && err == nil && amount.CmpAbs(materiality) < 0 {
				c.Tolerated = append(c.Tolerated, f)
			} else {
				c.Findings = append(c.Findings, f)
			}
		}
		checks[n] = c
	}
	return checks
}

// expenses are the movements that somebody owes a document for: money that went
// out and was not booked back.
func (g Group) expenses() []record.MonthTransaction {
	var out []record.MonthTransaction
	back := map[string]int{} // reversals by amount and currency
	for _, t := range g.Transactions {
		if t.IsReversal && !isExpense(t) {
			back[absolute(t.Amount)+t.Currency]++
		}
	}
	linked := map[string]bool{}
	for _, l := range g.Links {
		linked[l.TransactionID] = true
	}
	for _, t := range g.Transactions {
		if !isExpense(t) {
			continue
		}
		if key := absolute(t.Amount) + t.Currency; back[key] > 0 && !linked[t.ID] {
			back[key]--
			continue
		}
		out = append(out, t)
	}
	return out
}

// linksOf are the confirmed links at one end, or the provisional ones.
func (g Group) linksOf(id string, status record.LinkStatus) []record.Link {
	var out []record.Link
	for _, l := range g.Links {
		if (l.TransactionID == id || l.InvoiceID == id) && l.Status == status {
			out = append(out, l)
		}
	}
	return out
}

// 1: every settled expense has a confirmed edge to an invoice. One that is
// proposed already is the eighth check's.
func (g Group) hasInvoice(string) (found []Finding, applies bool) {
	for _, t := range g.expenses() {
		applies = true
		if len(g.linksOf(t.ID, record.LinkConfirmed))+len(g.linksOf(t.ID, record.LinkProvisional)) == 0 {
			found = append(found, Finding{
				Code: "MISSING_INVOICE", EntityType: record.EntityTransaction, EntityID: t.ID, Amount: absolute(t.Amount), Currency: t.Currency,
				Words: fmt.Sprintf("no invoice for the payment of %s, %s %s to %s", t.Day, absolute(t.Amount), t.Currency, g.title()),
			})
		}
	}
	return found, applies
}

// 2: every invoice of the month is paid, or open with a due date. A credit note
// asks for no payment.
func (g Group) paymentOrDue(string) (found []Finding, applies bool) {
	for _, i := range g.Invoices {
		if isCredit(i) || i.Status == "draft" {
			continue
		}
		applies = true
		if i.PaymentStatus != "paid" && i.Due == "" {
			found = append(found, Finding{
				Code: "NO_DUE_DATE", EntityType: record.EntityInvoice, EntityID: i.ID, Amount: i.Gross, Currency: i.Currency,
				Words: "neither paid nor with a day on which it is due: " + g.invoiceWords(i),
			})
		}
	}
	return found, applies
}

// 3: what is linked adds up, in each currency by itself: an invoice that is linked
// in full is paid in full, and what is given away of a payment is all of it.
func (g Group) linkedSums(string) (found []Finding, applies bool) {
	for _, i := range slices.Concat(g.Invoices, g.Linked) {
		links := g.linksOf(i.ID, record.LinkConfirmed)
		if len(links) == 0 || slices.ContainsFunc(links, func(l record.Link) bool { return l.IsPartial }) {
			continue
		}
		if rest, ok := residual(cmp.Or(i.Payable, i.Gross), i.Currency, links); ok {
			applies = true
			if !rest.IsZero() {
				found = append(found, Finding{
					Code: "RESIDUAL", EntityType: record.EntityInvoice, EntityID: i.ID, Amount: rest.Abs().String(), Currency: i.Currency,
					Words: fmt.Sprintf("its payments leave %s %s of it over: %s", rest, i.Currency, g.invoiceWords(i)),
				})
			}
		}
	}
	for _, t := range g.Transactions {
		links := g.linksOf(t.ID, record.LinkConfirmed)
		if len(links) == 0 {
			continue
		}
		if rest, ok := residual(t.Amount, t.Currency, links); ok {
			applies = true
			if !rest.IsZero() && !slices.ContainsFunc(found, func(f Finding) bool { return f.EntityID == links[0].InvoiceID }) {
				found = append(found, Finding{
					Code: "RESIDUAL", EntityType: record.EntityTransaction, EntityID: t.ID, Amount: rest.Abs().String(), Currency: t.Currency,
					Words: fmt.Sprintf("its invoices explain all but %s %s of the payment of %s to %s", rest, t.Currency, t.Day, g.title()),
				})
			}
		}
	}
	return found, applies
}

// residual is what links leave of an amount. It cannot be told where a link is in
// another currency: what is not known is never summed.
func residual(amount, currency string, links []record.Link) (decimal.Decimal, bool) {
	rest, err := decimal.Parse(absolute(amount))
	if err != nil || currency == "" {
		return rest, false
	}
	for _, l := range links {
		part, err := decimal.Parse(l.Amount)
		if err != nil || l.Currency != currency {
			return rest, false
		}
		if rest, err = rest.Sub(part); err != nil {
			return rest, false
		}
	}
	return rest.Trim(2), true
}

// 8: no edge waits for a person.
func (g Group) noProvisional(string) (found []Finding, applies bool) {
	for _, l := range g.Links {
		applies = true
		if l.Status == record.LinkProvisional {
			found = append(found, Finding{
				Code: "PROVISIONAL_EDGE", EntityType: record.EntityLink, EntityID: l.ID, Also: l.InvoiceID, Amount: l.Amount, Currency: l.Currency,
				Words: fmt.Sprintf("a proposed match of %s %s waits for a person", l.Amount, l.Currency),
			})
		}
	}
	return found, applies
}

// 9: every invoice of the month is posted.
func (g Group) posted(string) (found []Finding, applies bool) {
	for _, i := range g.Invoices {
		applies = true
		if i.Status == "draft" {
			found = append(found, Finding{
				Code: "INVOICE_DRAFT", EntityType: record.EntityInvoice, EntityID: i.ID, Amount: i.Gross, Currency: i.Currency,
				Words: "still a draft: " + g.invoiceWords(i),
			})
		}
	}
	return found, applies
}

// 11: no document came for a month that was signed off before.
func (g Group) noLateDocuments(string) (found []Finding, applies bool) {
	for _, i := range g.Late {
		found = append(found, Finding{
			Code: "LATE_DOCUMENT", EntityType: record.EntityInvoice, EntityID: i.ID, Amount: i.Gross, Currency: i.Currency,
			Words: fmt.Sprintf("came after %s was signed off: %s", monthOf(i.Day), g.invoiceWords(i)),
		})
	}
	return found, len(found) > 0
}

func (g Group) title() string { return cmp.Or(g.Name, "nobody named") }

func (g Group) invoiceWords(i record.MonthInvoice) string {
	return fmt.Sprintf("invoice %s of %s, %s %s", cmp.Or(i.Number, "without a number"), cmp.Or(i.CompanyName, g.title()), cmp.Or(i.Gross, "unknown amount"), i.Currency)
}

func isCredit(i record.MonthInvoice) bool {
	return slices.Contains([]string{"381", "396", "261"}, i.TypeCode) || len(i.Gross) > 0 && i.Gross[0] == '-'
}

// absolute is an amount without its sign, in its shortest form.
func absolute(amount string) string {
	d, err := decimal.Parse(amount)
	if err != nil {
		return ""
	}
	return d.Abs().Trim(2).String()
}
