// Package einvoice reads electronic invoices from XML.
//
// It reads UBL 2.x invoices and credit notes, self-billed ones too, the Cross
// Industry Invoice of UN/CEFACT (Factur-X, ZUGFeRD 2, XRechnung), ZUGFeRD 1 and
// FatturaPA into one [Invoice]. The envelope of Peppol (SBD) is taken off. Every value
// keeps the path of the element it came from, so that a person can find it
// again in the document. Values keep the meaning the European standard EN 16931
// gives them; the comments name its terms (BT-1, BT-2 ...).
//
// The package does no input or output and never fetches anything: bytes in,
// model out. A document type declaration is refused, as are documents that are
// too deep, too long or followed by something else, because an honest invoice
// needs none of these. A format that is not known here is refused by name and
// never half read.
//
// Words: a format is a syntax with a reader in this package; a profile is the
// rule book the sender says the invoice follows; a total is one of the amounts
// at the foot of the invoice; a check is arithmetic over the values read.
package einvoice

import (
	"errors"
	"slices"
)

// Format names the syntax an invoice is written in.
type Format string

const (
	// FormatUBLInvoice is an OASIS UBL 2.x Invoice.
	FormatUBLInvoice Format = "ubl-invoice"
	// FormatUBLCreditNote is an OASIS UBL 2.x CreditNote.
	FormatUBLCreditNote Format = "ubl-creditnote"
	// FormatUBLSelfBilled and FormatUBLSelfBilledCredit are an OASIS UBL 2.x
	// SelfBilledInvoice and SelfBilledCreditNote, which the buyer writes.
	FormatUBLSelfBilled       Format = "ubl-selfbilledinvoice"
	FormatUBLSelfBilledCredit Format = "ubl-selfbilledcreditnote"
	// FormatCII is a UN/CEFACT Cross Industry Invoice, version 100.
	FormatCII Format = "cii"
	// FormatZUGFeRD1 is a CrossIndustryDocument of ZUGFeRD 1.0.
	FormatZUGFeRD1 Format = "zugferd-1.0"
	// FormatZUGFeRDRC is the release candidate before ZUGFeRD 1.0.
	FormatZUGFeRDRC Format = "zugferd-rc"
	// FormatFatturaPA is an Italian FatturaElettronica, versions 1.0 to 1.2 and
	// the revisions of 1.2, ordinary or simplified.
	FormatFatturaPA Format = "fatturapa"
)

// syntax ties a root element to the function that reads it.
type syntax struct {
	format Format
	space  string
	root   string
	title  string
	read   func(*reader, *node)
	// unqualified says that elements without a namespace belong to the syntax;
	// bare is the prefix they take.
	unqualified bool
	bare        string
}

// syntaxes lists every format that can be read. A new format is a new file
// with its reader, its namespaces in prefixes, and one line here.
func syntaxes() []syntax {
	return []syntax{
		{FormatUBLInvoice, spaceUBLInvoice, "Invoice", "a UBL invoice", readUBL, false, ""},
		{FormatUBLCreditNote, spaceUBLCreditNote, "CreditNote", "a UBL credit note", readUBL, false, ""},
		{FormatUBLSelfBilled, spaceUBLSelfBilled, "SelfBilledInvoice", "a self-billed UBL invoice", readUBL, false, ""},
		{FormatUBLSelfBilledCredit, spaceUBLSelfBilledCredit, "SelfBilledCreditNote", "a self-billed UBL credit note", readUBL, false, ""},
		{FormatCII, spaceRSM, "CrossIndustryInvoice", "a Cross Industry Invoice", readCII, false, ""},
		{FormatZUGFeRD1, spaceFerd, "CrossIndustryDocument", "a ZUGFeRD 1.0 invoice", readZUGFeRD1, false, ""},
		{FormatZUGFeRDRC, spaceFerdRC, "Invoice", "a ZUGFeRD invoice (release candidate)", readZUGFeRD1, true, "ram:"},
		{FormatFatturaPA, spaceFattura10, "FatturaElettronica", "a FatturaPA invoice", readFattura, true, ""},
		{FormatFatturaPA, spaceFattura11, "FatturaElettronica", "a FatturaPA invoice", readFattura, true, ""},
		{FormatFatturaPA, spaceFattura12, "FatturaElettronica", "a FatturaPA invoice", readFattura, true, ""},
		{FormatFatturaPA, spaceFatturaSimple, "FatturaElettronicaSemplificata", "a simplified FatturaPA invoice", readFatturaSimple, true, ""},
	}
}

// Detect tells the format of data by the namespace and name of its root
// element. It reads no further than the start of that element, so a document
// that Detect knows can still be refused by [Read]. The error is an *[Error].
func Detect(data []byte) (Format, error) {
	text, err := decode(data)
	if err != nil {
		return "", err
	}
	s, err := detect(text)
	if err != nil {
		return "", err
	}
	return s.format, nil
}

// Read reads one electronic invoice. The error is an *[Error].
//
// An amount among the totals that is not a plain decimal number is an error,
// because everything after it would rest on a guess. Any other value that
// cannot be read is left out and named in [Invoice].Warnings. An element the
// standard requires and the document lacks is a warning too, since many real
// invoices lack one.
//
// Of a file with several invoices the further ones stand in [Invoice].Others. Where
// the first is at fault and another is not, the first has nothing but its Fault.
func Read(data []byte) (*Invoice, error) {
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	s, root, err := parse(text)
	if err != nil {
		return nil, err
	}
	inv, err := read(s, root, 0)
	if s.format != FormatFatturaPA {
		return inv, err
	}
	var others []Other
	for n := 1; n < len(root.all(fatturaBodies)); n++ {
		others = append(others, other(s, root, n))
	}
	var fault *Error
	if errors.As(err, &fault) && slices.ContainsFunc(others, func(o Other) bool { return o.Invoice != nil }) {
		inv, err = &Invoice{Format: s.format, Fault: fault}, nil
	}
	if err == nil {
		inv.Others = others
	}
	return inv, err
}

// read reads the invoice in the body of a tree, from 0; only FatturaPA has several.
func read(s *syntax, root *node, body int) (*Invoice, error) {
	r := &reader{inv: &Invoice{Format: s.format}, body: body}
	s.read(r, root)
	r.inv.Rules = rulesOn(s.format, root)
	return r.finish(s)
}

// other reads one of the further invoices of a file. One that is at fault spoils no
// other.
func other(s *syntax, root *node, body int) Other {
	inv, err := read(s, root, body)
	var fault *Error
	if errors.As(err, &fault) {
		return Other{Fault: fault}
	}
	return Other{Invoice: inv}
}
