package record

import "strings"

// ibanLengths holds the length of an IBAN by country, from the SWIFT registry
// of ISO 13616.
func ibanLengths() map[string]int {
	return map[string]int{
		"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
		"CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
		"FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
		"IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
		"LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
		"NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
		"SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
		"UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
	}
}

// NormalizeIBAN writes an IBAN in capitals without separators and without a
// leading word IBAN. It does not check it.
func NormalizeIBAN(s string) string {
	return strings.TrimPrefix(alphanumeric(s), "IBAN")
}

// ValidIBAN reports whether s, in any notation, is an IBAN with the length of
// its country and right check digits: ISO 13616, with the remainder modulo 97
// of ISO 7064.
func ValidIBAN(s string) bool {
	s = NormalizeIBAN(s)
	if len(s) < 5 || ibanLengths()[s[:2]] != len(s) || !allDigits(s[2:4]) {
		return false
	}
	return mod97(s[4:]+s[:4]) == 1
}

// mod97 is the remainder of a number written in digits and letters, where A
// counts 10 and Z 35; -1 if there is anything else.
func mod97(s string) int {
	rest := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			rest = (rest*10 + int(r-'0')) % 97
		case r >= 'A' && r <= 'Z':
			rest = (rest*100 + int(r-'A') + 10) % 97
		default:
			return -1
		}
	}
	return rest
}

// alphanumeric keeps letters and digits, in capitals; separators go, anything
// else stays and makes the value invalid.
func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(" .-/\u00a0\u202f\t", r):
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
