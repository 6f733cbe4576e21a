package extract

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/record"
)

// furtherFacts are the facts of the n-th invoice of a file, from 2.
func furtherFacts(parsed *extraction.Document, doc record.Document, n int) (*facts, enrich.Answer) {
	if parsed.Invoice == nil || n-2 >= len(parsed.Invoice.Others) {
		return nil, refuse("no_such_invoice", "%s holds no invoice number %d.", doc.Filename, n)
	}
	other := parsed.Invoice.Others[n-2]
	if other.Invoice == nil {
		fault := other.Fault
		if fault == nil {
			fault = &einvoice.Error{Code: einvoice.CodeNoInvoiceData, Message: "It could not be read."}
		}
		return nil, broken(doc, fault.Code, fmt.Sprintf("Invoice number %d of the file: %s", n, fault.Message), fault.Path)
	}
	return xmlFacts(other.Invoice, doc, parsed.Route), nil
}

// several has the further invoices of a file read, each by a task that targets its
// record and has an output and a decision of its own; nil once that is done. They are
// subtasks, for whose end the task waits. A subtask cannot have any: it has ordinary
// tasks made, which it does not wait for.
func (r *reading) several(ctx context.Context, records Records, job enrich.Job) enrich.Answer {
	found, words := job.Children, fmt.Sprintf("**%s holds %d invoices.** Each is read by itself.", r.doc.Filename, r.others+1)
	if job.Task.ParentID == nil && found == nil {
		return enrich.Split{Children: r.further(nil), Description: words}
	}
	if job.Task.ParentID != nil {
		ids := make([]string, r.others)
		for n := range ids {
			ids[n] = invoiceID(job.Task.WorkspaceID, r.doc.ID, n+2)
		}
		var err error
		if found, err = records.ReadingsSince(ctx, job.Task.WorkspaceID, ids, job.Task.CreatedAt); err != nil {
			return unreachable("The readings of the other invoices of the file could not be looked up.", err)
		}
		if open := r.further(found); len(open) > 0 {
			return enrich.Later{Tasks: open, Words: "The other invoices of its file are given tasks of their own.", Description: words}
		}
	}
	r.list(found)
	return nil
}

// further are the readings of the further invoices of the file that were not found.
func (r *reading) further(found []enrich.Child) []enrich.Request {
	var requests []enrich.Request
	for n := range r.others {
		id := invoiceID(r.task.WorkspaceID, r.doc.ID, n+2)
		if slices.ContainsFunc(found, func(c enrich.Child) bool { return c.EntityID == id }) {
			continue
		}
		raw, err := json.Marshal(map[string]any{"document_id": r.doc.ID, "invoice": n + 2})
		if err != nil {
			continue // an id and a number always marshal
		}
		requests = append(requests, enrich.Request{Type: enrich.AIInvoice, EntityType: record.EntityInvoice, EntityID: id, Input: raw, TargetFields: r.task.TargetFields})
	}
	return requests
}

// list writes down what became of all invoices of the file.
func (r *reading) list(found []enrich.Child) {
	r.siblings = []map[string]any{{"invoice": 1, "invoice_id": r.invoiceID(), "invoice_number": orNull(r.get("invoice_number").value), "task": r.task.ID, "status": enrich.Completed}}
	for n := range r.others {
		r.siblings = append(r.siblings, map[string]any{"invoice": n + 2, "invoice_id": invoiceID(r.task.WorkspaceID, r.doc.ID, n+2), "invoice_number": nil, "task": nil, "status": "not_read"})
	}
	for _, child := range found {
		var in invoiceInput
		var out struct {
			Number *string `json:"invoice_number"`
		}
		if json.Unmarshal(child.Input, &in) != nil || in.Invoice < 2 || in.Invoice > len(r.siblings) {
			continue
		}
		s := r.siblings[in.Invoice-1]
		s["task"], s["status"] = child.ID, child.Status
		if len(child.Output) > 0 && json.Unmarshal(child.Output, &out) == nil && out.Number != nil {
			s["invoice_number"] = *out.Number
		}
		if child.Error != "" {
			s["error"] = child.Error
		}
	}
}

// maxSiblings is how many invoices of a file a description names.
const maxSiblings = 20

func (r *reading) listSiblings() string {
	s := fmt.Sprintf("\n\nIt is the first of %d invoices of one file:", len(r.siblings))
	for n, one := range r.siblings[1:] {
		if n == maxSiblings {
			return s + "\n- …"
		}
		number, _ := one["invoice_number"].(string)
		s += fmt.Sprintf("\n- %s: %v", or(number, fmt.Sprintf("number %v", one["invoice"])), one["status"])
	}
	return s + "."
}
