package record

import (
	"regexp"
	"strings"
	"unicode"
)

// TaxID is a number under which a tax office knows a company.
type TaxID struct {
	Value   string // normalised, such as "DE123456788"
	Country string // ISO 3166 alpha-2 ("GR" for EL, "GB" for XI), empty if unknown
	Type    string // one of the Tax constants
	Check   Check
}

// Kinds of tax id.
const (
	TaxEUVAT  = "eu_vat"     // of an EU member, or of Northern Ireland (XI)
	TaxGBVAT  = "gb_vat"     // of the United Kingdom
	TaxNOMVA  = "no_mva"     // Norwegian organisation number with MVA
	TaxCHUID  = "ch_uid"     // Swiss UID
	TaxSIREN  = "siren"      // French company
	TaxSIRET  = "siret"      // French establishment
	TaxNumber = "tax_number" // any other
)

// Check says how far a number has been found right.
type Check string

// Outcomes of a check.
const (
	CheckValid   Check = "valid"   // format and check digit are right
	CheckFormat  Check = "format"  // format is right; no check digit, or no rule known
	CheckInvalid Check = "invalid" // format or check digit is wrong
)

// vatScheme is how the ids under one prefix are built.
type vatScheme struct {
	country string
	kind    string
	forms   []vatForm           // the first that matches decides
	canon   func(string) string // makes one body of several notations; nil for none
}

// vatForm is one shape of the body, which is what follows the prefix.
type vatForm struct {
	shape *regexp.Regexp
	check func(body string) bool // nil where there is no check digit rule
}

func form(shape string, check func(string) bool) vatForm {
	return vatForm{regexp.MustCompile("^(?:" + shape + ")$"), check}
}

func eu(country string, forms ...vatForm) vatScheme {
	return vatScheme{country: country, kind: TaxEUVAT, forms: forms}
}

// vatSchemes has the schemes by prefix. The shapes are those of the European
// Commission's VIES FAQ ("VAT number structure"), for GB of HMRC, for NO of
// the Brønnøysund registers and for CH of the Federal Statistical Office; the
// checks name their own sources.
var vatSchemes = map[string]vatScheme{
	"AT": eu("AT", form(`U\d{8}`, checkAT)),
	"BE": {country: "BE", kind: TaxEUVAT, forms: []vatForm{form(`[01]\d{9}`, checkBE)}, canon: canonBE},
	"BG": eu("BG", form(`\d{9}`, checkBG), form(`\d{10}`, nil)),        // ten digits: persons
	"CY": eu("CY", form(`(?:1[013-9]|[02-9]\d)\d{6}[A-Z]`, checkCY)),   // 12 is not issued
	"CZ": eu("CZ", form(`[0-8]\d{7}`, checkCZ), form(`\d{9,10}`, nil)), // nine and ten: persons
	"DE": eu("DE", form(`[1-9]\d{8}`, mod11And10)),
	"DK": eu("DK", form(`[1-9]\d{7}`, checkDK)),
	"EE": eu("EE", form(`\d{9}`, checkEE)),
	"EL": eu("GR", form(`\d{9}`, checkEL)),
	"ES": eu("ES",
		form(`\d{8}[A-Z]|[XYZKLM]\d{7}[A-Z]`, checkNIF),
		form(`[A-HJNP-SU-W]\d{7}[0-9A-J]`, checkCIF)),
	"FI": eu("FI", form(`\d{8}`, checkFI)),
	"FR": eu("FR", form(`\d{11}`, checkFR), form(`[0-9A-HJ-NP-Z]{2}\d{9}`, nil)), // new keys have letters
	"HR": eu("HR", form(`\d{11}`, mod11And10)),
	"HU": eu("HU", form(`\d{8}`, checkHU)),
	"IE": eu("IE", form(`\d{7}[A-W][A-IW]?`, checkIE), form(`\d[A-Z+*]\d{5}[A-W]`, checkOldIE)),
	"IT": eu("IT", form(`\d{11}`, luhn)),
	"LT": eu("LT", form(`\d{7}1\d|\d{10}1\d`, checkLT)),
	"LU": eu("LU", form(`\d{8}`, checkLU)),
	"LV": eu("LV", form(`[4-9]\d{10}`, checkLV), form(`[0-3]\d{10}`, nil)), // up to 3: persons
	"MT": eu("MT", form(`[1-9]\d{7}`, checkMT)),
	"NL": eu("NL", form(`\d{9}B(?:0[1-9]|[1-9]\d)`, checkNL)),
	"PL": eu("PL", form(`\d{10}`, checkPL)),
	"PT": eu("PT", form(`[1-9]\d{8}`, checkPT)),
	"RO": eu("RO", form(`[1-9]\d{1,9}`, checkRO)),
	"SE": eu("SE", form(`\d{10}(?:0[1-9]|[1-8]\d|9[0-4])`, checkSE)),
	"SI": eu("SI", form(`[1-9]\d{7}`, checkSI)),
	"SK": eu("SK", form(`[1-9]\d[2-47-9]\d{7}`, checkSK)),
	"XI": eu("GB", gbForms...),
	"GB": {country: "GB", kind: TaxGBVAT, forms: gbForms},
	"NO": {country: "NO", kind: TaxNOMVA, forms: []vatForm{form(`\d{9}MVA`, checkNO)}, canon: canonNO},
	"CH": {country: "CH", kind: TaxCHUID, forms: []vatForm{form(`E\d{9}`, checkCH)}, canon: canonCH},
}

