// Package ocr is the kind ocr_extract: it finds out what a document is.
//
// Electronic invoices in XML are recognised by their content and parsed. Other
// XML, and files that this version has no reader for, are refused with a
// reason; damaged and hostile files fail with theirs.
package ocr

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/record"
)

// Documents finds the documents of a workspace.
type Documents interface {
	Document(ctx context.Context, workspaceID, id string) (record.Document, error)
}

// Kind is the worker of ocr_extract.
type Kind struct {
	Documents Documents
	Reader    *extraction.Reader
}

// Spec describes the kind.
func (k *Kind) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.OCRExtract, Version: 1, Deadline: time.Minute, MaxAttempts: 3}
}

// input is what a task may say.
type input struct {
	DocumentID string `json:"document_id"` // names the document; the task's entity where absent
}

// Check refuses an input whose document_id is no string.
func (k *Kind) Check(raw json.RawMessage) error {
	var in input
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "document_id must be the id of a document.", Field: "document_id"}
	}
	return nil
}

// Run reads the document.
func (k *Kind) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	doc, refusal, err := k.document(ctx, job.Task)
	if refusal != nil {
		return refusal
	}
	if err != nil {
		return unreachable("The document could not be looked up.", err)
	}
	inv, err := k.Reader.Cached(ctx, doc.Checksum)
	if err != nil {
		return unreachable("The parse cache could not be read.", err)
	}
	if inv != nil {
		return done(doc, inv, true)
	}
	content, err := k.Reader.Content(ctx, doc.Checksum)
	if errors.Is(err, blob.ErrNotFound) {
		return fail("content_missing", "The content of %q is not in the store.", doc.Filename)
	}
	if err != nil {
		return unreachable("The content could not be read from the store.", err)
	}
	return k.parse(ctx, doc, content)
}

// document finds the task's document, or says why the task is refused.
func (k *Kind) document(ctx context.Context, task enrich.Task) (record.Document, enrich.Answer, error) {
	var in input
	if len(task.Input) > 0 {
		_ = json.Unmarshal(task.Input, &in) // checked at enqueue; older rows may hold anything
	}
	if task.EntityType != record.EntityDocument && in.DocumentID == "" {
		return record.Document{}, refuse("not_a_document", "The task targets %q; only a document can be read.", task.EntityType), nil
	}
	id := task.EntityID
	if in.DocumentID != "" {
		id = in.DocumentID
	}
	doc, err := k.Documents.Document(ctx, task.WorkspaceID, id)
	if enrich.CodeOf(err) == enrich.CodeNotFound {
		return doc, refuse("document_not_found", "There is no document %s in this workspace.", id), nil
	}
	return doc, nil, err
}

func (k *Kind) parse(ctx context.Context, doc record.Document, content []byte) enrich.Answer {
	if other := recognise(content); other != "" {
		return refuse("unsupported_format", "%s is %s. This version reads electronic invoices in XML (UBL and CII).", doc.Filename, other)
	}
	inv, err := k.Reader.Parse(ctx, doc.Checksum, content)
	var fault *einvoice.Error
	switch {
	case err == nil:
		return done(doc, inv, false)
	case !errors.As(err, &fault):
		return unreachable("The parse could not be kept.", err)
	case fault.Corrupt():
		return enrich.Fail{
			Err: enrich.Errorf(fault.Code, "%s", fault.Error()), Detail: fault.Path,
			Description: fmt.Sprintf("**%s could not be read.** %s", doc.Filename, fault.Error()),
		}
	default:
		return refuse(fault.Code, "%s", fault.Error())
	}
}

// recognise names a content that is whole but has no reader here, by its first
// bytes. XML and everything unknown goes to the parser, which says what is wrong.
func recognise(content []byte) string {
	for _, known := range []struct{ magic, name string }{
		{"%PDF-", "a PDF"},
		{"\x89PNG\r\n\x1a\n", "a PNG image"},
		{"\xff\xd8\xff", "a JPEG image"},
		{"GIF8", "a GIF image"},
		{"II*\x00", "a TIFF image"},
		{"MM\x00*", "a TIFF image"},
		{"PK\x03\x04", "a ZIP archive or an office document"},
		{"\x1f\x8b", "a gzip archive"},
	} {
		if bytes.HasPrefix(content, []byte(known.magic)) {
			return known.name
		}
	}
	trimmed := bytes.TrimSpace(content)
	if len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(trimmed) {
		return "JSON"
	}
	return ""
}

