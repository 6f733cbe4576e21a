package pagefacts

import (
	"fmt"
	"strings"
	"testing"
)

// letters are invented papers that people wrote by hand in a text program.
var letters = []struct {
	name string
	doc  Document
	want map[string]string
}{
	{"parties side by side", sheet(`
From: ~300|To:
Harbour Books ~300|Ms Ellen Ford
9 Quay Street ~300|22 Hill Road
Dublin D02 X285 ~300|Cork T12 W8KP
VAT: IE6388047V

TAX INVOICE
Invoice number / date ~200|HB-221 / 14 March 2024
Description ~400|Amount
Books ~400|€80.00
Total ex VAT ~400|€80.00
VAT @ 9% ~400|€7.20
Total inc VAT ~400|€87.20
Please pay within 30 days to IBAN IE29 AIBK 9311 5212 3456 78
`), map[string]string{"number": "HB-221", "issue": "2024-03-14", "currency": "EUR", "net": "80.00", "tax": "7.20", "gross": "87.20", "seller": "Harbour Books", "vat": "IE6388047V", "buyer": "Ellen Ford", "iban": "IE29AIBK93115212345678"}},

	{"craftsman's letter", sheet(`
Malerbetrieb Hans Vogel
Inh. Hans Vogel
Schulweg 2, 79312 Emmendingen

Frau
Sabine Krüger
Lindenstr. 5
79312 Emmendingen

Emmendingen, den 3.4.2023
Rechnungs-Nr.: 2023-118
Rechnungsbetrag netto ~400|1.100,00 €
+ 19 % MwSt ~400|209,00 €
Rechnungsbetrag brutto ~400|1.309,00 €
Zahlbar innerhalb von 14 Tagen ohne Abzug.
`), map[string]string{"number": "2023-118", "issue": "2023-04-03", "net": "1100.00", "tax": "209.00", "gross": "1309.00", "seller": "Malerbetrieb Hans Vogel", "buyer": "Sabine Krüger"}},

	{"number below the title", sheet(`
Rechnung
Nr. 17/2023
Datum 05.06.2023
Fotostudio Anna Lenz, Marktplatz 1, 88045 Friedrichshafen
An
Verein der Musikfreunde e.V.
Seestr. 9
88045 Friedrichshafen
Leistung ~400|Betrag
Fotos Konzert ~400|450,00 €
Gesamtbetrag ~400|450,00 €
Gemäß § 19 UStG wird keine Umsatzsteuer berechnet.
`), map[string]string{"number": "17/2023", "issue": "2023-06-05", "gross": "450.00", "net": "", "tax": "", "seller": "Fotostudio Anna Lenz", "buyer": "Verein der Musikfreunde e.V"}},

	{"French, without VAT", sheet(`
Claire Martin - Graphiste
18 rue Pasteur, 33000 Bordeaux
SIRET 812 345 678 00012
Facture n°2024-07
Bordeaux, le 12 avril 2024
Client : Librairie du Port
5 quai des Marques, 33300 Bordeaux
Prestation ~400|Montant
Création d'affiche ~400|450,00 €
Total à payer ~400|450,00 €
TVA non applicable, art. 293 B du CGI
Échéance : 12 mai 2024
`), map[string]string{"number": "2024-07", "issue": "2024-04-12", "due": "2024-05-12", "gross": "450.00", "tax": "", "seller": "Claire Martin - Graphiste", "buyer": "Librairie du Port"}},

	{"paid in part, nothing taxed", sheet(`
Invoice #12345
Billing Date 10-Jan-24
CloudNest GmbH
Reverse charge: VAT 0% ~400|0.00 EUR
Subtotal ~400|1200.00 EUR
Total ~400|1200.00 EUR
Payments received ~400|200.00 EUR
Amount due (EUR) ~400|1000.00 EUR
`), map[string]string{"number": "12345", "issue": "2024-01-10", "currency": "EUR", "net": "1200.00", "tax": "0.00", "gross": "1200.00", "payable": "1000.00", "seller": "CloudNest GmbH"}},

	{"headers over their values", sheet(`
~350|INVOICE
~350|INVOICE # ~450|DATE
~350|4471 ~450|1/31/2024
~350|CUSTOMER ID ~450|TERMS
~350|C-99 ~450|Net 15
Blue Ridge Landscaping
100 Main St
Asheville, NC 28801
Phone: (828) 555-0110
BILL TO
Tom Sawyer
DESCRIPTION ~400|AMOUNT
Mowing ~400|300.00
Subtotal ~400|300.00
Taxable ~400|300.00
Tax rate ~400|7.000%
Tax due ~400|21.00
Other ~400|-
TOTAL ~400|$ 321.00
`), map[string]string{"number": "4471", "issue": "2024-01-31", "currency": "USD", "net": "300.00", "tax": "21.00", "gross": "321.00", "buyer": "Tom Sawyer", "customer": "C-99", "seller": "Blue Ridge Landscaping"}},

	{"Polish, parties side by side", sheet(`
Sprzedawca ~300|Nabywca
Stolarnia Dąb ~300|Jan Kowalski
ul. Leśna 4 ~300|ul. Długa 8
30-001 Kraków ~300|31-002 Kraków
NIP: 526-000-12-46
Faktura nr 5/2024 z dnia 10.02.2024
Razem do zapłaty: 2 460,00 zł
`), map[string]string{"number": "5/2024", "issue": "2024-02-10", "currency": "PLN", "gross": "2460.00", "seller": "Stolarnia Dąb", "buyer": "Jan Kowalski"}},

	{"Swedish words", sheet(`
INVOICE
Ref: 2024-556
Date: 2024/03/09
Supplier: Ostrich Media AB
Customer: Polar Foods Oy
Amount excl. tax 1 000.00
Moms 25% 250.00
Att betala 1 250.00 SEK
`), map[string]string{"issue": "2024-03-09", "currency": "SEK", "net": "1000.00", "tax": "250.00", "gross": "1250.00", "seller": "Ostrich Media AB", "buyer": "Polar Foods Oy"}},
}

