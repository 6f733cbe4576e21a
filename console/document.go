package console

import (
	"net/http"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// documentPage is one document: what it is, what was read from it, and by which tasks.
type documentPage struct {
	Document record.Document
	Invoices []record.Invoice
	Tasks    []enrich.Task
	More     bool // there are older tasks, which the page does not show
}

func (c *console) document(r *http.Request, workspaceID string) (page, error) {
	if !printable(r.PathValue("id")) {
		return page{}, errNoPage
	}
	ctx := r.Context()
	doc, err := c.Store.Document(ctx, workspaceID, r.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	invoices, err := c.Store.InvoicesByDocument(ctx, workspaceID, doc.ID)
	if err != nil {
		return page{}, err
	}
	tasks, err := c.Store.Tasks(ctx, workspaceID, postgres.TaskFilter{EntityType: record.EntityDocument, EntityID: doc.ID}, postgres.Page{Size: neighbours})
	if err != nil {
		return page{}, err
	}
	body := documentPage{Document: doc, Invoices: invoices, Tasks: tasks.Tasks, More: tasks.HasNext}
	return page{View: "document", Title: doc.Filename, Section: "/invoices", Body: body}, nil
}
