// Package ocr is the kind ocr_extract: it finds out what a document is.
//
// It takes the best road a content allows (package extraction): the XML of an
// electronic invoice, alone or attached to a PDF; the text of a PDF or an HTML page; the
// recognition of pages. What looks like an invoice is read as one next. Other XML,
// and files that this version has no reader for, are refused with a reason;
// damaged and hostile files fail with theirs.
package ocr

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

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
	return enrich.Spec{Type: enrich.OCRExtract, Version: 3, Deadline: 20 * time.Minute, MaxAttempts: 3}
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
	parsed, cached, err := k.Reader.Read(ctx, doc.Checksum)
	if err != nil {
		return unreadable(doc, err)
	}
	pages, err := k.Reader.Words(ctx, parsed)
	if err != nil {
		return unreachable("The words of the document could not be read from the store.", err)
	}
	r := &result{doc: doc, parsed: parsed, cached: cached, pages: pages}
	return r.answer()
}

// unreadable says why a content was not read: what is damaged fails, what is not
// for this task is refused, what is only away is tried again.
func unreadable(doc record.Document, err error) enrich.Answer {
	f := extraction.FaultOf(err)
	switch f.Means {
	case extraction.Unsupported:
		return refuse(f.Code, "%s is %s. This version reads electronic invoices in XML, PDFs, HTML documents, and PNG, JPEG, GIF, WebP and TIFF images.", doc.Filename, f.Message)
	case extraction.Foreign:
		return refuse(f.Code, "%s", f.Message)
	case extraction.Damaged:
		return broken(doc, f.Code, f.Message, f.Path)
	}
	return unreachable(f.Message, err)
}

func broken(doc record.Document, code, message, detail string) enrich.Answer {
	return enrich.Fail{
		Err: enrich.Errorf(code, "%s", message), Detail: detail,
		Description: fmt.Sprintf("**%s could not be read.** %s", doc.Filename, message),
	}
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

func refuse(code, format string, args ...any) enrich.Answer {
	message := fmt.Sprintf(format, args...)
	return enrich.Refuse{Reasons: []enrich.Reason{{Code: code, Message: message}}, Description: "**Not read.** " + message}
}

// unreachable asks for another attempt: something around the document is away.
func unreachable(message string, err error) enrich.Answer {
	return enrich.Retry{
		Err: enrich.Errorf("temporarily_unavailable", "%s", message), Detail: err.Error(),
		Description: "**Could not be read.** " + message,
	}
}
