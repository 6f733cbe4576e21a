package pagefacts

import "testing"

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

func TestReadLetters(t *testing.T) {
	for _, p := range letters {
		t.Run(p.name, func(t *testing.T) {
			wants(t, Read(p.doc), p.want)
		})
	}
}
