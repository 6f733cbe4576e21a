package pagefacts

import "testing"

// layouts are invented papers in the forms of kinds of issuers.
var layouts = []struct {
	name string
	doc  Document
	want map[string]string
}{
	{"telephone bill, sentence-like", sheet(`
Lumière Télécom
Facture mobile du 02/07/2015 ~350|M. Paul Renard
N° de facture : 562044 ~350|8 impasse du Puits
Votre n° client : 12345678 ~350|31000 TOULOUSE

Abonnement et options ~480|24,99 €
Total HT ~480|24,99 €
TVA (20%) ~480|5,00 €
Total facture TTC ~480|29,99 €
Cette facture sera prélevée le 10/07/2015.
Lumière Télécom SAS au capital de 3 000 000 € - RCS PARIS 499 247 138
`), map[string]string{"number": "562044", "issue": "2015-07-02", "net": "24.99", "tax": "5.00", "gross": "29.99", "seller": "Lumière Télécom SAS", "customer": "12345678"}},

	{"hotel, whole amounts", sheet(`
Stay Simple Hotels Pvt. Ltd.
TAX INVOICE
Invoice Number: SSH2087 ~350|Date: 31/12/2017
Guest: A. Kumar
Room charges ~480|₹ 1780
GST 9% ~480|₹ 159
Grand Total ~480|₹ 1939
`), map[string]string{"number": "SSH2087", "issue": "2017-12-31", "gross": "1939", "currency": "INR", "seller": "Stay Simple Hotels Pvt. Ltd"}},

	{"web shop", sheet(`
Blauwdruk Webwinkel
Factuur
Factuurnummer: 993548900
Factuurdatum: 02-02-2015
Klantnummer: 77112

Product ~300|Aantal ~360|Prijs ~460|Totaal
Koptelefoon ~300|1 ~360|299,00 ~460|299,00

Subtotaal excl. BTW ~460|247,11
21% BTW ~460|51,89
Totaalbedrag ~460|€ 299,00
`), map[string]string{"number": "993548900", "issue": "2015-02-02", "net": "247.11", "tax": "51.89", "gross": "299.00", "currency": "EUR"}},

	{"software subscription, seller below the title", sheet(`
Invoice
Invoice number ~160|6D1F-0003
Date of issue ~160|February 4, 2024
Date due ~160|February 4, 2024

Pixelgarden, Inc. ~300|Bill to
354 Oyster Point Blvd ~300|Willow Design Studio
South San Francisco CA 94080 ~300|77 Elm Street
United States ~300|Portland OR 97201
billing@pixelgarden.com

$20.00 due February 4, 2024

Description ~300|Qty ~360|Unit price ~460|Amount
Team plan ~300|1 ~360|$20.00 ~460|$20.00
Feb 4 – Mar 4, 2024
~300|Subtotal ~460|$20.00
~300|Total ~460|$20.00
~300|Amount due ~460|$20.00
`), map[string]string{"number": "6D1F-0003", "issue": "2024-02-04", "due": "2024-02-04", "gross": "20.00", "currency": "USD", "seller": "Pixelgarden, Inc", "buyer": "Willow Design Studio"}},

	{"month before the day", sheet(`
Prairie Freight LLC
Invoice #: 1009
Invoice Date: 04/05/2023
Due Date: 04/25/2023
Bill To
Cedar Mill Co
Total ~300|$1,250.00
Balance Due ~300|$1,250.00
`), map[string]string{"number": "1009", "issue": "2023-04-05", "due": "2023-04-25", "gross": "1250.00", "seller": "Prairie Freight LLC", "buyer": "Cedar Mill Co"}},

	{"Indian grouping", sheet(`
Deccan Engineering Works Pvt Ltd
GSTIN: 29AABCU9603R1ZJ
Tax Invoice
Invoice No. DEW/23-24/118 ~350|Dated 15-Apr-2023
Buyer
Malabar Traders
Taxable Value ~460|1,25,000.00
IGST 18% ~460|22,500.00
Grand Total ~460|Rs. 1,47,500.00
`), map[string]string{"number": "DEW/23-24/118", "issue": "2023-04-15", "net": "125000.00", "tax": "22500.00", "gross": "147500.00", "currency": "INR", "vat": "29AABCU9603R1ZJ", "buyer": "Malabar Traders"}},

	{"German host, totals in columns", sheet(`
Rechenfels Hosting GmbH ~350|Rechnungsdatum: 04.08.2022
Industriestr. 25 ~350|Rechnungsnummer: R0018884
91710 Gunzenhausen ~350|Kundennummer: K0931

Yeti Software UG
Lange Gasse 4
20095 Hamburg

Rechnung

Produkt ~300|Menge ~360|Einzelpreis ~460|Gesamtpreis
Server CX41 ~300|1 ~360|13,12 ~460|13,12
Backup ~300|1 ~360|2,62 ~460|2,62

Summe netto ~460|15,74 €
Umsatzsteuer 19 % ~460|2,99 €
Zu zahlender Betrag ~460|18,73 €

Der Betrag wird am 11.08.2022 von Ihrem Konto abgebucht.
`), map[string]string{"number": "R0018884", "issue": "2022-08-04", "net": "15.74", "tax": "2.99", "gross": "18.73", "payable": "18.73", "seller": "Rechenfels Hosting GmbH", "customer": "K0931", "lines": "2"}},
	{"order page of a shop", sheet(`
Details for Order #112-5793878-2607402
Order Placed: June 2, 2021
Order number: 112-5793878-2607402
Order Total: $14.25
Items Ordered ~460|Price
1 of: Garden gloves ~460|$12.99
Item(s) Subtotal: ~460|$12.99
Shipping & Handling: ~460|$0.00
Total before tax: ~460|$12.99
Sales Tax: ~460|$1.26
Grand Total: ~460|$14.25
`), map[string]string{"order": "112-5793878-2607402", "issue": "2021-06-02", "net": "12.99", "tax": "1.26", "gross": "14.25", "currency": "USD"}},
}

func TestReadLayouts(t *testing.T) {
	for _, p := range layouts {
		t.Run(p.name, func(t *testing.T) {
			wants(t, Read(p.doc), p.want)
		})
	}
}
