package record

import "testing"

// madeVATIDs are made up: counted-up digits with check digits by the country's
// rule. Sound says that the rule finds every single wrong digit.
var madeVATIDs = []struct {
	id    string
	sound bool
}{
	{"ATU12345675", true}, {"ATU98765434", true},
	{"BE0123456749", true}, {"BE1234567894", true},
	{"BG123456786", false}, {"BG876543215", false},
	{"CY10234567S", true},
	{"CZ12345679", false}, {"CZ25000012", false},
	{"DE123456788", true}, {"DE987654328", true},
	{"DK12345674", true}, {"DK12345682", true},
	{"EE101234568", true},
	{"EL123456783", false}, {"EL098765430", false},
	{"ES12345678Z", true}, {"ESX1234567L", true}, {"ESY1234567X", true}, {"ESZ1234567R", true},
	{"ESK1234567L", true}, {"ESB12345674", true}, {"ESQ1234567D", true},
	{"FI12345671", true}, {"FI01234562", true},
	{"FR11123456782", true}, {"FR14987654324", true},
	{"GB123456782", false}, {"GB123456727", false}, {"GB123456782001", false}, {"XI987654353", false}, {"XI987654395", false},
	{"HR12345678903", true},
	{"HU12345676", true},
	{"IE1234567T", true}, {"IE1234567FA", true}, {"IE1234567TW", true}, {"IE1A23456W", true}, {"IE8+12345L", true},
	{"IT01234560124", true},
	{"LT123456715", false}, {"LT123456789011", false},
	{"LU12345613", true},
	{"LV40001234561", false}, {"LV40001234576", false},
	{"MT12345634", true},
	{"NL123456782B01", false}, {"NL001234523B01", false},
	{"PL1234567802", true},
	{"PT123456789", false}, {"PT512345678", false},
	{"RO12345674", false}, {"RO19", false}, {"RO1234567897", false},
	{"SE556123456701", false}, // the last two digits are not checked
	{"SI12345679", false}, {"SI50123459", false},
	{"SK2021234512", true},
	{"NO912345688MVA", true},
	{"CHE123456788", true},
}

func TestMadeVATIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range madeVATIDs {
		seen[c.id[:2]] = true
		got := ParseVATID(c.id)
		if got.Check != CheckValid || got.Value != c.id {
			t.Errorf("ParseVATID(%s) = %+v", c.id, got)
		}
		wrong := 0
		eachWrongDigit(c.id, func(s string) {
			if ParseVATID(s).Check != CheckInvalid {
				wrong++
				if c.sound {
					t.Errorf("%s passes for %s", s, c.id)
				}
			}
		})
		// Even an unsound rule lets few of the nine digits of each place pass.
		if wrong > 9*len(c.id)/3 {
			t.Errorf("%d wrong digits of %s pass", wrong, c.id)
		}
	}
	for prefix := range vatSchemes {
		if !seen[prefix] {
			t.Errorf("no number of %s here", prefix)
		}
	}
}

// Luhn's formula finds every wrong digit of the ten that it is for.
func TestSwedishWrongDigits(t *testing.T) {
	eachWrongDigit("5561234567", func(s string) {
		if got := ParseVATID("SE" + s + "01"); got.Check != CheckInvalid {
			t.Errorf("%s passes", s)
		}
	})
}

