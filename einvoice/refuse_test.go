package einvoice

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

const (
	ublOpen = `<Invoice xmlns="` + spaceUBLInvoice + `" xmlns:cbc="` + spaceCBC + `" xmlns:cac="` + spaceCAC + `">`
	ublBody = `<cbc:ID>T-1</cbc:ID><cbc:IssueDate>2031-01-02</cbc:IssueDate>`
	ubl     = ublOpen + ublBody + `</Invoice>`
)

// withAmount is an invoice whose amount due is written as given.
func withAmount(amount string) string {
	return ublOpen + ublBody + `<cac:LegalMonetaryTotal><cbc:PayableAmount>` + amount +
		`</cbc:PayableAmount></cac:LegalMonetaryTotal></Invoice>`
}

type refusal struct {
	name, data, code string
}

// refusals are documents that must be refused, and the code of each.
func refusals() []refusal {
	doc := func(open, body string) string { return open + body + "</Invoice>" }
	return []refusal{
		{"empty", "", CodeNotXML},
		{"white space", " \n\t", CodeNotXML},
		{"only a byte order mark", "\ufeff", CodeNotXML},
		{"comment only", "<!-- c -->", CodeNotXML},
		{"JSON", `{"invoice": 1}`, CodeNotXML},
		{"PDF", "%PDF-1.7 <?xml </", CodeNotXML},
		{"plain text", "Dear customer", CodeNotXML},
		{"leading garbage", "garbage" + ubl, CodeTrailingContent},
		{"trailing text", ubl + "garbage", CodeTrailingContent},
		{"trailing element", ubl + "<evil/>", CodeTrailingContent},
		{"trailing broken tag", ubl + "<<", CodeTrailingContent},
		{"two roots", ubl + ubl, CodeTrailingContent},
		{"two documents", `<?xml version="1.0"?>` + ubl + `<?xml version="1.0"?>` + ubl, CodeTrailingContent},
		{"declaration inside", doc(ublOpen, `<?xml version="1.0"?>`), CodeMalformed},
		{"empty doctype", "<!DOCTYPE Invoice>" + ubl, CodeDoctype},
		{"external doctype", `<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:1/x.dtd">` + ubl, CodeDoctype},
		{"entities", `<!DOCTYPE Invoice [<!ENTITY x "y">]>` + doc(ublOpen, "<cbc:ID>&x;</cbc:ID>"), CodeDoctype},
		{"unknown entity", doc(ublOpen, "<cbc:ID>&x;</cbc:ID>"), CodeMalformed},
		{"cut off", ubl[:len(ubl)/2], CodeMalformed},
		{"crossed elements", doc(ublOpen, "<cbc:ID></cbc:Note>"), CodeMalformed},
		{"attribute twice", doc(ublOpen, `<cbc:ID schemeID="1" schemeID="2">1</cbc:ID>`), CodeMalformed},
		{"zero byte by reference", doc(ublOpen, "<cbc:ID>a&#0;b</cbc:ID>"), CodeMalformed},
		{"half a character by reference", doc(ublOpen, "<cbc:ID>&#xD800;</cbc:ID>"), CodeMalformed},
		{"half a character in an attribute", doc(ublOpen, `<cbc:ID schemeID="&#xD800;"/>`), CodeMalformed},
		{"XML 1.1", `<?xml version="1.1"?>` + ubl, CodeMalformed},
		{"zero byte", doc(ublOpen, "<cbc:ID>a\x00b</cbc:ID>"), CodeBadEncoding},
		{"undeclared Latin-1", doc(ublOpen, "<cbc:ID>Soci\xe9t\xe9</cbc:ID>"), CodeBadEncoding},
		{"unsupported encoding", `<?xml version="1.0" encoding="x-none"?>` + ubl, CodeBadEncoding},
		{"declared UTF-16 that is not", `<?xml version="1.0" encoding="UTF-16"?>` + ubl, CodeBadEncoding},
		{"UTF-16 without a mark", "<\x00I\x00", CodeBadEncoding},
		{"UTF-16 of odd length", "\xff\xfe<\x00I", CodeBadEncoding},
		{"UTF-16 with half a character", "\xff\xfe<\x00\x00\xd8<\x00", CodeBadEncoding},
		{"UTF-32", "\xff\xfe\x00\x00<\x00\x00\x00", CodeBadEncoding},
		{"65 levels", doc(ublOpen, strings.Repeat("<a>", 64)+strings.Repeat("</a>", 64)), CodeTooDeep},
		{"a million levels", strings.Repeat("<a>", 1_000_000), CodeTooDeep},
		{"too large", ubl + strings.Repeat(" ", maxBytes), CodeTooLarge},
		{"too many tokens", doc(ublOpen, strings.Repeat("<a/>", 1_000_000)), CodeTooManyTokens},
		{"too many lines", doc(ublOpen, strings.Repeat("<cac:InvoiceLine/>", 20_001)), CodeTooManyEntries},
		{"too many notes", doc(ublOpen, strings.Repeat("<cbc:Note/>", 1_001)), CodeTooManyEntries},
		{"no namespace", "<Invoice/>", CodeUnknownFormat},
		{"wrong namespace", `<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-9"/>`, CodeUnknownFormat},
		{"undeclared prefix", "<ubl:Invoice/>", CodeUnknownFormat},
		{"root of another format", `<CreditNote xmlns="` + spaceUBLInvoice + `"/>`, CodeUnknownFormat},
		{"nothing inside", doc(ublOpen, ""), CodeNoInvoiceData},
		{"children of no namespace", doc(ublOpen, `<ID xmlns="">1</ID>`), CodeNoInvoiceData},
		{"not a number", withAmount("NaN"), CodeUnreadableTotal},
		{"infinity", withAmount("INF"), CodeUnreadableTotal},
		{"exponent", withAmount("1e308"), CodeUnreadableTotal},
		{"comma", withAmount("1.234,56"), CodeUnreadableTotal},
		{"Arabic digits", withAmount("١٠"), CodeUnreadableTotal},
		{"hexadecimal", withAmount("0x10"), CodeUnreadableTotal},
		{"underscore", withAmount("1_000"), CodeUnreadableTotal},
		{"forty digits", withAmount(strings.Repeat("9", 40)), CodeUnreadableTotal},
	}
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			inv, err := Read([]byte(tt.data))
			if code(err) != tt.code || inv != nil {
				t.Errorf("got %q (%v), want %q", code(err), err, tt.code)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestCorrupt(t *testing.T) {
	sound := map[string]bool{CodeUnknownFormat: true, CodeNoInvoiceData: true}
	for _, tt := range refusals() {
		if got := (&Error{Code: tt.code}).Corrupt(); got == sound[tt.code] {
			t.Errorf("%s: Corrupt is %v", tt.code, got)
		}
	}
}

// TestErrorPlace shows that an error leads to the element and the line.
func TestErrorPlace(t *testing.T) {
	_, err := Read([]byte(strings.ReplaceAll(withAmount("1,0"), "<cac", "\n<cac")))
	e := err.(*Error)
	if e.Path != "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount" || e.Line != 2 {
		t.Errorf("got %s, line %d", e.Path, e.Line)
	}
	want := `A total of the invoice is "1,0", which is not a plain decimal number. (line 2)`
	if e.Error() != want {
		t.Errorf("got %s", e)
	}
}

// TestUnknownFormats demands that the message says what the document is.
func TestUnknownFormats(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"UBL order", `<Order xmlns="` + spaceUBLBase + `Order-2"/>`, "a UBL order"},
		{"UBL waybill", `<Waybill xmlns="` + spaceUBLBase + `Waybill-2"/>`, "another UBL document"},
		{"Order-X", `<o:SCRDMCCBDACIOMessageStructure xmlns:o="urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100"/>`, "an order (Order-X)"},
		{"status message", `<CrossDomainAcknowledgementAndResponse xmlns="urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100"/>`, "a status message about an invoice"},
		{"draft of ZUGFeRD 1", `<CrossIndustryDocument xmlns="urn:ferd:CrossIndustryDocument:invoice:0p9"/>`, "In a ZUGFeRD 1.0 invoice that element belongs to the namespace"},
		{"other CII", `<CrossIndustryInvoice xmlns="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:13"/>`, "another version of the Cross Industry Invoice"},
		{"part of CII", `<Header xmlns="` + spaceRSM + `"/>`, "a part of a Cross Industry Invoice"},
		{"FatturaPA of another version", `<p:FatturaElettronica xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v9.9"/>`, "an Italian FatturaPA invoice of a version"},
		{"bank statement", `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>`, "a bank statement (camt.053)"},
		{"drawing", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "an SVG drawing"},
		{"web page", `<html><body/></html>`, "a web page"},
		{"right name only", `<Invoice/>`, "In a UBL invoice that element belongs to the namespace"},
		{"anything", `<thing xmlns="urn:x"/>`, `the root element is "thing" in the namespace "urn:x".`},
	}
	for _, tt := range tests {
		_, err := Read([]byte(tt.data))
		if code(err) != CodeUnknownFormat || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q in it", tt.name, err, tt.want)
		}
	}
}

