package extract

import (
	"slices"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/pagefacts"
	"github.com/enrichd/enrichd/record"
)

// pageFacts reads the facts off the pages of a document, each with its page,
// box and words. What arithmetic or a checksum confirms is corroborated; the rest
// has one origin.
func pageFacts(d pagefacts.Document, doc record.Document, parsed *extraction.Document) *facts {
	p := pagefacts.Read(d)
	at := func(f pagefacts.Fact) fact {
		f.BBox = parsed.Shown(f.Page, f.BBox)
		return pageFact(f, doc)
	}
	f := &facts{
		route: parsed.Route, credit: p.Kind == pagefacts.CreditNote,
		seller: side{name: at(p.SellerName), vatID: at(p.SellerVATID)},
		buyer:  side{name: at(p.BuyerName), vatID: at(p.BuyerVATID)},
		values: []value{
			{"invoice_number", at(p.Number)},
			{"document_type_code", typeCode(p, at)},
			{"issue_date", at(p.IssueDate)},
			{"due_date", at(p.DueDate)},
			{"local_currency", at(p.Currency)},
			{"items_total", at(p.NetTotal)},
			{"tax_total", at(p.TaxTotal)},
			{"grand_total", at(p.GrossTotal)},
			{"balance_due", at(p.Payable)},
			{"buyer_reference", fact{}},
			{"order_reference", at(p.OrderReference)},
			{"payment_reference", at(p.PaymentReference)},
		},
		more: []value{{"delivery_date", at(p.DeliveryDate)}, {"customer_number", at(p.CustomerNumber)}},
	}
	for _, t := range p.Taxes {
		f.taxes = append(f.taxes, tax{rate: at(t.Rate), basis: at(t.Basis), amount: at(t.Amount)})
	}
	for _, iban := range p.IBANs {
		f.accounts = append(f.accounts, account{iban: at(iban), bic: at(p.BIC)})
	}
	f.pageItems(p, at)
	for _, c := range p.Checks {
		f.checks = append(f.checks, check{Code: c.Code, Status: c.Status, Expected: c.Expected, Actual: c.Actual})
	}
	return f
}

// typeCode is the UN/EDIFACT code of what the page calls itself.
func typeCode(p *pagefacts.Facts, at func(pagefacts.Fact) fact) fact {
	f := at(p.Number)
	if f.absent() {
		f = at(p.GrossTotal)
	}
	switch {
	case f.absent():
		return fact{}
	case p.Kind == pagefacts.CreditNote:
		return f.as("381")
	case p.Kind == pagefacts.Invoice:
		return f.as("380")
	}
	return fact{}
}

func (f *facts) pageItems(p *pagefacts.Facts, at func(pagefacts.Fact) fact) {
	for _, l := range p.Lines {
		f.items = append(f.items, record.InvoiceItem{
			Name: l.Description.Value, Quantity: l.Quantity.Value, UnitPrice: l.UnitPrice.Value,
			LineTotal: l.LineTotal.Value, TaxRate: l.TaxRate.Value,
		})
		f.itemsAt = f.itemsAt.around(at(l.Description), at(l.LineTotal))
	}
}

// around is a fact whose box holds others, too, as far as they stand on its page;
// the first of them, where it is absent itself.
func (f fact) around(others ...fact) fact {
	for _, o := range others {
		switch {
		case f.absent():
			f = o
		case !o.absent() && o.ref.Page == f.ref.Page:
			a, b := f.ref.BBox, o.ref.BBox
			f.ref.BBox = []float64{min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])}
		}
	}
	return f
}

// pageFact brings a fact of a page into the terms of evidence.
func pageFact(f pagefacts.Fact, doc record.Document) fact {
	out := fact{
		value: f.Value, quote: f.Quote, confidence: f.Confidence, grade: enrich.Single, origin: enrich.ByRule, method: "rule",
		ref: enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: doc.ID, Page: f.Page, BBox: slices.Clone(f.BBox[:])},
	}
	for _, a := range f.Alternatives {
		out.others = append(out.others, alternative{a.Value, a.Confidence, a.WhyNot})
	}
	if f.Value == "" {
		return fact{others: out.others}
	}
	if f.Confirmed {
		out.grade = enrich.Corroborated
	}
	return out
}
