// Package extract holds the kinds that read facts out of documents.
//
// Today that is ai_invoice: electronic invoices, each field with the path of its
// XML, and pages, each field with its box and its words. A model, where there is one,
// is asked last, for what the rules left empty on pages.
package extract

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/llm"
	"github.com/enrichd/enrichd/pagefacts"
	"github.com/enrichd/enrichd/record"
)

// Records is what ai_invoice reads of the workspace.
type Records interface {
	Document(ctx context.Context, workspaceID, id string) (record.Document, error)
	CompaniesLike(ctx context.Context, workspaceID, taxID, name string) ([]record.Company, error)
	OwnCompanies(ctx context.Context, workspaceID string) ([]record.Company, error)
	InvoicesByNumber(ctx context.Context, workspaceID, number string) ([]record.Invoice, error)
	AccountsOf(ctx context.Context, workspaceID, issuerID, exceptDocument string) ([]string, error)
	ReadingsSince(ctx context.Context, workspaceID string, invoiceIDs []string, since time.Time) ([]enrich.Child, error)
}

// Invoice is the worker of ai_invoice.
type Invoice struct {
	Records Records
	Reader  *extraction.Reader
	Model   llm.Asker // nil for none
}

// Spec describes the kind.
func (k *Invoice) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.AIInvoice, Version: 5, Deadline: 20 * time.Minute, MaxAttempts: 3}
}

type invoiceInput struct {
	DocumentID string `json:"document_id"` // the task's entity where absent
	Invoice    int    `json:"invoice"`     // which of several in one file, from 1; 0 is all of them
}

// Check refuses an input whose document_id is no string.
func (k *Invoice) Check(raw json.RawMessage) error {
	var in invoiceInput
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "document_id must be the id of a document, invoice a number.", Field: "document_id"}
	}
	if in.Invoice < 0 {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "invoice counts the invoices of a file from 1.", Field: "invoice"}
	}
	return nil
}

// Run reads the document as an invoice.
func (k *Invoice) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	doc, answer := k.document(ctx, job.Task)
	if answer != nil {
		return answer
	}
	n := inputOf(job.Task).Invoice
	stated, shown, words, answer := k.read(ctx, doc, n)
	if answer != nil {
		return answer
	}
	r := &reading{task: job.Task, doc: doc, facts: stated, at: time.Now().UTC(), number: max(n, 1)}
	if n == 0 && stated.others > 0 {
		if answer := r.several(ctx, k.Records, job); answer != nil {
			return answer
		}
	}
	if fault := stated.fault; fault != nil {
		return broken(doc, fault.Code, "The first invoice of the file: "+fault.Message, fault.Path)
	}
	r.askModel(ctx, k.Model, words)
	if err := r.identify(ctx, k.Records); err != nil {
		return unreachable("The workspace's companies and invoices could not be looked up.", err)
	}
	if contradictions := contradict(stated, shown, words); len(contradictions) > 0 {
		return r.ask(contradictions)
	}
	if len(r.asked.proposed) > 0 {
		return r.suggest()
	}
	return r.answer()
}

func inputOf(task enrich.Task) (in invoiceInput) {
	if len(task.Input) > 0 {
		_ = json.Unmarshal(task.Input, &in) // checked at enqueue; older rows may hold anything
	}
	return in
}

func (k *Invoice) document(ctx context.Context, task enrich.Task) (record.Document, enrich.Answer) {
	in := inputOf(task)
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

// read takes what ocr_extract read of the document, or reads it where ai_invoice
// was asked for first. stated is the invoice's facts; shown is what its pages show
// beside an electronic invoice, nil where there is nothing to compare. n is which of
// several invoices of the file is meant, from 1.
func (k *Invoice) read(ctx context.Context, doc record.Document, n int) (stated, shown *facts, words pagefacts.Document, answer enrich.Answer) {
	parsed, _, err := k.Reader.Read(ctx, doc.Checksum)
	if err != nil {
		return nil, nil, words, unreadable(doc, err)
	}
	if n > 1 {
		stated, answer = furtherFacts(parsed, doc, n)
		return stated, nil, words, answer
	}
	words, err = k.Reader.Words(ctx, parsed)
	if err != nil {
		return nil, nil, words, unreachable("The words of the document could not be read from the store.", err)
	}
	if parsed.Invoice != nil {
		stated = xmlFacts(parsed.Invoice, doc, parsed.Route)
		if len(words.Pages) > 0 {
			shown = pageFacts(words, doc, parsed)
			stated.locate(shown)
		}
		return stated, shown, words, nil
	}
	if ok, why := pagefacts.LooksLikeInvoice(words); !ok {
		return nil, nil, words, refuse("not_an_invoice", "%s does not look like an invoice: %s.", doc.Filename, why)
	}
	return pageFacts(words, doc, parsed), nil, words, nil
}

// unreadable says why a document cannot be read as an invoice.
func unreadable(doc record.Document, err error) enrich.Answer {
	f := extraction.FaultOf(err)
	switch {
	case f.Means == extraction.Unsupported:
		return refuse("not_an_invoice", "%s is %s, not an invoice that can be read.", doc.Filename, f.Message)
	case f.Means == extraction.Foreign, f.Code == einvoice.CodeNotXML:
		return refuse("not_an_invoice", "%s is not an electronic invoice: %s", doc.Filename, f.Message)
	case f.Means == extraction.Damaged:
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