// gbForms: nine digits, twelve for a branch, and the ranges of government
// departments and health authorities, which have no check digits.
var gbForms = []vatForm{
	form(`\d{9}|\d{12}`, checkGB),
	form(`GD[0-4]\d{2}|HA[5-9]\d{2}`, nil),
}

var (
	bareMVA    = regexp.MustCompile(`^\d{9}MVA$`)
	foreignVAT = regexp.MustCompile(`^[A-Z]*(?:\d[A-Z]*){5,}$`)
)

// ParseVATID reads a VAT id with or without separators. Different notations of
// one id get one Value: a Greek one has the prefix EL, a Belgian one ten
// digits, a Norwegian one always ends in MVA (with or without NO before it in
// s), and a Swiss one has no MWST, TVA or IVA, which only tell the language.
//
// An id under the prefix of a country whose rules are not known here is a
// TaxNumber of that country with CheckFormat. Whatever has no country prefix is
// no VAT id: a TaxNumber with CheckInvalid. Value is set in either case.
func ParseVATID(s string) TaxID {
	v := normalizeTaxID(s)
	if len(v) < 2 {
		return TaxID{Value: v, Type: TaxNumber, Check: CheckInvalid}
	}
	prefix, body := v[:2], v[2:]
	if prefix == "GR" {
		prefix = "EL"
	}
	scheme, ok := vatSchemes[prefix]
	if !ok {
		return foreignTaxID(prefix, body)
	}
	if scheme.canon != nil {
		body = scheme.canon(body)
	}
	return TaxID{Value: prefix + body, Country: scheme.country, Type: scheme.kind, Check: scheme.check(body)}
}

// foreignTaxID is an id for which there is no scheme.
func foreignTaxID(prefix, body string) TaxID {
	id := TaxID{Value: prefix + body, Type: TaxNumber, Check: CheckInvalid}
	if isoCountries[prefix] && foreignVAT.MatchString(body) {
		id.Country, id.Check = prefix, CheckFormat
	}
	return id
}

func (s vatScheme) check(body string) Check {
	for _, f := range s.forms {
		switch {
		case !f.shape.MatchString(body):
			continue
		case f.check == nil:
			return CheckFormat
		case f.check(body):
			return CheckValid
		}
		return CheckInvalid
	}
	return CheckInvalid
}

// SameTaxID says whether a and b are the same id in whatever notation. Ids of
// different kinds are never the same, even of one company: a French VAT id is
// not its SIREN. Two empty ones are not the same.
func SameTaxID(a, b string) bool {
	v := ParseVATID(a).Value
	return v != "" && v == ParseVATID(b).Value
}

// ValidSIREN says whether s is the nine-digit number of a French company, with
// or without separators. Source: INSEE, Sirene; check digit by Luhn's formula
// (ISO/IEC 7812-1, annex B).
func ValidSIREN(s string) bool {
	s = normalizeTaxID(s)
	return matchesRuns(s, "9n") && luhn(s)
}

// ValidSIRET says whether s is the fourteen-digit number of a French
// establishment, with or without separators: a SIREN and five digits more.
// Source: INSEE, Sirene; Luhn's formula over all fourteen, except that those of
// La Poste (SIREN 356000000) other than its head office have digits that add up
// to a multiple of five.
func ValidSIRET(s string) bool {
	s = normalizeTaxID(s)
	if !matchesRuns(s, "14n") || !luhn(s[:9]) {
		return false
	}
	if s[:9] == "356000000" && s[9:] != "00048" {
		return weigh(s, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%5 == 0
	}
	return luhn(s)
}

// normalizeTaxID drops separators and puts NO before a Norwegian number that
// only its MVA shows for one.
func normalizeTaxID(s string) string {
	s = compact(s, "./:")
	if bareMVA.MatchString(s) {
		return "NO" + s
	}
	return s
}

// canonBE puts the zero before a number of the old nine-digit notation.
func canonBE(body string) string {
	if matchesRuns(body, "9n") {
		return "0" + body
	}
	return body
}

func canonNO(body string) string {
	if matchesRuns(body, "9n") {
		return body + "MVA"
	}
	return body
}

func canonCH(body string) string {
	for _, suffix := range []string{"MWST", "TVA", "IVA", "VAT"} {
		if rest, ok := strings.CutSuffix(body, suffix); ok {
			return rest
		}
	}
	return body
}

// CompactID writes an identifier in capitals without separators, and changes
// nothing else of it.
func CompactID(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune(".-/", r) {
			return -1
		}
		return r
	}, s))
}
