package record

import (
	"strings"
	"unicode"
)

// ibanStructures gives the BBAN of each country: runs of a length and a class
// (n digits, a letters, c either), as in the SWIFT IBAN registry, which is the
// list of ISO 13616's registration authority.
var ibanStructures = map[string]string{
	"AD": "8n12c", "AE": "19n", "AL": "8n16c", "AT": "16n", "AZ": "4a20c",
	"BA": "16n", "BE": "12n", "BG": "4a6n8c", "BH": "4a14c", "BI": "23n",
	"BR": "23n1a1c", "BY": "4c4n16c", "CH": "5n12c", "CR": "18n",
	"CY": "8n16c", "CZ": "20n", "DE": "18n", "DJ": "23n", "DK": "14n",
	"DO": "4c20n", "EE": "16n", "EG": "25n", "ES": "20n", "FI": "14n",
	"FK": "2a12n", "FO": "14n", "FR": "10n11c2n", "GB": "4a14n", "GE": "2a16n",
	"GI": "4a15c", "GL": "14n", "GR": "7n16c", "GT": "24c", "HN": "4a20n",
	"HR": "17n", "HU": "24n", "IE": "4a14n", "IL": "19n", "IQ": "4a15n",
	"IS": "22n", "IT": "1a10n12c", "JO": "4a4n18c", "KW": "4a22c",
	"KZ": "3n13c", "LB": "4n20c", "LC": "4a24c", "LI": "5n12c", "LT": "16n",
	"LU": "3n13c", "LV": "4a13c", "LY": "21n", "MC": "10n11c2n", "MD": "20c",
	"ME": "18n", "MK": "3n10c2n", "MN": "16n", "MR": "23n", "MT": "4a5n18c",
	"MU": "4a19n3a", "NI": "4a20n", "NL": "4a10n", "NO": "11n", "OM": "3n16c",
	"PK": "4a16c", "PL": "24n", "PS": "4a21c", "PT": "21n", "QA": "4a21c",
	"RO": "4a16c", "RS": "18n", "RU": "14n15c", "SA": "2n18c", "SC": "4a20n3a",
	"SD": "14n", "SE": "20n", "SI": "15n", "SK": "20n", "SM": "1a10n12c",
	"SO": "19n", "ST": "21n", "SV": "4a20n", "TL": "19n", "TN": "20n",
	"TR": "6n16c", "UA": "6n19c", "VA": "18n", "VG": "4a16n", "XK": "16n",
	"YE": "4a4n18c",
}

// NormalizeIBAN gives the electronic form of an IBAN (ISO 13616-1): upper case,
// without spaces, dots, dashes and a leading word "IBAN". It does not say
// whether the number is valid.
func NormalizeIBAN(s string) string {
	s = compact(s, ".")
	if rest, ok := strings.CutPrefix(s, "IBAN"); ok {
		s = strings.TrimPrefix(rest, ":")
	}
	return s
}

// ValidIBAN says whether s, in any notation that NormalizeIBAN reads, has a
// registered country, the length and the character classes of that country,
// and right check digits: ISO 13616-1, with MOD 97-10 of ISO 7064. National
// check digits inside the account number are not looked at.
func ValidIBAN(s string) bool {
	s = NormalizeIBAN(s)
	country := IBANCountry(s)
	if country == "" || !matchesRuns(s[2:], "2n"+ibanStructures[country]) {
		return false
	}
	// MOD 97-10 yields check digits from 02 to 98 only; 00, 01 and 99 leave the
	// same remainder as 97, 98 and 02, but are never issued.
	if digits := s[2:4]; digits < "02" || digits > "98" {
		return false
	}
	return mod97(s[4:]+s[:4]) == 1
}

// IBANCountry gives the country code of an IBAN, or "" if s does not begin with
// one of the registry. The rest of the number is not looked at.
func IBANCountry(s string) string {
	s = NormalizeIBAN(s)
	if len(s) < 4 {
		return ""
	}
	if _, ok := ibanStructures[s[:2]]; !ok {
		return ""
	}
	return s[:2]
}

// FormatIBAN gives the paper form of ISO 13616-1: groups of four, the last one
// with what is left.
func FormatIBAN(s string) string {
	var b strings.Builder
	for i, r := range []rune(NormalizeIBAN(s)) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// matchesRuns says whether s consists of the runs, such as "4a6n8c".
func matchesRuns(s, runs string) bool {
	length := 0
	for _, r := range runs {
		if r >= '0' && r <= '9' {
			length = length*10 + int(r-'0')
			continue
		}
		if len(s) < length || !isClass(s[:length], r) {
			return false
		}
		s, length = s[length:], 0
	}
	return s == ""
}

// isClass says whether s has only characters of a class: n, a or c.
func isClass(s string, class rune) bool {
	for _, r := range s {
		digit, letter := r >= '0' && r <= '9', r >= 'A' && r <= 'Z'
		if !(digit && class != 'a' || letter && class != 'n') {
			return false
		}
	}
	return true
}

// mod97 is the remainder by 97 of s read as a number, with A to Z as 10 to 35
// (ISO 7064, MOD 97-10); -1 if s has other characters.
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

// compact gives s in upper case without white space, dashes of any kind,
// invisible characters, and those in drop.
func compact(s, drop string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.In(r, unicode.Pd, unicode.Cc, unicode.Cf),
			r == '\u2212', // minus sign
			strings.ContainsRune(drop, r):
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}
