package record

import "testing"

func TestIBAN(t *testing.T) {
	for s, want := range map[string]bool{
		"GB82 WEST 1234 5698 7654 32": true, "DE89370400440532013000": true, "FR14 2004 1010 0505 0001 3M02 606": true,
		"IBAN NL91ABNA0417164300": true, "NO9386011117947": true, "be68 5390 0754 7034": true,
		"DE89370400440532013001": false, "DE8937040044053201300": false, "ZZ89370400440532013000": false, "": false, "DE": false,
		"DE89 3704 0044 0532 0130 0O": false, "GB82WEST1234569876543é": false,
	} {
		if got := ValidIBAN(s); got != want {
			t.Errorf("ValidIBAN(%q) = %v", s, got)
		}
	}
}

// A single wrong digit never passes: modulo 97 finds every one.
func TestIBANFindsEveryWrongDigit(t *testing.T) {
	const good = "DE89370400440532013000"
	for i := 2; i < len(good); i++ {
		for d := byte('0'); d <= '9'; d++ {
			bad := []byte(good)
			if bad[i] == d {
				continue
			}
			bad[i] = d
			if ValidIBAN(string(bad)) {
				t.Errorf("%s passes", bad)
			}
		}
	}
}

// The numbers are the examples of the national definitions, or made by their rule.
func TestVATIDs(t *testing.T) {
	for _, c := range []struct {
		in, value, kind string
		check           Check
	}{
		{"DE 136.695.976", "DE136695976", "eu_vat", CheckValid},
		{"DE136695978", "DE136695978", "eu_vat", CheckInvalid},
		{"ATU13585627", "ATU13585627", "eu_vat", CheckValid},
		{"ATU13585626", "ATU13585626", "eu_vat", CheckInvalid},
		{"BE 403.019.261", "BE0403019261", "eu_vat", CheckValid},
		{"BE0403019262", "BE0403019262", "eu_vat", CheckInvalid},
		{"DK 13585628", "DK13585628", "eu_vat", CheckValid},
		{"EE100931558", "EE100931558", "eu_vat", CheckValid},
		{"GR 094259216", "EL094259216", "eu_vat", CheckValid},
		{"ES A13585625", "ESA13585625", "eu_vat", CheckValid},
		{"ESX5910266W", "ESX5910266W", "eu_vat", CheckValid},
		{"ES54362315K", "ES54362315K", "eu_vat", CheckValid},
		{"FI 20774740", "FI20774740", "eu_vat", CheckValid},
		{"Fr 40 303 265 045", "FR40303265045", "eu_vat", CheckValid},
		{"FR84 323 140 391", "FR84323140391", "eu_vat", CheckInvalid},
		{"FRK7399859412", "FRK7399859412", "eu_vat", CheckFormat},
		{"GB 980 7806 84", "GB980780684", "gb_vat", CheckValid},
		{"GB802311781", "GB802311781", "gb_vat", CheckInvalid},
		{"HR33392005961", "HR33392005961", "eu_vat", CheckValid},
		{"HU-12892312", "HU12892312", "eu_vat", CheckValid},
		{"IE 6433435F", "IE6433435F", "eu_vat", CheckValid},
		{"IE6433435OA", "IE6433435OA", "eu_vat", CheckValid},
		{"IT 00743110157", "IT00743110157", "eu_vat", CheckValid},
		{"LU 15027442", "LU15027442", "eu_vat", CheckValid},
		{"MT11679112", "MT11679112", "eu_vat", CheckValid},
		{"NL004495445B01", "NL004495445B01", "eu_vat", CheckValid},
		{"NL002455799B11", "NL002455799B11", "eu_vat", CheckValid},
		{"NO 995 525 828 MVA", "NO995525828MVA", "no_mva", CheckValid},
		{"PL 8567346215", "PL8567346215", "eu_vat", CheckValid},
		{"PT 501 964 843", "PT501964843", "eu_vat", CheckValid},
		{"SE 123456789701", "SE123456789701", "eu_vat", CheckValid},
		{"SI 5022 3054", "SI50223054", "eu_vat", CheckValid},
		{"SK 202 274 96 19", "SK2022749619", "eu_vat", CheckValid},
		{"CHE-100.155.212 MWST", "CHE100155212", "ch_uid", CheckValid},
		{"CHE107787577IVA", "CHE107787577", "ch_uid", CheckValid},
		{"US12", "US12", "tax_number", CheckFormat},
		{"", "", "tax_number", CheckInvalid},
		{"DE12", "DE12", "eu_vat", CheckInvalid},
		{"DEüüüüüüüüü", "DEüüüüüüüüü", "eu_vat", CheckInvalid},
	} {
		got := ParseVATID(c.in)
		if got.Value != c.value || got.Type != c.kind || got.Check != c.check {
			t.Errorf("ParseVATID(%q) = %+v, want %s %s %s", c.in, got, c.value, c.kind, c.check)
		}
	}
	if !SameTaxID("DE 136 695 976", "de136695976") || SameTaxID("", "") || SameTaxID("DE136695976", "ATU13585627") {
		t.Error("SameTaxID is wrong")
	}
}

func TestFrenchNumbers(t *testing.T) {
	for s, want := range map[string]bool{"732 829 320": true, "732829321": false, "73282932": false} {
		if got := ValidSIREN(s); got != want {
			t.Errorf("ValidSIREN(%q) = %v", s, got)
		}
	}
	for s, want := range map[string]bool{"73282932000074": true, "73282932000075": false, "35600000049837": true} {
		if got := ValidSIRET(s); got != want {
			t.Errorf("ValidSIRET(%q) = %v", s, got)
		}
	}
}

func FuzzParseVATID(f *testing.F) {
	for _, s := range []string{"DE136695976", "IE1X23456T", "NL+*1234567B01", "ES", "CHE", "NO", "BE403019261", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { _, _, _ = ParseVATID(s), ValidIBAN(s), ValidSIRET(s) })
}
