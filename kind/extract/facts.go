package extract

import (
	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// fact is one value as a source states it, with where it stands there. The zero
// fact is a value that the source does not state.
type fact struct {
	value      string
	quote      string
	ref        enrich.EvidenceRef
	confidence float64
	grade      enrich.Grade
	origin     enrich.Origin
	method     string
	// others are values that were considered and not taken.
	others []alternative
	// seen is where a page shows the same value, nil where none is known to.
	seen *fact
}

// alternative is a value that was considered and not taken.
type alternative struct {
	Value      string  `json:"value"`
	Confidence float64 `json:"confidence"`
	WhyNot     string  `json:"why_not"`
}

func (f fact) absent() bool { return f.value == "" }

// as is the same evidence for a value that was derived from it.
func (f fact) as(value string) fact {
	f.value = value
	return f
}

// side is what a source states of one party.
type side struct {
	name, tradeName, vatID, taxNumber, legalID, street, city, postalCode, country, email fact
}

// tax is one line of the VAT breakdown.
type tax struct{ rate, category, basis, amount, reason fact }

// account is one way to pay.
type account struct {
	scheme, iban, bic, name fact
	other                   fact // an account that is no IBAN
}

// facts is an invoice as its source states it, whatever the source is.
type facts struct {
	route      string // xml, embedded_xml, text_layer, ocr, mixed
	credit     bool
	selfBilled bool // the buyer wrote it
	others     int  // further invoices of the file
	seller     side
	buyer      side
	values     []value // the flat fields that stand on the invoice record
	more       []value // what stands in the output besides
	taxes      []tax
	accounts   []account
	items      []record.InvoiceItem
	itemsAt    fact // evidence of the items
	checks     []check
	warnings   []einvoice.Warning
	rules      []einvoice.Rule
	fault      *einvoice.Error // why there is nothing here, where other invoices of the file could be read
}

// value is one flat field of the output.
type value struct {
	name string
	fact fact
}

// get finds a flat field by its name.
func (f *facts) get(name string) fact {
	for _, v := range f.values {
		if v.name == name {
			return v.fact
		}
	}
	return fact{}
}

// xmlFacts reads the facts out of a parsed electronic invoice. A structured
// document is its own proof of what it says.
func xmlFacts(inv *einvoice.Invoice, doc record.Document, route string) *facts {
	at := func(t einvoice.Text) fact {
		if t.Absent() {
			return fact{}
		}
		return fact{
			value: t.Value, quote: t.Value, confidence: 1, grade: enrich.Verified, origin: enrich.ByDocument, method: "deterministic",
			ref: enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: doc.ID, Path: t.Path},
		}
	}
	party := func(p einvoice.Party) side {
		return side{at(p.Name), at(p.TradingName), at(p.VATID), at(p.TaxNumber), at(p.LegalID), at(p.Street), at(p.City), at(p.PostalCode), at(p.Country), at(p.Email)}
	}
	f := &facts{
		route: route, credit: inv.Credit(), selfBilled: inv.SelfBilled(), others: len(inv.Others), seller: party(inv.Seller), buyer: party(inv.Buyer), warnings: inv.Warnings,
		values: xmlValues(inv, at), more: xmlMore(inv, at), fault: inv.Fault,
	}
	for _, t := range inv.Taxes {
		f.taxes = append(f.taxes, tax{at(t.Rate), at(t.Category), at(t.Basis), at(t.Amount), at(t.ExemptionReason)})
	}
	for _, m := range inv.PaymentMeans {
		f.accounts = append(f.accounts, account{scheme: at(m.Code), iban: at(m.IBAN), bic: at(m.BIC), name: at(m.AccountName), other: at(m.Account)})
	}
	for _, l := range inv.Lines {
		f.items = append(f.items, record.InvoiceItem{
			LineID: l.ID.Value, Name: l.Name.Value, Description: l.Description.Value,
			Quantity: l.Quantity.Value, UnitPrice: l.UnitPrice.Value, LineTotal: l.LineTotal.Value, TaxRate: l.TaxRate.Value,
			PeriodStart: l.PeriodStart.Value, PeriodEnd: l.PeriodEnd.Value,
		})
	}
	if len(inv.Lines) > 0 {
		f.itemsAt = at(einvoice.Text{Value: "lines", Path: inv.Lines[0].ID.Path})
		f.itemsAt.quote = "" // that word is ours
	}
	for _, c := range inv.Checks() {
		f.checks = append(f.checks, check{Code: c.Code, Status: string(c.Status), Expected: c.Expected, Actual: c.Actual, Fields: c.Fields})
	}
	f.rules = inv.Rules
	f.checks = append(f.checks, ruleChecks(inv.Rules)...)
	return f
}

func xmlValues(inv *einvoice.Invoice, at func(einvoice.Text) fact) []value {
	code := at(inv.TypeCode)
	if code.absent() { // the name of a self-billed document says what it is
		code = at(inv.DocumentCode())
		code.quote = ""
	}
	return []value{
		{"invoice_number", at(inv.Number)},
		{"document_type_code", code},
		{"issue_date", at(inv.IssueDate)},
		{"due_date", at(inv.DueDate)},
		{"local_currency", at(inv.Currency)},
		{"items_total", at(inv.NetTotal)},
		{"tax_total", at(inv.TaxTotal)},
		{"grand_total", at(inv.GrossTotal)},
		{"balance_due", at(inv.Payable)},
		{"buyer_reference", at(inv.BuyerReference)},
		{"order_reference", at(inv.OrderReference)},
		{"payment_reference", at(inv.PaymentReference)},
	}
}

func xmlMore(inv *einvoice.Invoice, at func(einvoice.Text) fact) []value {
	return []value{
		{"lines_total", at(inv.LineTotal)},
		{"allowance_total", at(inv.AllowanceTotal)},
		{"charge_total", at(inv.ChargeTotal)},
		{"prepaid_total", at(inv.Prepaid)},
		{"rounding", at(inv.Rounding)},
		{"withheld_total", at(inv.Withheld)},
		{"tax_currency", at(inv.TaxCurrency)},
		{"preceding_invoice", at(inv.PrecedingInvoice)},
		{"delivery_date", at(inv.DeliveryDate)},
		{"period_start", at(inv.PeriodStart)},
		{"period_end", at(inv.PeriodEnd)},
		{"payment_terms", at(inv.PaymentTerms)},
		{"profile", at(inv.Profile)},
	}
}
