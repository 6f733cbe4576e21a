package formula

import (
	"math"
	"math/bits"

	"github.com/govalues/decimal"
)

// Sums and quotients of decimals in 128 bits. The decimals' own way takes big
// integers as soon as digits have to be rounded away, which is at every quotient
// that does not end. What these functions give is the same to the last digit; what
// does not fit is left to the decimals.

// tens are the powers of ten up to that of the most digits that a decimal has.
var tens = powersOfTen()

func powersOfTen() (powers [decimal.MaxPrec + 1]uint64) {
	powers[0] = 1
	for i := range decimal.MaxPrec {
		powers[i+1] = powers[i] * 10
	}
	return powers
}

func sum(x, y decimal.Decimal) (decimal.Decimal, error) {
	if x.Scale() == y.Scale() {
		return x.Add(y)
	}
	if s, ok := wideSum(x, y); ok {
		return s, nil
	}
	return x.Add(y)
}

// wideSum brings both to the longer scale, adds, and rounds to the digits there are.
func wideSum(x, y decimal.Decimal) (decimal.Decimal, bool) {
	if x.Scale() > y.Scale() {
		x, y = y, x
	}
	hi, lo := bits.Mul64(x.Coef(), tens[y.Scale()-x.Scale()])
	negative := x.IsNeg()
	switch c, carry := y.Coef(), uint64(0); {
	case negative == y.IsNeg():
		lo, carry = bits.Add64(lo, c, 0)
		hi += carry // a sum of two products below 2^127
	case hi == 0 && lo < c:
		lo, negative = c-lo, y.IsNeg()
	default:
		lo, carry = bits.Sub64(lo, c, 0)
		hi -= carry
	}
	for dropped := 0; dropped <= y.Scale(); dropped++ {
		if hi >= tens[dropped] {
			continue
		}
		if q, rest := bits.Div64(hi, lo, tens[dropped]); q < tens[decimal.MaxPrec] {
			return made(negative, halfEven(q, rest, tens[dropped]), y.Scale()-dropped)
		}
	}
	return decimal.Decimal{}, false
}

func quotient(x, y decimal.Decimal) (decimal.Decimal, error) {
	if q, ok := wideQuotient(x, y); ok {
		return q.Trim(max(0, x.Scale()-y.Scale())), nil
	}
	return x.Quo(y)
}

// wideQuotient divides to as many digits as a decimal has.
func wideQuotient(x, y decimal.Decimal) (decimal.Decimal, bool) {
	over, under, shift := x.Coef(), y.Coef(), y.Scale()-x.Scale()
	before, ok := digitsBefore(over, under, shift)
	if !ok || over == 0 {
		return decimal.Decimal{}, false
	}
	scale := decimal.MaxScale - before
	if shift += scale; shift > decimal.MaxPrec {
		over, ok = shifted(over, shift-decimal.MaxPrec)
		shift = decimal.MaxPrec
	}
	if !ok || shift < 0 {
		return decimal.Decimal{}, false
	}
	hi, lo := bits.Mul64(over, tens[shift])
	if hi >= under {
		return decimal.Decimal{}, false
	}
	q, rest := bits.Div64(hi, lo, under)
	return made(x.IsNeg() != y.IsNeg(), halfEven(q, rest, under), scale)
}

// digitsBefore counts the digits before the point of over ÷ under × 10^shift.
func digitsBefore(over, under uint64, shift int) (int, bool) {
	ok := true
	if shift >= 0 {
		over, ok = shifted(over, shift)
	} else {
		under, ok = shifted(under, -shift)
	}
	if !ok || under == 0 {
		return 0, false
	}
	n := 0
	for whole := over / under; n < len(tens) && tens[n] <= whole; n++ {
	}
	return n, n <= decimal.MaxPrec
}

// shifted is a coefficient times a power of ten, where it fits.
func shifted(coefficient uint64, places int) (uint64, bool) {
	if places > decimal.MaxPrec {
		return 0, false
	}
	hi, lo := bits.Mul64(coefficient, tens[places])
	return lo, hi == 0
}

// halfEven rounds q + rest/under: a half goes to the even neighbour.
func halfEven(q, rest, under uint64) uint64 {
	switch other := under - rest; {
	case rest > other, rest == other && q%2 == 1:
		return q + 1
	}
	return q
}

func made(negative bool, coefficient uint64, scale int) (decimal.Decimal, bool) {
	if coefficient > math.MaxInt64 {
		return decimal.Decimal{}, false
	}
	value := int64(coefficient)
	if negative {
		value = -value
	}
	d, err := decimal.New(value, scale)
	return d, err == nil
}
