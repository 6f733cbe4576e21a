package pagefacts

import (
	"strings"
	"testing"
)

// sheet lays texts out as a page: each line is a row, two or more spaces part its
// columns, and a letter is six points wide.
func sheet(lines ...string) Document {
	page := Page{N: 1, Width: 595, Height: 842}
	for row, line := range lines {
		for at := 0; at < len(line); {
			if line[at] == ' ' {
				at++
				continue
			}
			end := at
			for end < len(line) && line[end] != ' ' {
				end++
			}
			y := 40 + 16*float64(row)
			page.Words = append(page.Words, Word{Page: 1, X0: 40 + 6*float64(at), Y0: y, X1: 40 + 6*float64(end), Y1: y + 10, Text: line[at:end], Confidence: 1})
			at = end
		}
	}
	return Document{Pages: []Page{page}}
}

func TestInvoicesOfSeveralLanguages(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  map[string]string
	}{
		{"English", []string{"Harbour Tools Ltd", "12 Quay Street, Bristol", "", "INVOICE", "", "Invoice number: HT-2041", "Invoice date: 14 March 2026", "Due date: 13 April 2026", "",
			"Description            Qty     Price     Amount", "Cordless drill           2     95.00     190.00", "Bits                     1     10.00      10.00", "",
			"Subtotal                               200.00 GBP", "VAT 20%                                 40.00 GBP", "Total due                              240.00 GBP"},
			map[string]string{"number": "HT-2041", "date": "2026-03-14", "due": "2026-04-13", "gross": "240.00", "net": "200.00", "tax": "40.00", "currency": "GBP", "seller": "Harbour Tools Ltd"}},
		{"German", []string{"Elbwerk GmbH", "Hafenweg 3, 20457 Hamburg", "", "Rechnung", "", "Rechnungsnummer: 2026/118", "Rechnungsdatum: 05.02.2026", "",
			"Nettobetrag                         1.250,00 EUR", "MwSt. 19%                             237,50 EUR", "Gesamtbetrag                        1.487,50 EUR", "", "IBAN: DE89 3704 0044 0532 0130 00"},
			map[string]string{"number": "2026/118", "date": "2026-02-05", "gross": "1487.50", "net": "1250.00", "tax": "237.50", "currency": "EUR", "iban": "DE89370400440532013000", "seller": "Elbwerk GmbH"}},
		{"French", []string{"Atelier du Quai SARL", "8 rue des Tanneurs, 44000 Nantes", "", "FACTURE", "", "Facture n° : FA-0077", "Date de facture : 21/01/2026", "",
			"Total HT                              300,00 EUR", "TVA 20%                                60,00 EUR", "Total TTC                             360,00 EUR"},
			map[string]string{"number": "FA-0077", "date": "2026-01-21", "gross": "360.00", "net": "300.00", "tax": "60.00", "currency": "EUR", "seller": "Atelier du Quai SARL"}},
	} {
		f := Read(sheet(c.lines...))
		got := map[string]string{"number": f.Number.Value, "date": f.IssueDate.Value, "due": f.DueDate.Value, "gross": f.GrossTotal.Value, "net": f.NetTotal.Value,
			"tax": f.TaxTotal.Value, "currency": f.Currency.Value, "seller": f.SellerName.Value}
		if len(f.IBANs) > 0 {
			got["iban"] = f.IBANs[0].Value
		}
		for name, want := range c.want {
			if got[name] != want {
				t.Errorf("%s: %s is %q, want %q", c.name, name, got[name], want)
			}
		}
		if f.GrossTotal.Page != 1 || f.GrossTotal.BBox[2] <= f.GrossTotal.BBox[0] || f.GrossTotal.Quote == "" {
			t.Errorf("%s: the total has no place: %+v", c.name, f.GrossTotal)
		}
		if ok, why := LooksLikeInvoice(sheet(c.lines...)); !ok {
			t.Errorf("%s is not taken for an invoice: %s", c.name, why)
		}
	}
}

// What is no invoice is not taken for one, and nothing is made up.
func TestOtherPapers(t *testing.T) {
	list := sheet("Shopping list", "", "milk", "eggs, a dozen", "bread", "call Anna on Sunday")
	if ok, _ := LooksLikeInvoice(list); ok {
		t.Error("a shopping list is taken for an invoice")
	}
	if f := Read(list); f.GrossTotal.Value != "" || f.Number.Value != "" || len(f.IBANs) != 0 {
		t.Errorf("facts of a shopping list: %+v", f)
	}
	if ok, why := LooksLikeInvoice(Document{}); ok || strings.TrimSpace(why) == "" {
		t.Error("an empty document is taken for an invoice, or refused without a reason")
	}
}

func TestShows(t *testing.T) {
	d := sheet("Total 1.234,50 EUR am 05.02.2026", "Nr. RE-77/9")
	for value, want := range map[string]bool{"1234.50": true, "1234.51": false, "2026-02-05": true, "2026-02-06": false, "RE-77/9": true, "RE-78/9": false} {
		if got := d.Shows(value); got != want {
			t.Errorf("Shows(%q) = %v", value, got)
		}
	}
}
