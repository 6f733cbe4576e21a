package einvoice

import (
	"errors"
	"strings"
	"testing"
)

// ublXML is a small UBL invoice of a seller to a buyer.
const ublXML = `<Invoice xmlns="` + spaceUBLInvoice + `" xmlns:cac="` + spaceCAC + `" xmlns:cbc="` + spaceCBC + `"><cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
<cbc:ID>SB-77</cbc:ID><cbc:IssueDate>2026-03-01</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyTaxScheme><cbc:CompanyID>DE123456788</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>Hofgut Linde eG</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>Molkerei Tau AG</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">119.00</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">119.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="LTR">200</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>Milch</cbc:Name></cac:Item></cac:InvoiceLine></Invoice>`

const sbdHeader = `<StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion><Sender><Identifier Authority="iso6523-actorid-upis">9930:de999999999</Identifier></Sender>
<DocumentIdentification><Standard>` + spaceUBLInvoice + `</Standard><Type>Invoice</Type></DocumentIdentification></StandardBusinessDocumentHeader>`

func sbd(inside string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<StandardBusinessDocument xmlns="` + spaceSBD + `">` + sbdHeader + "\n" + inside + "\n" + `</StandardBusinessDocument>`
}

// A document in Peppol's envelope reads as it does alone, paths included, whatever
// prefix the envelope has and wherever the namespaces are declared.
func TestEnvelope(t *testing.T) {
	prefixed := strings.NewReplacer("<StandardBusiness", "<sh:StandardBusiness", "</StandardBusiness", "</sh:StandardBusiness", ` xmlns="`+spaceSBD, ` xmlns:sh="`+spaceSBD).Replace(sbd(ublXML))
	outer := strings.Replace(strings.Replace(sbd(ublXML), ` xmlns:cac="`+spaceCAC+`" xmlns:cbc="`+spaceCBC+`"`, "", 1), ` xmlns="`+spaceSBD, ` xmlns:cac="`+spaceCAC+`" xmlns:cbc="`+spaceCBC+`" xmlns="`+spaceSBD, 1)
	bare, err := Read([]byte(ublXML))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"no prefix": sbd(ublXML), "a prefix": prefixed, "namespaces outside": outer, "no header": strings.Replace(sbd(ublXML), sbdHeader, "", 1)} {
		inv, err := Read([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if inv.Number != bare.Number || inv.GrossTotal != bare.GrossTotal || inv.Seller.Name != bare.Seller.Name || len(inv.Lines) != 1 || inv.Lines[0].Name != bare.Lines[0].Name {
			t.Errorf("%s: %+v", name, inv)
		}
		if f, err := Detect([]byte(text)); err != nil || f != FormatUBLInvoice {
			t.Errorf("%s: %s, %v", name, f, err)
		}
	}
	// Names without a prefix would belong to an envelope without one.
	if inv, err := Read([]byte(strings.Replace(prefixed, ublXML, fatturaXML, 1))); err != nil || inv.Number.Value != "7/2026" {
		t.Errorf("another format inside: %v", err)
	}
}

func TestEnvelopeRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, code string }{
		"nothing inside":      {sbd(""), CodeUnknownFormat},
		"two documents":       {sbd(ublXML + ublXML), CodeTrailingContent},
		"words beside":        {sbd("hello " + ublXML), CodeTrailingContent},
		"an envelope inside":  {sbd(strings.TrimPrefix(sbd(ublXML), `<?xml version="1.0" encoding="UTF-8"?>`)), CodeUnknownFormat},
		"an order inside":     {sbd(strings.ReplaceAll(strings.ReplaceAll(ublXML, "Invoice-2", "Order-2"), "Invoice xmlns", "Order xmlns")), CodeMalformed},
		"cut off":             {sbd(ublXML)[:900], CodeMalformed},
		"a declaration twice": {strings.Replace(sbd(ublXML), sbdHeader, sbdHeader+`<!DOCTYPE x>`, 1), CodeDoctype},
	} {
		var fault *Error
		if _, err := Read([]byte(c.text)); !errors.As(err, &fault) || fault.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

// The seller of a self-billed document is who sold, though the buyer wrote it.
func TestSelfBilled(t *testing.T) {
	own := strings.NewReplacer("Invoice-2", "SelfBilledInvoice-2", "<Invoice ", "<SelfBilledInvoice ", "</Invoice>", "</SelfBilledInvoice>")
	credit := strings.NewReplacer("Invoice-2", "SelfBilledCreditNote-2", "<Invoice ", "<SelfBilledCreditNote ", "</Invoice>", "</SelfBilledCreditNote>",
		"InvoiceTypeCode>380", "CreditNoteTypeCode>261", "InvoiceTypeCode", "CreditNoteTypeCode", "InvoiceLine", "CreditNoteLine", "InvoicedQuantity", "CreditedQuantity")
	for name, c := range map[string]struct {
		text, code     string
		self, isCredit bool
	}{
		"an ordinary invoice":      {ublXML, "380", false, false},
		"by the type code":         {strings.Replace(ublXML, ">380<", ">389<", 1), "389", true, false},
		"by the document's name":   {strings.Replace(own.Replace(ublXML), "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", "", 1), "389", true, false},
		"a credit note":            {credit.Replace(ublXML), "261", true, true},
		"a credit note in a wrap":  {sbd(credit.Replace(ublXML)), "261", true, true},
		"an Italian autofattura":   {strings.Replace(fatturaXML, "TD04", "TD20", 1), "389", true, false},
		"an Italian foreign input": {strings.Replace(fatturaXML, "TD04", "TD17", 1), "389", true, false},
	} {
		inv, err := Read([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seller := inv.Seller.Name.Value
		if inv.SelfBilled() != c.self || inv.Credit() != c.isCredit || inv.DocumentCode().Value != c.code || seller != "Hofgut Linde eG" && seller != "Maria Rossi" || len(inv.Lines) != 1 {
			t.Errorf("%s: self-billed %t, credit %t, code %s, seller %s, %d lines", name, inv.SelfBilled(), inv.Credit(), inv.DocumentCode().Value, seller, len(inv.Lines))
		}
	}
}

// Every body of a FatturaPA is an invoice of its own, with its own places; one that is
// at fault spoils no other.
func TestFatturaBodies(t *testing.T) {
	i := strings.Index(fatturaXML, "<FatturaElettronicaBody>")
	j := strings.Index(fatturaXML, "</p:FatturaElettronica>")
	body := fatturaXML[i:j]
	second := strings.NewReplacer("7/2026", "8/2026", "TD04", "TD01", "1000.00", "2000.00", "220.00", "440.00", "535.25", "1145.25").Replace(body)
	third := strings.Replace(strings.Replace(body, "7/2026", "9/2026", 1), "<Imposta>220.00", "<Imposta>much", 1)
	inv, err := Read([]byte(fatturaXML[:j] + second + third + fatturaXML[j:]))
	if err != nil {
		t.Fatal(err)
	}
	if inv.Number.Value != "7/2026" || len(inv.Others) != 2 || inv.Number.Path != "/FatturaElettronica/FatturaElettronicaBody[1]/DatiGenerali/DatiGeneraliDocumento/Numero" {
		t.Fatalf("%s at %s, %d others", inv.Number.Value, inv.Number.Path, len(inv.Others))
	}
	other := inv.Others[0].Invoice
	if other == nil || other.Number.Value != "8/2026" || other.NetTotal.Value != "2050.50" || other.Payable.Value != "2290.50" || other.Seller.Name.Value != "Maria Rossi" || other.Credit() ||
		other.Number.Path != "/FatturaElettronica/FatturaElettronicaBody[2]/DatiGenerali/DatiGeneraliDocumento/Numero" || len(other.Others) != 0 {
		t.Errorf("the second: %+v", other)
	}
	if f := inv.Others[1].Fault; f == nil || f.Code != CodeUnreadableTotal || inv.Others[1].Invoice != nil {
		t.Errorf("the third: %+v", inv.Others[1])
	}
}
