package einvoice

import (
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// cent is how far a VAT amount may be from basis times rate. The standard rounds
// half up, but senders that round half to even are a cent off and not wrong
// enough to stop a payment.
var cent = decimal.MustNew(1, 2)

// checkTaxRate compares each VAT amount with its basis and rate, and reports
// the first that does not fit. Entries without a rate, such as those outside
// the scope of VAT, are passed over.
func (inv *Invoice) checkTaxRate() Check {
	var fields []string
	result := inapplicable(CheckTaxRate, nil)
	for i, t := range inv.Taxes {
		if t.Rate.Absent() || t.Basis.Absent() || t.Amount.Absent() {
			continue
		}
		entry := "taxes[" + strconv.Itoa(i) + "]."
		names := []string{entry + "basis", entry + "rate", entry + "amount"}
		c := t.check(names)
		if c.Status != StatusPass {
			return c
		}
		fields = append(fields, names...)
		result = c
	}
	result.Fields = fields
	if len(inv.Taxes) > 1 {
		result.Expected, result.Actual = "", "" // One pair of numbers would not stand for all.
	}
	return result
}

// check makes the check of one entry.
func (t Tax) check(fields []string) Check {
	basis, okBasis := parseNumber(t.Basis)
	rate, okRate := parseNumber(t.Rate)
	amount, okAmount := parseNumber(t.Amount)
	if !okBasis || !okRate || !okAmount {
		return inapplicable(CheckTaxRate, fields)
	}
	expected, err := percentOf(basis, rate, max(2, amount.Scale()))
	if err != nil {
		return inapplicable(CheckTaxRate, fields)
	}
	gap, err := expected.SubAbs(amount)
	if err != nil {
		return inapplicable(CheckTaxRate, fields)
	}
	c := Check{Code: CheckTaxRate, Status: StatusFail, Expected: expected.String(), Actual: t.Amount.Value, Fields: fields}
	if gap.Cmp(cent) <= 0 {
		c.Status = StatusPass
	}
	return c
}

// minimum reports whether the invoice follows the MINIMUM profile of Factur-X.
func (inv *Invoice) minimum() bool {
	return strings.HasSuffix(strings.ToLower(inv.Profile.Value), ":minimum")
}
