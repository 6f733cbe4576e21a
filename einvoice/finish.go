package einvoice

import (
	"strings"

	"golang.org/x/text/currency"
)

// finish looks at the invoice as a whole: it refuses one with nothing in it and
// warns of what the standard requires and the document lacks.
func (r *reader) finish(s *syntax) (*Invoice, error) {
	if r.err != nil {
		return nil, r.err
	}
	inv := r.inv
	if allAbsent(inv.Number, inv.IssueDate, inv.NetTotal, inv.GrossTotal, inv.Payable) {
		return nil, refuse(CodeNoInvoiceData, "The file is %s in form, but holds no number, no date and no total.", s.title)
	}
	for _, m := range inv.mandatory() {
		if m.Absent() {
			r.warn(Warning{Code: WarnMissing, Message: "The invoice has no " + m.name + ", which the standard requires."})
		}
	}
	r.decimals()
	return inv, nil
}

func allAbsent(values ...Text) bool {
	for _, v := range values {
		if !v.Absent() {
			return false
		}
	}
	return true
}

type named struct {
	Text
	name string
}

// mandatory lists the values that every profile of EN 16931 requires.
func (inv *Invoice) mandatory() []named {
	return []named{
		{inv.Number, "number"},
		{inv.TypeCode, "type code"},
		{inv.IssueDate, "issue date"},
		{inv.Currency, "currency"},
		{inv.Seller.Name, "seller name"},
		{inv.Buyer.Name, "buyer name"},
		{inv.NetTotal, "total without VAT"},
		{inv.GrossTotal, "total with VAT"},
		{inv.Payable, "amount due"},
	}
}

// totals lists the totals in the currency of the invoice.
func (inv *Invoice) totals() []Text {
	return []Text{
		inv.LineTotal, inv.AllowanceTotal, inv.ChargeTotal, inv.NetTotal, inv.TaxTotal,
		inv.GrossTotal, inv.Prepaid, inv.Rounding, inv.Payable,
	}
}

// decimals warns of totals that cannot be paid as written, such as half a yen.
func (r *reader) decimals() {
	unit, err := currency.ParseISO(r.inv.Currency.Value)
	if err != nil {
		return
	}
	scale, _ := currency.Standard.Rounding(unit)
	for _, t := range r.inv.totals() {
		_, fraction, _ := strings.Cut(t.Value, ".")
		if len(strings.TrimRight(fraction, "0")) > scale {
			r.warn(Warning{
				Code: WarnDecimals, Path: t.Path,
				Message: "The total " + quoted(t.Value) + " has more decimals than the currency " + unit.String() + ".",
			})
		}
	}
}
