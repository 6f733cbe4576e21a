package ocr

import (
	"encoding/json"
	"fmt"

	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/pagefacts"
	"github.com/enrichd/enrichd/record"
)

// result is what was read of one document, on its way to an answer.
type result struct {
	doc    record.Document
	parsed *extraction.Document
	cached bool
	pages  pagefacts.Document
}

// answer tells what the document is, and sets the reading of the invoice going
// where it looks like one.
func (r *result) answer() enrich.Answer {
	isInvoice, why := r.looksLikeInvoice()
	out := map[string]any{
		"_outcome": "ok", "_reasons": []any{}, "route": r.parsed.Route, "document_type": orNull(r.typeCode()), "language": orNull(r.parsed.Language),
		"page_count": len(r.parsed.Pages), "pages": append([]extraction.PageInfo{}, r.parsed.Pages...), "checksum": r.doc.Checksum, "duplicate_of": nil,
		"words_ref": orNull(blobRef(r.parsed.WordsRef)), "text_ref": orNull(r.textRef()), "formats": r.formats(),
		"attachments": append([]string{}, r.parsed.Attachments...), "_notes": append([]string{}, r.parsed.Notes...), "_checks": []any{},
		"parser":  map[string]any{"name": extraction.Parser, "version": extraction.Version, "cache": hitOrMiss(r.cached)},
		"_fields": map[string]any{"document_type": r.typeField()}, "_next": []any{},
	}
	done := enrich.Done{Result: enrich.Result{Description: r.describe(isInvoice, why), Records: r.records()}}
	switch {
	case isInvoice:
		out["_next"] = []any{map[string]any{"enrichment_type": enrich.AIInvoice, "entity_type": record.EntityDocument, "entity_id": r.doc.ID, "reason": why}}
		done.Occasions = []enrich.Occasion{{
			Channel: enrich.OCRCompletion, EntityType: record.EntityDocument, EntityID: r.doc.ID,
			Facts: map[string]string{"checksum": r.doc.Checksum, "document_type": r.typeCode()},
		}}
	case r.parsed.WordsRef == "":
		out["_outcome"], out["_reasons"] = "no_result", []enrich.Reason{{Code: "no_text", Message: "Nothing that can be read stands on its pages."}}
	default:
		out["_reasons"] = []enrich.Reason{{Code: "not_an_invoice", Message: why}}
	}
	output, err := json.Marshal(out)
	if err != nil {
		return unreachable("The result could not be written down.", err)
	}
	done.Output = output
	return done
}

func (r *result) looksLikeInvoice() (bool, string) {
	if r.parsed.Invoice != nil {
		return true, "it is an electronic invoice"
	}
	return pagefacts.LooksLikeInvoice(r.pages)
}

func (r *result) typeCode() string {
	if r.parsed.Invoice == nil {
		return ""
	}
	return r.parsed.Invoice.DocumentCode().Value
}

// textRef is where the text lies: with the words of the pages, or, for XML, in
// the document itself.
func (r *result) textRef() string {
	if r.parsed.Route == extraction.RouteXML {
		return blobRef(r.doc.Checksum)
	}
	return blobRef(r.parsed.WordsRef)
}

func blobRef(checksum string) string {
	if checksum == "" {
		return ""
	}
	return "blob:" + checksum
}

// formats lists the structured formats that were found.
func (r *result) formats() []any {
	inv := r.parsed.Invoice
	if inv == nil {
		return []any{}
	}
	name := r.parsed.Attachment
	if name == "" {
		name = r.doc.Filename
	}
	return []any{map[string]any{"name": name, "syntax": inv.Format, "profile": orNull(inv.Profile.Value), "valid": len(inv.Warnings) == 0 && inv.Fault == nil}}
}

func (r *result) typeEvidence() []enrich.Evidence {
	inv := r.parsed.Invoice
	return []enrich.Evidence{{
		Origin: enrich.ByDocument, Method: "deterministic", Quote: inv.TypeCode.Value,
		Ref: enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: r.doc.ID, Path: inv.TypeCode.Path},
	}}
}

func (r *result) typeField() map[string]any {
	if r.typeCode() == "" {
		return map[string]any{"value": nil, "confidence": 0, "grade": nil, "decision": "abstained", "reasons": []string{"no_source"}}
	}
	return map[string]any{"value": r.typeCode(), "confidence": 1, "grade": enrich.Verified, "decision": "applied", "provenance": r.typeEvidence()}
}

func (r *result) records() []enrich.RecordWrite {
	if r.typeCode() == "" {
		return nil
	}
	value, err := json.Marshal(r.typeCode())
	if err != nil {
		return nil // a string always marshals
	}
	return []enrich.RecordWrite{{EntityType: record.EntityDocument, EntityID: r.doc.ID, Fields: []enrich.FieldWrite{{
		Name: "document_type", Value: value, Origin: enrich.ByDocument, Confidence: 1, Grade: enrich.Verified, Evidence: r.typeEvidence(),
	}}}}
}

// describe says in a sentence or two what the document is and how it was read.
func (r *result) describe(isInvoice bool, why string) string {
	name := "**" + r.doc.Filename + "**"
	if inv := r.parsed.Invoice; inv != nil {
		what := formatName(inv.Format)
		if r.parsed.Attachment != "" {
			return fmt.Sprintf("%s is a PDF with an electronic invoice attached (%s, %s, document type %s); it is read next.", name, r.parsed.Attachment, what, orUnknown(r.typeCode()))
		}
		if n := len(inv.Others); n > 0 {
			return fmt.Sprintf("%s holds %d electronic invoices (%s); they are read next.", name, n+1, what)
		}
		return fmt.Sprintf("%s is an electronic invoice (%s, document type %s); it is read next.", name, what, orUnknown(r.typeCode()))
	}
	if r.parsed.WordsRef == "" {
		return fmt.Sprintf("%s has %d page(s) and nothing on them that can be read.", name, len(r.parsed.Pages))
	}
	how := map[string]string{
		extraction.RouteText: "its own text was taken", extraction.RouteOCR: "its pages were recognised",
		extraction.RouteMixed: "its own text was taken where it is good, other pages were recognised",
	}[r.parsed.Route]
	s := fmt.Sprintf("%s: %d page(s) read, %s.", name, len(r.parsed.Pages), how)
	if poor := r.poorPages(); poor > 0 {
		s += fmt.Sprintf(" %d page(s) could be read only poorly.", poor)
	}
	if isInvoice {
		return s + " It looks like an invoice and is read as one next."
	}
	return s + " It does not look like an invoice: " + why + "."
}

func (r *result) poorPages() int {
	n := 0
	for _, p := range r.parsed.Pages {
		if p.Grade == "poor" {
			n++
		}
	}
	return n
}

func formatName(f einvoice.Format) string {
	switch f {
	case einvoice.FormatUBLInvoice:
		return "UBL invoice"
	case einvoice.FormatUBLCreditNote:
		return "UBL credit note"
	case einvoice.FormatCII:
		return "Cross Industry Invoice"
	case einvoice.FormatUBLSelfBilled:
		return "self-billed UBL invoice"
	case einvoice.FormatUBLSelfBilledCredit:
		return "self-billed UBL credit note"
	case einvoice.FormatZUGFeRD1, einvoice.FormatZUGFeRDRC:
		return "ZUGFeRD 1 invoice"
	case einvoice.FormatFatturaPA:
		return "FatturaPA invoice"
	}
	return string(f)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func hitOrMiss(hit bool) string {
	if hit {
		return "hit"
	}
	return "miss"
}
