package record

import (
	"strings"
	"testing"
)

// sampleIBANs are the registry's own examples, and one of each notation.
var sampleIBANs = []string{
	"AD1200012030200359100100", "AE070331234567890123456", "AL47212110090000000235698741", "AT611904300234573201",
	"AZ21NABZ00000000137010001944", "BA391290079401028494", "BE68539007547034", "BG80BNBG96611020345678",
	"BH67BMAG00001299123456", "BR1800360305000010009795493C1", "CH9300762011623852957", "CY17002001280000001200527600",
	"CZ6508000000192000145399", "DE89370400440532013000", "DK5000400440116243", "EE382200221020145685",
	"ES9121000418450200051332", "FI2112345600000785", "FO6264600001631634", "FR1420041010050500013M02606",
	"GB82WEST12345698765432", "GE29NB0000000101904917", "GI75NWBK000000007099453", "GL8964710001000206",
	"GR1601101250000000012300695", "HR1210010051863000160", "HU42117730161111101800000000", "IE29AIBK93115212345678",
	"IL620108000000099999999", "IS140159260076545510730339", "IT60X0542811101000000123456", "KZ86125KZT5004100100",
	"LI21088100002324013AA", "LT121000011101001000", "LU280019400644750000", "LV80BANK0000435195001",
	"MC5811222000010123456789030", "ME25505000012345678951", "MK07250120000058984", "MT84MALT011000012345MTLCAST001S",
	"MU17BOMM0101101030300200000MUR", "NL91ABNA0417164300", "NO9386011117947", "PL61109010140000071219812874",
	"PT50000201231234567890154", "RO49AAAA1B31007593840000", "RS35260005601001611379", "SE4550000000058398257466",
	"SI56263300012039086", "SK3112000000198742637541", "SM86U0322509800000000270100", "TR330006100519786457841326",
}

func TestValidIBAN(t *testing.T) {
	for _, s := range sampleIBANs {
		if !ValidIBAN(s) {
			t.Errorf("%s is not valid", s)
		}
	}
	for _, c := range []struct {
		name, iban string
		want       bool
	}{
		{"paper form", "GB82 WEST 1234 5698 7654 32", true},
		{"word before it", "IBAN: DE89 3704 0044 0532 0130 00", true},
		{"lower case", "de89370400440532013000", true},
		{"no-break spaces and dashes", "DE89\u00a03704-0044\u20110532.0130.00", true},
		{"wrong check digit", "DE88370400440532013000", false},
		{"too short", "DE8937040044053201300", false},
		{"too long", "DE893704004405320130000", false},
		{"letter among digits", "DE8937040044053201300O", false},
		{"check digits 00 for 97", "DE00000000000000000087", false},
		{"no such country", "XX89370400440532013000", false},
		{"country only", "DE", false},
		{"other characters", "DE89é70400440532013000", false},
		{"empty", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ValidIBAN(c.iban); got != c.want {
				t.Errorf("ValidIBAN(%q) = %v", c.iban, got)
			}
		})
	}
}

// withCheckDigits gives an IBAN its check digits, so that only the rest of it
// can be wrong.
func withCheckDigits(country, bban string) string {
	for n := 2; n <= 98; n++ {
		digits := string([]byte{byte('0' + n/10), byte('0' + n%10)})
		if mod97(bban+country+digits) == 1 {
			return country + digits + bban
		}
	}
	return ""
}

func TestIBANCharacterClasses(t *testing.T) {
	for _, c := range []struct {
		name, country, bban string
		want                bool
	}{
		{"digits", "DE", "370400440532013000", true},
		{"letter for a digit", "DE", "37040044053201300A", false},
		{"letters", "GB", "WEST12345698765432", true},
		{"digit for a letter", "GB", "WES112345698765432", false},
		{"either", "FR", "20041010050500013M02606", true},
		{"letter in the French key", "FR", "20041010050500013M0260A", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			iban := withCheckDigits(c.country, c.bban)
			if got := ValidIBAN(iban); got != c.want {
				t.Errorf("ValidIBAN(%q) = %v", iban, got)
			}
		})
	}
}

// MOD 97-10 finds every single wrong digit.
func TestIBANFindsEveryWrongDigit(t *testing.T) {
	for _, s := range sampleIBANs {
		eachWrongDigit(s, func(wrong string) {
			if ValidIBAN(wrong) {
				t.Errorf("%s passes for %s", wrong, s)
			}
		})
	}
}

// eachWrongDigit calls f with every string that differs from s in one digit.
func eachWrongDigit(s string, f func(string)) {
	for i, r := range s {
		for _, d := range "0123456789" {
			if r >= '0' && r <= '9' && d != r {
				f(s[:i] + string(d) + s[i+1:])
			}
		}
	}
}

func TestIBANStructures(t *testing.T) {
	for country, runs := range ibanStructures {
		if !isoCountries[country] && country != "XK" {
			t.Errorf("%s is no country", country)
		}
		if strings.Trim(runs, "0123456789nac") != "" || strings.ContainsAny(runs[len(runs)-1:], "0123456789") {
			t.Errorf("%s has the structure %q", country, runs)
		}
	}
}

func TestIBANNotations(t *testing.T) {
	for _, c := range []struct{ name, in, normal, paper, country string }{
		{"electronic", "NO9386011117947", "NO9386011117947", "NO93 8601 1117 947", "NO"},
		{"full groups", "BE68539007547034", "BE68539007547034", "BE68 5390 0754 7034", "BE"},
		{"labelled", "iban be68 5390 0754 7034", "BE68539007547034", "BE68 5390 0754 7034", "BE"},
		{"unknown country", "ZZ12 3", "ZZ123", "ZZ12 3", ""},
		{"short", "DE1", "DE1", "DE1", ""},
		{"not ASCII", "DEÄÖ1", "DEÄÖ1", "DEÄÖ 1", "DE"},
		{"empty", "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := NormalizeIBAN(c.in); got != c.normal {
				t.Errorf("NormalizeIBAN(%q) = %q", c.in, got)
			}
			if got := FormatIBAN(c.in); got != c.paper {
				t.Errorf("FormatIBAN(%q) = %q", c.in, got)
			}
			if got := IBANCountry(c.in); got != c.country {
				t.Errorf("IBANCountry(%q) = %q", c.in, got)
			}
		})
	}
}
