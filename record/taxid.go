package record

import (
	"regexp"
	"strings"
)

// TaxID is a tax number as it was understood.
type TaxID struct {
	Value   string // without separators, in capitals, e.g. "DE812871812"
	Country string // ISO 3166, two letters; GR for EL; empty when unknown
	Type    string // eu_vat, gb_vat, no_mva, ch_uid, or tax_number
	Check   Check
}

// Check says what could be verified about a number.
type Check string

// What a number's form and check digit say.
const (
	CheckValid   Check = "valid"   // form and check digit are right
	CheckFormat  Check = "format"  // the form is right; this program knows no check digit for it
	CheckInvalid Check = "invalid" // the form or the check digit is wrong
)

// vatRule is the form of one country's VAT ids, after the two letters, and the
// rule of their check digits where one is known.
type vatRule struct {
	form  *regexp.Regexp
	check func(body string) Check
}

// vatRules are the forms that the VIES service of the European Commission
// publishes (VIES FAQ, "What is the format of a VAT number?"), with Great
// Britain, Norway and Switzerland beside them. XI is Northern Ireland.
func vatRules() map[string]vatRule {
	rule := func(form string, check func(string) Check) vatRule {
		return vatRule{regexp.MustCompile(`^(?:` + form + `)$`), check}
	}
	return map[string]vatRule{
		"AT": rule(`U\d{8}`, checkAT), "BE": rule(`[01]\d{9}`, checkBE), "BG": rule(`\d{9,10}`, nil), "CY": rule(`\d{8}[A-Z]`, nil),
		"CZ": rule(`\d{8,10}`, nil), "DE": rule(`[1-9]\d{8}`, checkISO7064), "DK": rule(`[1-9]\d{7}`, weighted(11, 2, 7, 6, 5, 4, 3, 2, 1)),
		"EE": rule(`10\d{7}`, weighted(10, 3, 7, 1, 3, 7, 1, 3, 7, 1)), "EL": rule(`\d{9}`, checkEL), "ES": rule(`[A-Z0-9]\d{7}[A-Z0-9]`, checkES),
		"FI": rule(`\d{8}`, weighted(11, 7, 9, 10, 5, 8, 4, 2, 1)), "FR": rule(`[A-HJ-NP-Z0-9]{2}\d{9}`, checkFR), "HR": rule(`\d{11}`, checkISO7064),
		"HU": rule(`\d{8}`, weighted(10, 9, 7, 3, 1, 9, 7, 3, 1)), "IE": rule(`\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W]`, checkIE),
		"IT": rule(`\d{11}`, checkLuhn), "LT": rule(`\d{9}|\d{12}`, nil), "LU": rule(`\d{8}`, checkLU), "LV": rule(`\d{11}`, nil),
		"MT": rule(`\d{8}`, weighted(37, 3, 4, 6, 7, 8, 9, 10, 1)), "NL": rule(`[A-Z0-9+*]{10}\d{2}`, checkNL), "PL": rule(`\d{10}`, checkPL),
		"PT": rule(`[1-9]\d{8}`, checkPT), "RO": rule(`\d{2,10}`, nil), "SE": rule(`\d{10}01`, checkSE), "SI": rule(`[1-9]\d{7}`, checkSI),
		"SK": rule(`[1-9]\d{9}`, checkSK), "GB": rule(`\d{9}|\d{12}|GD\d{3}|HA\d{3}`, checkGB), "XI": rule(`\d{9}|\d{12}|GD\d{3}|HA\d{3}`, checkGB),
	}
}

// ParseVATID reads a VAT id in any notation. What has no known country is a
// tax_number of which only the form can be said: nothing.
func ParseVATID(s string) TaxID {
	v := alphanumeric(s)
	switch {
	case strings.HasPrefix(v, "CHE"):
		return parseCH(v)
	case norwegian.MatchString(v):
		return parseNO(v)
	case len(v) < 3:
		return TaxID{Value: v, Type: "tax_number", Check: CheckInvalid}
	}
	letters, body := v[:2], v[2:]
	if letters == "GR" {
		letters = "EL"
	}
	rule, ok := vatRules()[letters]
	if !ok {
		return TaxID{Value: v, Type: "tax_number", Check: CheckFormat}
	}
	id := TaxID{Value: letters + body, Country: countryOf(letters), Type: "eu_vat", Check: CheckInvalid}
	if id.Country == "GB" {
		id.Type = "gb_vat"
	}
	if letters == "BE" && len(body) == 9 {
		body = "0" + body // written before 2008, when the numbers grew a digit
		id.Value = letters + body
	}
	if rule.form.MatchString(body) {
		id.Check = CheckFormat
		if rule.check != nil {
			id.Check = rule.check(body)
		}
	}
	return id
}

func countryOf(letters string) string {
	switch letters {
	case "EL":
		return "GR"
	case "XI":
		return "GB"
	}
	return letters
}

var (
	norwegian = regexp.MustCompile(`^(NO)?(\d{9})(MVA)?$`)
	swiss     = regexp.MustCompile(`^CHE(\d{9})(MWST|TVA|IVA|VAT)?$`)
)

// parseNO reads a Norwegian organisation number with its VAT mark. Nine digits
// alone, without either mark, are no one's in particular.
func parseNO(v string) TaxID {
	m := norwegian.FindStringSubmatch(v)
	if m[1] == "" && m[3] == "" {
		return TaxID{Value: v, Type: "tax_number", Check: CheckFormat}
	}
	return TaxID{Value: "NO" + m[2] + "MVA", Country: "NO", Type: "no_mva", Check: weighted(11, 3, 2, 7, 6, 5, 4, 3, 2, 1)(m[2])}
}

func parseCH(v string) TaxID {
	id := TaxID{Value: v, Country: "CH", Type: "ch_uid", Check: CheckInvalid}
	if m := swiss.FindStringSubmatch(v); m != nil {
		id.Value = "CHE" + m[1] // the ending only names a language
		id.Check = weighted(11, 5, 4, 3, 2, 7, 6, 5, 4, 1)(m[1])
	}
	return id
}

// CompactID writes an identifier in capitals without separators, and changes
// nothing else of it.
func CompactID(s string) string { return alphanumeric(s) }

// SameTaxID reports whether two notations are the same number.
func SameTaxID(a, b string) bool {
	x, y := ParseVATID(a), ParseVATID(b)
	return x.Value != "" && x.Value == y.Value
}

// ValidSIREN reports whether s is a French company number: nine digits with the
// check digit of ISO/IEC 7812 (Luhn), as INSEE defines it.
func ValidSIREN(s string) bool {
	s = alphanumeric(s)
	return len(s) == 9 && allDigits(s) && luhn(s)
}

// ValidSIRET reports whether s is a French establishment number: a SIREN and
// five digits, Luhn over all; La Poste's sum of digits is a multiple of five.
func ValidSIRET(s string) bool {
	s = alphanumeric(s)
	if len(s) != 14 || !allDigits(s) {
		return false
	}
	if strings.HasPrefix(s, "356000000") {
		sum := 0
		for _, r := range s {
			sum += int(r - '0')
		}
		return sum%5 == 0 || luhn(s)
	}
	return luhn(s) && ValidSIREN(s[:9])
}
