// Package extract holds the kinds that read facts out of documents.
//
// Today that is ai_invoice, on the structured route: electronic invoices in
// XML, each field with the path it came from. No model is asked.
package extract

import (
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

// Records is what ai_invoice reads of the workspace.
type Records interface {
	Document(ctx context.Context, workspaceID, id string) (record.Document, error)
	CompaniesLike(ctx context.Context, workspaceID, taxID, name string) ([]record.Company, error)
	OwnCompanies(ctx context.Context, workspaceID string) ([]record.Company, error)
	InvoicesByNumber(ctx context.Context, workspaceID, number string) ([]record.Invoice, error)
	AccountsOf(ctx context.Context, workspaceID, issuerID, exceptDocument string) ([]string, error)
}

// Invoice is the worker of ai_invoice.
type Invoice struct {
	Records Records
	Reader  *extraction.Reader
}

// Spec describes the kind.
func (k *Invoice) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.AIInvoice, Version: 1, Deadline: time.Minute, MaxAttempts: 3}
}

type invoiceInput struct {
	DocumentID string `json:"document_id"` // the task's entity where absent
}

// Check refuses an input whose document_id is no string.
func (k *Invoice) Check(raw json.RawMessage) error {
	var in invoiceInput
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "document_id must be the id of a document.", Field: "document_id"}
	}
	return nil
}

// Run reads the document as an invoice.
func (k *Invoice) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	doc, answer := k.document(ctx, job.Task)
	if answer != nil {
		return answer
	}
	inv, answer := k.read(ctx, doc)
	if answer != nil {
		return answer
	}
	r := &reading{task: job.Task, doc: doc, facts: xmlFacts(inv, doc, "xml"), at: time.Now().UTC()}
	if err := r.identify(ctx, k.Records); err != nil {
		return unreachable("The workspace's companies and invoices could not be looked up.", err)
	}
	return r.answer()
}

func (k *Invoice) document(ctx context.Context, task enrich.Task) (record.Document, enrich.Answer) {
	var in invoiceInput
	if len(task.Input) > 0 {
		_ = json.Unmarshal(task.Input, &in) // checked at enqueue; older rows may hold anything
	}
	if task.EntityType != record.EntityDocument && in.DocumentID == "" {
		return record.Document{}, refuse("not_a_document", "The task targets %q; an invoice is read from a document.", task.EntityType)
	}
	id := task.EntityID
	if in.DocumentID != "" {
		id = in.DocumentID
	}
	doc, err := k.Records.Document(ctx, task.WorkspaceID, id)
	if enrich.CodeOf(err) == enrich.CodeNotFound {
		return doc, refuse("document_not_found", "There is no document %s in this workspace.", id)
	}
	if err != nil {
		return doc, unreachable("The document could not be looked up.", err)
	}
	return doc, nil
}

// read takes the kept parse of the document, or makes it where ai_invoice was
// asked for before ocr_extract.
func (k *Invoice) read(ctx context.Context, doc record.Document) (*einvoice.Invoice, enrich.Answer) {
	inv, err := k.Reader.Cached(ctx, doc.Checksum)
	if err != nil {
		return nil, unreachable("The parse cache could not be read.", err)
	}
	if inv != nil {
		return inv, nil
	}
	content, err := k.Reader.Content(ctx, doc.Checksum)
	if errors.Is(err, blob.ErrNotFound) {
		e := enrich.Errorf("content_missing", "The content of %q is not in the store.", doc.Filename)
		return nil, enrich.Fail{Err: e, Description: "**Could not be read.** " + e.Message}
	}
	if err != nil {
		return nil, unreachable("The content could not be read from the store.", err)
	}
	inv, err = k.Reader.Parse(ctx, doc.Checksum, content)
	var fault *einvoice.Error
	switch {
	case err == nil:
		return inv, nil
	case !errors.As(err, &fault):
		return nil, unreachable("The parse could not be kept.", err)
	case fault.Corrupt() && fault.Code != einvoice.CodeNotXML:
		return nil, enrich.Fail{
			Err: enrich.Errorf(fault.Code, "%s", fault.Error()), Detail: fault.Path,
			Description: fmt.Sprintf("**%s could not be read.** %s", doc.Filename, fault.Error()),
		}
	default:
		return nil, refuse("not_an_invoice", "%s is not an electronic invoice: %s", doc.Filename, fault.Error())
	}
}

func refuse(code, format string, args ...any) enrich.Answer {
	message := fmt.Sprintf(format, args...)
	return enrich.Refuse{Reasons: []enrich.Reason{{Code: code, Message: message}}, Description: "**Not read as an invoice.** " + message}
}

// unreachable asks for another attempt: something around the document is away.
func unreachable(message string, err error) enrich.Answer {
	return enrich.Retry{
		Err: enrich.Errorf("temporarily_unavailable", "%s", message), Detail: err.Error(),
		Description: "**Could not be read.** " + message,
	}
}
