package einvoice

import (
	"strings"
	"testing"
)

// TestWarnings reads documents with one fault each, which is left out or
// pointed at but does not stop the reading.
func TestWarnings(t *testing.T) {
	doc := func(body string) string { return ublOpen + ublBody + body + "</Invoice>" }
	totals := func(body string) string {
		return doc("<cbc:DocumentCurrencyCode>JPY</cbc:DocumentCurrencyCode><cac:LegalMonetaryTotal>" + body + "</cac:LegalMonetaryTotal>")
	}
	tests := []struct{ name, data, code, path string }{
		{"number twice", doc("<cbc:ID>T-2</cbc:ID>"), WarnRepeated, "/ubl:Invoice/cbc:ID[2]"},
		{"no such day", doc("<cbc:DueDate>2031-02-30</cbc:DueDate>"), WarnUnreadable, "/ubl:Invoice/cbc:DueDate"},
		{"small letters", doc("<cbc:DocumentCurrencyCode>eur</cbc:DocumentCurrencyCode>"), WarnUnreadable, "/ubl:Invoice/cbc:DocumentCurrencyCode"},
		{"quantity with a comma", doc("<cac:InvoiceLine/><cac:InvoiceLine><cbc:InvoicedQuantity>1,5</cbc:InvoicedQuantity></cac:InvoiceLine>"), WarnUnreadable, "/ubl:Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity"},
		{"long reference", doc("<cbc:BuyerReference>" + strings.Repeat("é", 1001) + "</cbc:BuyerReference>"), WarnTooLong, "/ubl:Invoice/cbc:BuyerReference"},
		{"another currency", totals(`<cbc:PayableAmount currencyID="EUR">1</cbc:PayableAmount>`), WarnCurrency, "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"},
		{"amount twice", totals(`<cbc:PayableAmount currencyID="JPY">1</cbc:PayableAmount><cbc:PayableAmount>2</cbc:PayableAmount>`), WarnRepeated, "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount[2]"},
		{"half a yen", totals(`<cbc:PayableAmount currencyID="JPY">10.50</cbc:PayableAmount>`), WarnDecimals, "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"},
		{"nothing to pay", doc("<cac:LegalMonetaryTotal><cbc:PayableAmount/></cac:LegalMonetaryTotal>"), WarnMissing, ""},
	}
	for _, tt := range tests {
		inv, err := Read([]byte(tt.data))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if !warned(inv, tt.code, tt.path) {
			t.Errorf("%s: no %s at %s in %+v", tt.name, tt.code, tt.path, inv.Warnings)
		}
	}
}

func warned(inv *Invoice, code, path string) bool {
	for _, w := range inv.Warnings {
		if w.Code == code && w.Path == path && w.Message != "" {
			return true
		}
	}
	return false
}

// TestWarningsAreBounded keeps a bad document from filling the store.
func TestWarningsAreBounded(t *testing.T) {
	line := "<cac:InvoiceLine><cbc:LineExtensionAmount>x</cbc:LineExtensionAmount></cac:InvoiceLine>"
	inv, err := Read([]byte(ublOpen + ublBody + strings.Repeat(line, 500) + "</Invoice>"))
	if err != nil || len(inv.Warnings) != maxWarnings || len(inv.Lines) != 500 {
		t.Errorf("got %v, %d warnings, %d lines", err, len(inv.Warnings), len(inv.Lines))
	}
}

// TestTaxInAccountingCurrencyOnly shows that VAT in another currency is never
// taken for the VAT of the invoice.
func TestTaxInAccountingCurrencyOnly(t *testing.T) {
	inv, err := Read([]byte(ublOpen + ublBody + `<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cbc:TaxCurrencyCode>SEK</cbc:TaxCurrencyCode>` +
		`<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">110</cbc:TaxAmount></cac:TaxTotal></Invoice>`))
	if err != nil {
		t.Fatal(err)
	}
	if !inv.TaxTotal.Absent() || inv.TaxTotalAccounting.Value != "110" {
		t.Errorf("got %+v and %+v", inv.TaxTotal, inv.TaxTotalAccounting)
	}
}