func TestParseVATID(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     TaxID
	}{
		{"separators", "de 123.456-788", TaxID{"DE123456788", "DE", TaxEUVAT, CheckValid}},
		{"no-break space and dash", "DE\u00a0123\u2011456\u2013788", TaxID{"DE123456788", "DE", TaxEUVAT, CheckValid}},
		{"slashes", "DE/123/456/788", TaxID{"DE123456788", "DE", TaxEUVAT, CheckValid}},
		{"wrong check digit", "DE123456789", TaxID{"DE123456789", "DE", TaxEUVAT, CheckInvalid}},
		{"too long", "DE1234567880", TaxID{"DE1234567880", "DE", TaxEUVAT, CheckInvalid}},
		{"zeros", "IT00000000000", TaxID{"IT00000000000", "IT", TaxEUVAT, CheckInvalid}},
		{"Greek by ISO", "GR 123456783", TaxID{"EL123456783", "GR", TaxEUVAT, CheckValid}},
		{"Belgian of nine digits", "BE 123.456.749", TaxID{"BE0123456749", "BE", TaxEUVAT, CheckValid}},
		{"French key with letters", "FR K7 123456782", TaxID{"FRK7123456782", "FR", TaxEUVAT, CheckFormat}},
		{"French key with O", "FRO7123456782", TaxID{"FRO7123456782", "FR", TaxEUVAT, CheckInvalid}},
		{"French key right, SIREN wrong", "FR32123456789", TaxID{"FR32123456789", "FR", TaxEUVAT, CheckInvalid}},
		{"Monaco", "FR90000012345", TaxID{"FR90000012345", "FR", TaxEUVAT, CheckValid}},
		{"Bulgarian person", "BG1234567890", TaxID{"BG1234567890", "BG", TaxEUVAT, CheckFormat}},
		{"Czech person", "CZ1234567890", TaxID{"CZ1234567890", "CZ", TaxEUVAT, CheckFormat}},
		{"Latvian person", "LV12345678901", TaxID{"LV12345678901", "LV", TaxEUVAT, CheckFormat}},
		{"Cypriot 12", "CY12345678A", TaxID{"CY12345678A", "CY", TaxEUVAT, CheckInvalid}},
		{"Dutch branch 00", "NL123456782B00", TaxID{"NL123456782B00", "NL", TaxEUVAT, CheckInvalid}},
		{"British department", "GB GD001", TaxID{"GBGD001", "GB", TaxGBVAT, CheckFormat}},
		{"British department out of range", "GBGD500", TaxID{"GBGD500", "GB", TaxGBVAT, CheckInvalid}},
		{"British health authority", "GBHA599", TaxID{"GBHA599", "GB", TaxGBVAT, CheckFormat}},
		{"British", "GB 123 4567 82", TaxID{"GB123456782", "GB", TaxGBVAT, CheckValid}},
		{"Northern Irish", "XI 123 4567 82", TaxID{"XI123456782", "GB", TaxEUVAT, CheckValid}},
		{"Norwegian", "NO 912 345 688 MVA", TaxID{"NO912345688MVA", "NO", TaxNOMVA, CheckValid}},
		{"Norwegian without MVA", "NO912345688", TaxID{"NO912345688MVA", "NO", TaxNOMVA, CheckValid}},
		{"Norwegian without NO", "912 345 688 MVA", TaxID{"NO912345688MVA", "NO", TaxNOMVA, CheckValid}},
		{"Swiss", "CHE-123.456.788 MWST", TaxID{"CHE123456788", "CH", TaxCHUID, CheckValid}},
		{"Swiss, Italian", "CHE-123.456.788 IVA", TaxID{"CHE123456788", "CH", TaxCHUID, CheckValid}},
		{"Swiss, wrong", "CHE-123.456.789 TVA", TaxID{"CHE123456789", "CH", TaxCHUID, CheckInvalid}},
		{"Swiss of six digits", "CH 123456", TaxID{"CH123456", "CH", TaxCHUID, CheckInvalid}},
		{"country without rules", "AE 100 1234 5670 0003", TaxID{"AE100123456700003", "AE", TaxNumber, CheckFormat}},
		{"a word", "something", TaxID{"SOMETHING", "", TaxNumber, CheckInvalid}},
		{"no prefix", "12/345/67890", TaxID{"1234567890", "", TaxNumber, CheckInvalid}},
		{"not ASCII", "Äö1", TaxID{"ÄÖ1", "", TaxNumber, CheckInvalid}},
		{"not ASCII after the prefix", "DE12345678٣", TaxID{"DE12345678٣", "DE", TaxEUVAT, CheckInvalid}},
		{"prefix only", "DE", TaxID{"DE", "DE", TaxEUVAT, CheckInvalid}},
		{"one letter", "D", TaxID{"D", "", TaxNumber, CheckInvalid}},
		{"empty", "", TaxID{"", "", TaxNumber, CheckInvalid}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ParseVATID(c.in); got != c.want {
				t.Errorf("ParseVATID(%q) = %+v, want %+v", c.in, got, c.want)
			}
		})
	}
}

func TestSameTaxID(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"notation", "DE 123.456.788", "de123456788", true},
		{"Greek prefixes", "GR123456783", "EL 123 456 783", true},
		{"Norwegian notations", "912 345 688 MVA", "NO912345688", true},
		{"Swiss languages", "CHE-123.456.788 TVA", "CHE123456788MWST", true},
		{"other digit", "DE123456788", "DE123456789", false},
		{"VAT id and SIREN", "FR11123456782", "123456782", false},
		{"numbers without a country", "12/345/67890", "12 345 67890", true},
		{"empty", "", "", false},
		{"separators only", "-", " ", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := SameTaxID(c.a, c.b); got != c.want {
				t.Errorf("SameTaxID(%q, %q) = %v", c.a, c.b, got)
			}
		})
	}
}

func TestValidSIREN(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     bool
	}{
		{"made up", "123456782", true},
		{"separators", "123 456 782", true},
		{"La Poste", "356000000", true},
		{"wrong digit", "123456783", false},
		{"short", "12345678", false},
		{"letter", "12345678A", false},
		{"zeros", "000000000", false},
		{"empty", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ValidSIREN(c.in); got != c.want {
				t.Errorf("ValidSIREN(%q) = %v", c.in, got)
			}
		})
	}
	eachWrongDigit("123456782", func(s string) {
		if ValidSIREN(s) {
			t.Errorf("%s passes", s)
		}
	})
}

func TestValidSIRET(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     bool
	}{
		{"made up", "12345678200010", true},
		{"separators", "123 456 782 00010", true},
		{"wrong digit", "12345678200011", false},
		{"Luhn right, SIREN wrong", "12345678300000", false},
		{"La Poste, head office", "35600000000048", true},
		{"La Poste, sum of five", "35600000000001", true},
		{"La Poste, other sum", "35600000000002", false},
		{"a SIREN", "123456782", false},
		{"empty", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ValidSIRET(c.in); got != c.want {
				t.Errorf("ValidSIRET(%q) = %v", c.in, got)
			}
		})
	}
}

func FuzzParseVATID(f *testing.F) {
	for _, c := range madeVATIDs {
		f.Add(c.id)
	}
	f.Add("\xff\xfe")
	f.Fuzz(func(t *testing.T, s string) {
		id := ParseVATID(s)
		if again := ParseVATID(id.Value); id.Value != "" && again.Value != id.Value {
			t.Errorf("%q becomes %q, then %q", s, id.Value, again.Value)
		}
		ValidIBAN(s)
		FormatIBAN(s)
		ValidBIC(s)
		ValidSIREN(s)
		ValidSIRET(s)
	})
}
