package einvoice

import (
	"regexp"
	"strings"
	"time"
)

// plainNumber is how XML Schema writes a decimal: no exponent, no grouping,
// no digits but ours.
var plainNumber = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)

// maxDigits leaves room for any sum of money, and for a database to hold it.
const maxDigits = 38

// canonicalNumber returns a decimal number as written, but with no plus sign,
// at least one digit on both sides of a point, and no sign before a zero.
func canonicalNumber(s string) (string, bool) {
	if len(s) > maxDigits+2 || !plainNumber.MatchString(s) {
		return "", false
	}
	s = strings.TrimPrefix(s, "+")
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(whole)+len(fraction) > maxDigits {
		return "", false
	}
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	if negative && strings.Trim(digits, "0.") != "" {
		whole = "-" + whole
	}
	return whole + fraction, true
}

// isoDate matches a date with an optional time and zone, none of which matter
// for an invoice: the date is the one written.
var isoDate = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9:.]+)?(Z|[+-][0-9]{2}:[0-9]{2})?$`)

// readISODate reads dates such as 2024-01-31, 2024-01-31Z or 2024-01-31+01:00.
func readISODate(s string) (string, bool) {
	m := isoDate.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	return realDate("2006-01-02", m[1])
}

// readCIIDate reads the formats 102 (20240131), 203 and 204 (with the time
// behind) of CII, and the form of XML itself, which some senders use instead.
func readCIIDate(s string) (string, bool) {
	if len(s) == len("20060102150405") || len(s) == len("200601021504") || len(s) == len("20060102") {
		if value, ok := realDate("20060102", s[:8]); ok {
			return value, strings.Trim(s, "0123456789") == ""
		}
	}
	return readISODate(s)
}

// realDate refuses days no calendar has, and years that stand for "no date" in
// some programs, such as the year 1.
func realDate(layout, s string) (string, bool) {
	t, err := time.Parse(layout, s)
	if err != nil || t.Year() < 1900 {
		return "", false
	}
	return t.Format("2006-01-02"), true
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func isCurrency(s string) bool { return currencyCode.MatchString(s) }

// ibanShape is the shape of an IBAN without spaces: country, check digits, account.
var ibanShape = regexp.MustCompile(`^[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{8,30}$`)

// withoutSpaces removes the spaces IBANs are printed with.
func withoutSpaces(t Text) Text {
	t.Value = strings.Join(strings.Fields(t.Value), "")
	return t
}
