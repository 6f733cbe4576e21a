package einvoice

import (
	"strings"

	"github.com/govalues/decimal"
)

// term is a number in a sum. An absent optional term counts as zero, while a
// sum that lacks a required term has no result.
type term struct {
	Text
	negative bool
	optional bool
}

func required(t Text) term { return term{Text: t} }
func plus(t Text) term     { return term{Text: t, optional: true} }
func less(t Text) term     { return term{Text: t, optional: true, negative: true} }

// add returns the exact sum, or false if a term is missing or the sum has more
// digits than can be computed with.
func add(terms []term) (decimal.Decimal, bool) {
	sum := decimal.Zero
	for _, t := range terms {
		if t.Absent() && t.optional {
			continue
		}
		d, ok := parseNumber(t.Text)
		if !ok {
			return decimal.Zero, false
		}
		if t.negative {
			d = d.Neg()
		}
		next, err := sum.AddExact(d, max(sum.Scale(), d.Scale()))
		if err != nil {
			return decimal.Zero, false
		}
		sum = next
	}
	return sum, true
}

// parseNumber parses a value exactly. The decimal package rounds what has more
// digits than it holds; such a number is refused here.
func parseNumber(t Text) (decimal.Decimal, bool) {
	digits := strings.TrimLeft(strings.Replace(strings.TrimPrefix(t.Value, "-"), ".", "", 1), "0")
	_, fraction, _ := strings.Cut(t.Value, ".")
	if t.Absent() || len(digits) > decimal.MaxPrec || len(fraction) > decimal.MaxScale {
		return decimal.Zero, false
	}
	d, err := decimal.Parse(t.Value)
	return d, err == nil
}

// percentOf returns rate percent of basis, rounded half up.
func percentOf(basis, rate decimal.Decimal, scale int) (decimal.Decimal, error) {
	product, err := basis.MulExact(rate, basis.Scale()+rate.Scale())
	if err != nil {
		return decimal.Zero, err
	}
	hundredth := decimal.MustNew(1, 2)
	if product, err = product.MulExact(hundredth, product.Scale()+2); err != nil {
		return decimal.Zero, err
	}
	return roundHalfUp(product, scale)
}

// roundHalfUp rounds to scale decimals, and half a unit away from zero, as
// invoices are rounded. The decimal package itself rounds half to even.
func roundHalfUp(d decimal.Decimal, scale int) (decimal.Decimal, error) {
	cut := d.Trunc(scale)
	rest, err := d.SubAbs(cut)
	if err != nil {
		return decimal.Zero, err
	}
	// Half a unit of the last decimal kept; there is none below 19 decimals.
	if scale >= decimal.MaxScale || rest.Cmp(decimal.MustNew(5, scale+1)) < 0 {
		return cut, nil
	}
	unit := decimal.MustNew(1, scale).CopySign(d)
	return cut.AddExact(unit, scale)
}
