package pagefacts

import "testing"

// papers that say who sells and who pays without a label, and items without headings.
var unlabelled = []struct {
	name string
	doc  Document
	want map[string]string
}{
	{"an imprint at the foot, the addressee above", letter(`
Malerbetrieb Jochim GmbH
Buchhaltung
Osterkamp 3
25524 Itzehoe

Rechnung Nr. 4711
Gesamtbetrag ~400|119,00 €
`, `
Nordlicht Strom AG · USt-IdNr. DE123456788 · Hafenweg 9 · 24103 Kiel · HRB 9911
`), map[string]string{"seller": "Nordlicht Strom AG", "buyer": "Malerbetrieb Jochim GmbH"}},
	{"the bank is not the seller", letter(`
Bill to
Vandermolen Payments N.V.
Keizersgracht 900
1017 EM Amsterdam

Invoice No. GSC-0231
Total EUR ~400|6,925.00
`, `
Pay to
Liffey Bay Bank · IBAN DE89 3704 0044 0532 0130 00 · BIC LFYBIE2D
`), map[string]string{"seller": "", "buyer": "Vandermolen Payments N.V"}},
	{"the firm above the person it is addressed to", letter(`
De Groene Wending
T.a.v. de administratie
Molenkade 6
3981 GG Bunnik

Factuurnummer F25-01822
Totaal incl. btw ~400|121,00 €
`, ``), map[string]string{"buyer": "De Groene Wending"}},
}

func TestUnlabelledParties(t *testing.T) {
	for _, p := range unlabelled {
		t.Run(p.name, func(t *testing.T) {
			wants(t, Read(p.doc), p.want)
		})
	}
}

func TestItemsWithoutHeadings(t *testing.T) {
	f := Read(letter(`
Rechnung Nr. 12-2024
Lektorat, 214 Seiten ~400|1.016,50 Euro
Formatierung ~415|76,00 Euro
Porto ~415|31,00 Euro
Rechnungsbetrag ~400|1.123,50 Euro
`, ``))
	var got []string
	for _, l := range f.Lines {
		got = append(got, l.LineTotal.Value+" "+l.Description.Value)
	}
	if len(got) != 3 || got[0] != "1016.50 Lektorat, 214 Seiten" || got[2] != "31.00 Porto" {
		t.Errorf("the items are %q", got)
	}
	if f = Read(letter("Rechnung Nr. 12-2024\nLektorat ~400|1.016,50 Euro\nPorto ~415|31,00 Euro\nRechnungsbetrag ~400|1.123,50 Euro", "")); len(f.Lines) != 0 {
		t.Errorf("amounts that make no total are items: %v", f.Lines)
	}
}

func TestDocumentNumber(t *testing.T) {
	for text, want := range map[string]string{
		"Rechnungsnummer 7741 0032 9185": "7741 0032 9185",
		"Invoice No. FR 2025A/4418":      "FR 2025A/4418",
		"Invoice No. 4711 2025":          "4711",
		"Rechnungsnummer 4711":           "4711",
	} {
		if got := Read(letter(text, "")).Number.Value; got != want {
			t.Errorf("%s: the number is %q", text, got)
		}
	}
}

func TestHomeNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"ABN 51 824 753 556":                "51824753556",
		"ABN 51 824 753 557":                "", // its check digits are wrong
		"GST/HST 81204 4774 RT0001":         "812044774RT0001",
		"EIN 12-3456789":                    "",
		"GSTIN: 29AAKCV4471P1ZC":            "29AAKCV4471P1ZC",
		"KvK 28114095 • btw NL818304273B01": "NL818304273B01",
	} {
		if got := Read(letter("Tax Invoice No. 17\n"+text, "")).SellerVATID.Value; got != want {
			t.Errorf("%s: the tax number is %q", text, got)
		}
	}
}

func TestReminderIsNoInvoice(t *testing.T) {
	text := "Le Havre, le 19 mai 2025\nObjet : deuxième relance – facture n° 2025-0388\nMontant TTC ~400|1 142,40 €"
	if is, why := LooksLikeInvoice(letter(text, "")); is {
		t.Error("a reminder is an invoice:", why)
	}
}
