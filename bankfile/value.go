package bankfile

import (
	"regexp"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// plainNumber is how ISO 20022 writes an amount: no sign, no exponent, no
// grouping, no digits but ours.
var plainNumber = regexp.MustCompile(`^([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)

// number reads an unsigned decimal exactly: the scale is kept as written. The
// decimal package rounds what has more than 19 digits, so such numbers are
// refused.
func number(s string) (decimal.Decimal, bool) {
	if len(s) > 64 || !plainNumber.MatchString(s) {
		return decimal.Zero, false
	}
	whole, fraction, _ := strings.Cut(s, ".")
	whole = strings.TrimLeft(whole, "0")
	if len(whole)+len(fraction) > decimal.MaxPrec {
		return decimal.Zero, false
	}
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	d, err := decimal.Parse(whole)
	return d, err == nil
}

// add adds exactly, or says that there are too many digits.
func add(a, b decimal.Decimal) (decimal.Decimal, bool) {
	sum, err := a.AddExact(b, max(a.Scale(), b.Scale()))
	return sum, err == nil
}

// wholeCurrencies are those of ISO 4217 without a minor unit.
const wholeCurrencies = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"

// thirdCurrencies are those whose minor unit is a thousandth.
const thirdCurrencies = "BHD IQD JOD KWD LYD OMR TND"

// scaleOf gives the digits behind the point that a currency has, -1 for none that
// is known.
func scaleOf(currency string) int {
	switch {
	case !isCurrency(currency):
		return -1
	case strings.Contains(wholeCurrencies, currency):
		return 0
	case strings.Contains(thirdCurrencies, currency):
		return 3
	}
	return 2
}

// hasFraction says whether an amount has a fraction that its currency does not
// know. Zeros behind the point do no harm.
func hasFraction(d decimal.Decimal, currency string) bool {
	return strings.Contains(wholeCurrencies, currency) && len(currency) == 3 && !d.IsInt()
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func isCurrency(s string) bool { return currencyCode.MatchString(s) }

// isoDate matches a day with an optional time and zone, which do not matter:
// the day is the one the bank wrote.
var isoDate = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9:.]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?$`)

// day reads dates such as 2024-01-31, 2024-01-31+01:00 or 2024-01-31T13:15:00Z.
func day(s string) (string, bool) {
	m := isoDate.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	return realDay("2006-01-02", m[1])
}

// realDay refuses days no calendar has, and years that stand for "no date" in
// some programs, such as the year 1.
func realDay(layout, s string) (string, bool) {
	t, err := time.Parse(layout, s)
	if err != nil || t.Year() < 1900 {
		return "", false
	}
	return t.Format("2006-01-02"), true
}

// ibanShape is the shape of an IBAN without spaces: country, check digits, account.
var ibanShape = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$`)

// account removes the spaces IBANs are printed with, and leaves other numbers
// as they are.
func account(s string) string {
	s = strings.TrimSpace(s)
	if compact := strings.ToUpper(strings.Join(strings.Fields(s), "")); ibanShape.MatchString(compact) {
		return compact
	}
	return s
}

// noReferences are the words formats prescribe where there is no reference.
const noReferences = " NONREF NOTPROVIDED NOTAVAILABLE UNDEFINED NOREF "

// Stated says whether a reference refers to something. Where a format demands a
// reference and there is none, banks write NONREF, NOTPROVIDED or zeros, which
// must never match each other.
func Stated(reference string) bool {
	word := strings.ToUpper(strings.Join(strings.Fields(reference), ""))
	return strings.Trim(word, "0-./N") != "" && !strings.Contains(noReferences, " "+word+" ")
}
