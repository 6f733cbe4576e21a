package einvoice

import (
	"encoding/xml"
	"strings"
)

// otherKind describes documents that arrive in place of an invoice. Both parts
// must match the start of the namespace and the whole root name; an empty part
// matches anything.
type otherKind struct{ space, root, kind string }

// otherKinds is searched from the top, so the special stands before the general.
func otherKinds() []otherKind {
	return []otherKind{
		{"urn:ferd:CrossIndustryDocument:", "", "a draft version of a ZUGFeRD 1 invoice, which cannot be read yet"},
		{"", "FatturaElettronica", "an Italian FatturaPA invoice of a version that cannot be read"},
		{"urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:", "", "an order (Order-X), not an invoice"},
		{"urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:", "", "a status message about an invoice (CDAR), not an invoice"},
		{spaceRSM, "", "a part of a Cross Industry Invoice, not the whole"},
		{"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:", "", "another version of the Cross Industry Invoice, which cannot be read"},
		{"urn:un:unece:uncefact:data:standard:CrossIndustry", "", "another UN/CEFACT message, not an invoice"},
		{spaceUBLBase, "Order", "a UBL order, not an invoice"},
		{spaceUBLBase, "OrderResponse", "a UBL answer to an order, not an invoice"},
		{spaceUBLBase, "ApplicationResponse", "a UBL status message, not an invoice"},
		{spaceUBLBase, "DespatchAdvice", "a UBL despatch advice, not an invoice"},
		{spaceUBLBase, "Reminder", "a UBL payment reminder, not an invoice"},
		{spaceUBLBase, "", "another UBL document, not an invoice"},
		{"urn:iso:std:iso:20022:tech:xsd:camt.053", "", "a bank statement (camt.053), not an invoice"},
		{"urn:iso:std:iso:20022:tech:xsd:camt.052", "", "a bank account report (camt.052), not an invoice"},
		{"urn:iso:std:iso:20022:tech:xsd:camt.054", "", "a bank notification (camt.054), not an invoice"},
		{"urn:iso:std:iso:20022:tech:xsd:pain.", "", "a payment order (pain), not an invoice"},
		{"urn:iso:std:iso:20022:tech:xsd:", "", "a bank message (ISO 20022), not an invoice"},
		{"http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader", "", "an envelope (SBD) within another; the document inside is needed"},
		{"http://schemas.xmlsoap.org/soap/envelope/", "", "a SOAP envelope; the document inside is needed"},
		{"http://www.facturae.", "", "a Spanish Facturae invoice, a format that cannot be read"},
		{"http://www.ebinterface.at/", "", "an Austrian ebInterface invoice, a format that cannot be read"},
		{"http://www.sat.gob.mx/cfd/", "", "a Mexican CFDI invoice, a format that cannot be read"},
		{"http://www.w3.org/2000/svg", "", "an SVG drawing, not an invoice"},
		{"http://www.w3.org/1999/xhtml", "", "a web page, not an invoice"},
		{"", "html", "a web page, not an invoice"},
		{"", "HTML", "a web page, not an invoice"},
		{"adobe:ns:meta/", "", "metadata of a PDF (XMP), not an invoice"},
	}
}

const spaceUBLBase = "urn:oasis:names:specification:ubl:schema:xsd:"

// unknown refuses the root of a document that is none of the formats read here
// and says what it is, as far as that is known.
func unknown(root xml.Name) *Error {
	where := "in no namespace"
	if root.Space != "" {
		where = "in the namespace " + quotedSpace(root.Space)
	}
	e := refuse(CodeUnknownFormat, "This is not an invoice format that can be read: the root element is %s %s. %s",
		quoted(root.Local), where, guess(root))
	e.Message = strings.TrimSpace(e.Message)
	return e
}

// quotedSpace leaves namespaces whole up to a length no real one exceeds.
func quotedSpace(space string) string {
	if len(space) <= 150 {
		return `"` + space + `"`
	}
	return quoted(space)
}

// guess says what a document with this root is, in one sentence or none.
func guess(root xml.Name) string {
	for _, s := range syntaxes() {
		if s.root == root.Local && s.format != FormatFatturaPA && !strings.HasPrefix(root.Space, "urn:un:") {
			return "In " + s.title + " that element belongs to the namespace " + quotedSpace(s.space) + "."
		}
	}
	for _, k := range otherKinds() {
		if strings.HasPrefix(root.Space, k.space) && (k.root == "" || k.root == root.Local) {
			return "It looks like " + k.kind + "."
		}
	}
	return ""
}