// Papers whose letterhead is a picture: who is written to stands in the window and has no
// label, who writes stands in the foot.
var windows = []struct {
	name string
	doc  Document
	want map[string]string
}{
	{"German, two firms", letter(`
Bauhof Lindner GmbH
Ringstraße 4
99423 Weimar

~380|Datum: 04.05.2026
~380|Kundennr.: 40017
Rechnung Nr. 2026-0871
Beratung ~400|1.000,00 EUR
Netto ~400|1.000,00 EUR
19 % MwSt. ~400|190,00 EUR
Rechnungsbetrag ~400|1.190,00 EUR
`, `
Nordlicht Planung AG ~220|Geschäftsführerin: Ida Blum ~400|Sparkasse Kiel
Hafenweg 9, 24103 Kiel ~220|Amtsgericht Kiel HRB 9911 ~400|IBAN DE89 3704 0044 0532 0130 00
Tel. 0431 99 11 00 ~220|USt-IdNr. DE123456788 ~400|BIC COBADEFFXXX
`), map[string]string{"number": "2026-0871", "gross": "1190.00", "seller": "Nordlicht Planung AG", "buyer": "Bauhof Lindner GmbH", "vat": "DE123456788"}},

	{"French, window to the right", letter(`
~320|Librairie du Port SARL
~320|5 quai des Marques
~320|33300 Bordeaux

Facture n° F-2026-19
Date : 12/04/2026
Prestation ~400|450,00 €
Total HT ~400|450,00 €
TVA 20 % ~400|90,00 €
Total TTC ~400|540,00 €
`, `
Imprimerie Vauban SAS - 12 rue Vauban - 59000 Lille - RCS Lille 303 265 045 - TVA FR40303265045 - contact@imprimerie-vauban.fr
`), map[string]string{"number": "F-2026-19", "gross": "540.00", "seller": "Imprimerie Vauban SAS", "buyer": "Librairie du Port SARL"}},

	{"a private buyer", letter(`
Sabine Krüger
Lindenstr. 5
79312 Emmendingen

Rechnung 118 vom 03.04.2026
Malerarbeiten ~400|1.309,00 €
Gesamtbetrag ~400|1.309,00 €
`, `
Farbwerk Vogel GmbH ~250|Volksbank Breisgau ~420|Steuernr. 05/123/45678
Schulweg 2 ~250|IBAN DE89 3704 0044 0532 0130 00 ~420|HRB 4410 Freiburg
79312 Emmendingen ~250|www.farbwerk-vogel.de
`), map[string]string{"gross": "1309.00", "seller": "Farbwerk Vogel GmbH", "buyer": "Sabine Krüger"}},

	{"the seller's own block at the same height, with its telephone", letter(`
Holzbau Steiner KG
Sägeweg 3
6020 Innsbruck
Tel. 0512 111 222

Rechnung 77 vom 03.04.2026
Gesamtbetrag ~400|500,00 €
`, `
Zahlbar auf IBAN AT61 1904 3002 3457 3201 ~350|UID ATU13585627
`), map[string]string{"gross": "500.00", "seller": "Holzbau Steiner KG"}},

	{"the seller's block without a telephone, and the buyer's below", letter(`
Bei Spiel GmbH
Ecke 12
12345 Stadthausen

Kunde AG
Bahnstr. 42
88802 Spielkreis

Rechnung 77 vom 03.04.2026
Gesamtbetrag ~400|500,00 €
`, `
Max Mustermann ~350|IBAN AT61 1904 3002 3457 3201
Ecke 12 ~350|HRB 1234
12345 Stadthausen
`), map[string]string{"gross": "500.00", "seller": "Bei Spiel GmbH"}},
}