// done tells what the document is and sets the reading of the invoice going.
func done(doc record.Document, inv *einvoice.Invoice, cached bool) enrich.Answer {
	typeCode := inv.TypeCode.Value
	out := map[string]any{
		"_outcome": "ok", "_reasons": []any{}, "route": "xml", "document_type": orNull(typeCode), "language": nil, "page_count": nil,
		"pages": []any{}, "checksum": doc.Checksum, "duplicate_of": nil, "text_ref": "blob:" + doc.Checksum,
		"formats": []any{map[string]any{"name": doc.Filename, "syntax": inv.Format, "profile": orNull(inv.Profile.Value), "valid": len(inv.Warnings) == 0}},
		"parser":  map[string]any{"name": extraction.Parser, "version": extraction.Version, "cache": hitOrMiss(cached)},
		"_checks": []any{}, "_warnings": append([]einvoice.Warning{}, inv.Warnings...), "_next": []any{map[string]any{
			"enrichment_type": enrich.AIInvoice,
			"entity_type":     record.EntityDocument, "entity_id": doc.ID, "reason": "it is an electronic invoice",
		}},
	}
	evidence := []enrich.Evidence{{
		Origin: enrich.ByDocument, Method: "deterministic", Quote: typeCode,
		Ref: enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: doc.ID, Path: inv.TypeCode.Path},
	}}
	out["_fields"] = map[string]any{"document_type": map[string]any{
		"value": orNull(typeCode), "confidence": 1, "grade": enrich.Verified,
		"decision": decisionOf(typeCode), "provenance": evidence,
	}}
	output, err := json.Marshal(out)
	if err != nil {
		return enrich.Retry{Err: enrich.Errorf("internal_error", "The result could not be written down."), Detail: err.Error()}
	}
	result := enrich.Result{
		Output:      output,
		Description: fmt.Sprintf("**%s** is an electronic invoice (%s, document type %s); it is read next.", doc.Filename, formatName(inv.Format), orUnknown(typeCode)),
		Occasions: []enrich.Occasion{{
			Channel: enrich.OCRCompletion, EntityType: record.EntityDocument, EntityID: doc.ID,
			Facts: map[string]string{"checksum": doc.Checksum, "document_type": typeCode},
		}},
	}
	if typeCode != "" {
		value, _ := json.Marshal(typeCode) // a string always marshals
		result.Records = []enrich.RecordWrite{{EntityType: record.EntityDocument, EntityID: doc.ID, Fields: []enrich.FieldWrite{{
			Name: "document_type", Value: value, Origin: enrich.ByDocument, Confidence: 1, Grade: enrich.Verified, Evidence: evidence,
		}}}}
	}
	return enrich.Done{Result: result}
}

func formatName(f einvoice.Format) string {
	switch f {
	case einvoice.FormatUBLInvoice:
		return "UBL invoice"
	case einvoice.FormatUBLCreditNote:
		return "UBL credit note"
	case einvoice.FormatCII:
		return "Cross Industry Invoice"
	case einvoice.FormatZUGFeRD1, einvoice.FormatZUGFeRDRC:
		return "ZUGFeRD 1 invoice"
	}
	return string(f)
}

func refuse(code, format string, args ...any) enrich.Answer {
	message := fmt.Sprintf(format, args...)
	return enrich.Refuse{Reasons: []enrich.Reason{{Code: code, Message: message}}, Description: "**Not read.** " + message}
}

func fail(code, format string, args ...any) enrich.Answer {
	err := enrich.Errorf(code, format, args...)
	return enrich.Fail{Err: err, Description: "**Could not be read.** " + err.Message}
}

// unreachable asks for another attempt: something around the document is away.
func unreachable(message string, err error) enrich.Answer {
	return enrich.Retry{
		Err: enrich.Errorf("temporarily_unavailable", "%s", message), Detail: err.Error(),
		Description: "**Could not be read.** " + message,
	}
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

func decisionOf(value string) string {
	if value == "" {
		return "abstained"
	}
	return "applied"
}

func hitOrMiss(hit bool) string {
	if hit {
		return "hit"
	}
	return "miss"
}
