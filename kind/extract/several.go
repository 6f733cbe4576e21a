package extract

import (
	"encoding/json"
	"fmt"

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

// several has the further invoices of a file read, each by a subtask that targets its
// record and has an output and a decision of its own; nil once they have ended, or where the task is a
// subtask itself, which cannot have any.
func (r *reading) several(job enrich.Job) enrich.Answer {
	if job.Children == nil && job.Task.ParentID == nil {
		var children []enrich.Request
		for n := range r.others {
			raw, err := json.Marshal(map[string]any{"document_id": r.doc.ID, "invoice": n + 2})
			if err != nil {
				continue // an id and a number always marshal
			}
			children = append(children, enrich.Request{
				Type: enrich.AIInvoice, EntityType: record.EntityInvoice, EntityID: invoiceID(job.Task.WorkspaceID, r.doc.ID, n+2), Input: raw, TargetFields: job.Task.TargetFields,
			})
		}
		return enrich.Split{Children: children, Description: fmt.Sprintf("**%s holds %d invoices.** Each is read by itself.", r.doc.Filename, r.others+1)}
	}
	r.siblings = []map[string]any{{"invoice": 1, "invoice_id": r.invoiceID(), "invoice_number": orNull(r.get("invoice_number").value), "task": job.Task.ID, "status": enrich.Completed}}
	for n := range r.others {
		r.siblings = append(r.siblings, map[string]any{"invoice": n + 2, "invoice_id": invoiceID(r.task.WorkspaceID, r.doc.ID, n+2), "invoice_number": nil, "task": nil, "status": "not_read"})
	}
	for _, child := range job.Children {
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
	return nil
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