// letter is a page with rows below the letterhead, from 50 mm on, and rows at its foot.
func letter(rows, foot string) Document {
	body, below := sheet(strings.Repeat("\n", 8)+"~50| \n"+strings.Repeat(" \n", 7)+strings.Trim(rows, "\n")), sheet(foot)
	for _, w := range below.Pages[0].Words {
		w.Y0, w.Y1 = w.Y0+720, w.Y1+720
		body.Pages[0].Words = append(body.Pages[0].Words, w)
	}
	return body
}

func TestAddressWindow(t *testing.T) {
	for _, p := range windows {
		t.Run(p.name, func(t *testing.T) {
			wants(t, Read(p.doc), p.want)
		})
	}
}

func TestReadLetters(t *testing.T) {
	for _, p := range letters {
		t.Run(p.name, func(t *testing.T) {
			wants(t, Read(p.doc), p.want)
		})
	}
}

// Who is written to and who writes, over all pairs of these and four feet.
func TestAddressWindowCombined(t *testing.T) {
	buyers := []string{"Bauhof Lindner GmbH", "Café Morgenrot", "Dr. Ellen Ford", "Stadtwerke Musterhausen AöR", "Libreria Aurora S.r.l."}
	sellers := [][3]string{{"Nordlicht Planung AG", "Hafenweg 9", "24103 Kiel"}, {"Malerbetrieb Hans Vogel", "Schulweg 2", "79312 Emmendingen"}, {"Olio Belvedere S.r.l.", "Via Po 1", "00198 Roma"}, {"Brandt & Söhne GmbH & Co. KG", "Am Wall 7", "28195 Bremen"}}
	feet := []string{
		"%[1]s ~220|Amtsgericht Kiel HRB 9911 ~400|Sparkasse Kiel\n%[2]s ~220|Geschäftsführer: Jan Moor ~400|IBAN DE89 3704 0044 0532 0130 00\n%[3]s ~220|USt-IdNr. DE123456788",
		"%[1]s · %[2]s · %[3]s · USt-IdNr. DE123456788\nIBAN DE89 3704 0044 0532 0130 00",
		"Bankverbindung: IBAN DE89 3704 0044 0532 0130 00 ~320|%[1]s\nUSt-IdNr. DE123456788 ~320|%[2]s, %[3]s",
		"%[1]s - %[2]s - %[3]s - Tel. 0431 991100 - HRB 9911 - USt-IdNr. DE123456788",
	}
	right := 0
	for _, buyer := range buyers {
		for _, s := range sellers {
			for n, foot := range feet {
				f := Read(letter(buyer+"\nRingstraße 4\n99423 Weimar\n\n~380|Datum: 04.05.2026\nRechnung Nr. 2026-0871\nBeratung ~400|1.000,00 EUR\nNetto ~400|1.000,00 EUR\n19 % MwSt. ~400|190,00 EUR\nRechnungsbetrag ~400|1.190,00 EUR",
					fmt.Sprintf(foot, s[0], s[1], s[2])))
				if got := f.SellerName.Value; got != "" && squeeze(got) != squeeze(s[0]) {
					t.Errorf("foot %d of %s, to %s: the seller is %q", n, s[0], buyer, got)
				} else if got != "" {
					right++
				}
			}
		}
	}
	all := len(buyers) * len(sellers) * len(feet)
	t.Logf("FIGURE sellers of %d letters: %d right, %d abstained", all, right, all-right)
	if right*10 < all*7 {
		t.Errorf("%d of %d sellers are found", right, all)
	}
}
