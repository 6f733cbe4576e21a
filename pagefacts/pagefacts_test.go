package pagefacts

import "testing"

// papers are invented; each shows a rule that the others do not.
var papers = []struct {
	name string
	doc  Document
	want map[string]string
}{
	{"English, two rates, table", sheet(`
Northwind Tools Ltd ~420|INVOICE
12 Harbour Street ~360|Invoice No: NT-2024-0117
Bristol BS1 4QA ~360|Invoice Date: 03/05/2024
VAT No GB 123 4567 82 ~360|Due Date: 02/06/2024
~360|Your order: PO-7781

Bill To:
Meadow Bakery Limited
4 Mill Lane
Leeds LS1 4AP

Description ~300|Qty ~360|Unit Price ~430|VAT % ~500|Amount
Steel shelf, 2 m ~300|4 ~360|120.00 ~430|20% ~500|480.00
with fittings
Manual, printed ~300|10 ~360|5.50 ~430|5% ~500|55.00

~360|Subtotal ~500|£535.00
~360|VAT 20% on 480.00 ~500|£96.00
~360|VAT 5% on 55.00 ~500|£2.75
~360|Total ~500|£633.75
`), map[string]string{
		"kind": Invoice, "number": "NT-2024-0117", "issue": "2024-05-03", "due": "2024-06-02", "currency": "GBP", "net": "535.00", "tax": "98.75", "gross": "633.75", "payable": "633.75",
		"seller": "Northwind Tools Ltd", "buyer": "Meadow Bakery Limited", "order": "PO-7781", "lines": "2", "language": "en",
	}},

	{"French, deposit paid", sheet(`
ATELIER DUPONT SARL
14 rue des Lilas
69003 LYON
N° TVA : FR 40 303 265 045 ~330|Facturé à :
~330|Mairie de Valmont
FACTURE N° FA-2023-118 ~330|1 place de la République
Date de facture : 7 mars 2023 ~330|76540 VALMONT
Date d'échéance : 06/04/2023

Désignation ~320|Qté ~380|P.U. HT ~480|Total HT
Pose de fenêtres ~320|3 ~380|400,00 ~480|1 200,00

~380|Total HT ~480|1 200,00 €
~380|TVA 10 % ~480|120,00 €
~380|Total TTC ~480|1 320,00 €
~380|Acompte versé ~480|320,00 €
~380|Net à payer ~480|1 000,00 €

IBAN : FR76 3000 6000 0112 3456 7890 189 BIC : AGRIFRPP
`), map[string]string{
		"kind": Invoice, "number": "FA-2023-118", "issue": "2023-03-07", "due": "2023-04-06", "currency": "EUR", "net": "1200.00", "tax": "120.00", "gross": "1320.00", "payable": "1000.00",
		"seller": "ATELIER DUPONT SARL", "vat": "FR40303265045", "buyer": "Mairie de Valmont", "iban": "FR7630006000011234567890189", "bic": "AGRIFRPP", "lines": "1", "language": "fr",
	}},

	{"German, sender's line above the recipient", sheet(`
Sonnentau Gartenbau GmbH · Am Bach 7 · 79100 Freiburg
Herrn
Klaus Feldmann
Talweg 3
79199 Kirchzarten

Rechnung Nr. 2024/0042 vom 12.01.2024
Kundennummer: 10077 ~300|Lieferdatum: 09.01.2024

Pos ~80|Bezeichnung ~300|Menge ~360|Einzelpreis ~460|Gesamt
1 ~80|Obstbaum ~300|2 ~360|45,00 ~460|90,00
2 ~80|Pflanzung ~300|3,5 ~360|52,00 ~460|182,00

~360|Nettobetrag ~460|272,00 €
~360|zzgl. 19% MwSt. ~460|51,68 €
~360|Gesamtbetrag ~460|323,68 €

Bitte überweisen Sie den Betrag bis zum 26.01.2024.

Sonnentau Gartenbau GmbH ~250|USt-IdNr. DE136695976 ~420|IBAN DE89 3704 0044 0532 0130 00
`), map[string]string{
		"kind": Invoice, "number": "2024/0042", "issue": "2024-01-12", "due": "2024-01-26", "currency": "EUR", "net": "272.00", "tax": "51.68", "gross": "323.68",
		"seller": "Sonnentau Gartenbau GmbH", "buyer": "Klaus Feldmann", "vat": "DE136695976", "iban": "DE89370400440532013000", "customer": "10077", "delivery": "2024-01-09", "lines": "2", "language": "de",
	}},

	{"credit note with its sign", sheet(`
Kestrel Supplies Inc.
900 Lake Avenue
Chicago IL 60601

CREDIT NOTE
Credit Note No. CN-88
Date: 11/28/2023

Bill to: Orchard Partners LLC

~360|Subtotal ~480|-$200.00
~360|Sales Tax ~480|-$16.50
~360|Total ~480|-$216.50
`), map[string]string{"kind": CreditNote, "number": "CN-88", "issue": "2023-11-28", "currency": "USD", "net": "-200.00", "tax": "-16.50", "gross": "-216.50", "seller": "Kestrel Supplies Inc", "buyer": "Orchard Partners LLC"}},

	{"Dutch", sheet(`
Fietsenmaker De Ketting B.V.
Kanaalstraat 8
3531 CJ Utrecht
BTW-nummer NL004495445B01

Factuur
Factuurnummer ~160|20231205
Factuurdatum ~160|05-12-2023
Vervaldatum ~160|19-12-2023

~360|Subtotaal ~480|€ 82,64
~360|BTW 21% ~480|€ 17,36
~360|Totaal incl. BTW ~480|€ 100,00
`), map[string]string{"number": "20231205", "issue": "2023-12-05", "due": "2023-12-19", "currency": "EUR", "net": "82.64", "tax": "17.36", "gross": "100.00", "seller": "Fietsenmaker De Ketting B.V", "vat": "NL004495445B01", "language": "nl"}},

	{"Italian", sheet(`
Officina Rossi S.r.l.
Via Garibaldi 15
20121 Milano
P. IVA IT00743110157

Fattura n. 77/A del 15/02/2024
Scadenza: 16/03/2024

~360|Imponibile ~480|1.500,00
~360|IVA 22% ~480|330,00
~360|Totale fattura ~480|€ 1.830,00
`), map[string]string{"number": "77/A", "issue": "2024-02-15", "due": "2024-03-16", "net": "1500.00", "tax": "330.00", "gross": "1830.00", "currency": "EUR", "language": "it"}},

	{"Spanish", sheet(`
Bodegas Altamira S.L.
Calle Mayor 22
28013 Madrid

Factura
Nº de factura: F24-0031
Fecha de factura: 20 de enero de 2024
Vencimiento: 19/02/2024

~360|Base imponible ~480|640,00 €
~360|IVA 21% ~480|134,40 €
~360|Total factura ~480|774,40 €
`), map[string]string{"number": "F24-0031", "issue": "2024-01-20", "due": "2024-02-19", "net": "640.00", "tax": "134.40", "gross": "774.40", "seller": "Bodegas Altamira S.L", "language": "es"}},

	{"Polish", sheet(`
Sprzedawca:
Drukarnia Lis sp. z o.o.
ul. Polna 3
00-625 Warszawa
NIP PL5260001246

Faktura VAT nr FV/12/2023
Data wystawienia: 2023-12-08
Termin płatności: 2023-12-22

~360|Razem netto ~480|1 000,00
~360|Kwota VAT ~480|230,00
~360|Razem brutto ~480|1 230,00
Do zapłaty ~160|1 230,00 PLN
`), map[string]string{"number": "FV/12/2023", "issue": "2023-12-08", "due": "2023-12-22", "net": "1000.00", "tax": "230.00", "gross": "1230.00", "currency": "PLN", "seller": "Drukarnia Lis sp. z o.o", "language": "pl"}},

	{"labels over their values, Swiss amounts", sheet(`
Alpenquell AG
Seestrasse 40
8002 Zürich

Rechnungsnummer ~180|Rechnungsdatum ~320|Fällig am
R-5510 ~180|01.02.2024 ~320|02.03.2024

~300|Netto ~400|MWST ~480|Total CHF
~300|10'000.00 ~400|810.00 ~480|10'810.00
`), map[string]string{"number": "R-5510", "issue": "2024-02-01", "due": "2024-03-02", "net": "10000.00", "tax": "810.00", "gross": "10810.00", "currency": "CHF", "seller": "Alpenquell AG"}},

	{"sums that do not add up are left out", sheet(`
Grauwacke GmbH
Invoice No: 77
Date: 2024-01-01
Net total ~300|100.00 EUR
VAT ~300|19.00 EUR
Total ~300|150.00 EUR
`), map[string]string{"number": "77", "net": "", "tax": ""}},
}

func TestRead(t *testing.T) {
	for _, p := range papers {
		t.Run(p.name, func(t *testing.T) {
			wants(t, Read(p.doc), p.want)
		})
	}
}

// Every fact points at the words it was read from.
func TestFactsHavePlaces(t *testing.T) {
	f := Read(papers[0].doc)
	for _, fact := range []Fact{f.Number, f.IssueDate, f.NetTotal, f.GrossTotal, f.SellerName, f.BuyerName, f.Lines[0].LineTotal} {
		if fact.Page != 1 || fact.Quote == "" || fact.BBox[2] <= fact.BBox[0] || fact.BBox[3] <= fact.BBox[1] {
			t.Errorf("%q has no place: page %d, box %v, quote %q", fact.Value, fact.Page, fact.BBox, fact.Quote)
		}
	}
}