func toUTF16(s string, order binary.ByteOrder) string {
	var b bytes.Buffer
	for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
		_ = binary.Write(&b, order, u) // A buffer takes every write.
	}
	return b.String()
}

func TestEncodings(t *testing.T) {
	doc := func(declaration, number string) string {
		return declaration + ublOpen + "<cbc:ID>" + number + "</cbc:ID></Invoice>"
	}
	declared := func(name string) string { return `<?xml version="1.0" encoding="` + name + `"?>` }
	tests := []struct{ name, data, want string }{
		{"UTF-8", doc("", "Nº 1€"), "Nº 1€"},
		{"UTF-8 with a mark", doc("\ufeff"+declared("utf-8"), "Nº 1€"), "Nº 1€"},
		{"white space before the declaration", doc("\n"+declared("UTF-8"), "1"), "1"},
		{"UTF-16 little endian", toUTF16(doc(declared("UTF-16"), "Nº 1😀"), binary.LittleEndian), "Nº 1😀"},
		{"UTF-16 big endian", toUTF16(doc("", "Nº 1€"), binary.BigEndian), "Nº 1€"},
		{"ISO-8859-1", doc(declared("ISO-8859-1"), "N\xba 1"), "Nº 1"},
		{"ISO-8859-15", doc(declared("iso-8859-15"), "1\xa4"), "1€"},
		{"Windows-1252", doc(declared("Windows-1252"), "1\x80"), "1€"},
		{"replacement character in the text", doc("", "a\ufffdb"), "a\ufffdb"},
		{"character data section", doc("", "<![CDATA[A&B]]>"), "A&B"},
		{"comment after the root", doc("", "1") + "<!-- c --><?pi?>\n", "1"},
	}
	for _, tt := range tests {
		inv, err := Read([]byte(tt.data))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if inv.Number.Value != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, inv.Number.Value, tt.want)
		}
	}
}

// TestMemory reads the worst documents that the limits admit and demands that
// they stay well inside the memory of a worker.
func TestMemory(t *testing.T) {
	tests := []struct{ name, data string }{
		{"many elements", ublOpen + strings.Repeat("<cbc:A/>", 900_000) + "</Invoice>"},
		{"unclosed levels", strings.Repeat("<a>", 3_000_000)},
		{"many lines", ublOpen + ublBody + strings.Repeat("<cac:InvoiceLine><cbc:ID>1</cbc:ID></cac:InvoiceLine>", 20_000) + "</Invoice>"},
	}
	for _, tt := range tests {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		inv, err := Read([]byte(tt.data))
		runtime.ReadMemStats(&after)
		if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 400 {
			t.Errorf("%s: %d MiB allocated in all", tt.name, mib)
		} else {
			t.Logf("%s: %d MiB allocated in all, %v, %v", tt.name, mib, inv != nil, err)
		}
	}
}
