package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// documentPage is one document: what it is, one of its pages with the boxes of
// the fields that were read, and by which tasks.
type documentPage struct {
	Document record.Document
	Sheet    *sheet // nil for what has no pages, such as XML
	Fields   []fieldRow
	Missing  []phrase     // fields that were asked for and not found
	Reading  *enrich.Task // that the fields were read by
	Invoices []record.Invoice
	Tasks    []enrich.Task
	More     bool // there are older tasks, which the page does not show
}

func (c *console) document(r *http.Request, workspaceID string) (page, error) {
	if !printable(r.PathValue("id")) {
		return page{}, errNoPage
	}
	number, err := pageNumber(r.URL.Query().Get("page"))
	if err != nil {
		return page{}, err
	}
	ctx := r.Context()
	doc, err := c.Store.Document(ctx, workspaceID, r.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	body := documentPage{Document: doc}
	if body.Invoices, err = c.Store.InvoicesByDocument(ctx, workspaceID, doc.ID); err != nil {
		return page{}, err
	}
	tasks, err := c.Store.Tasks(ctx, workspaceID, postgres.TaskFilter{EntityType: record.EntityDocument, EntityID: doc.ID}, postgres.Page{Size: neighbours})
	if err != nil {
		return page{}, err
	}
	body.Tasks, body.More = tasks.Tasks, tasks.HasNext
	if err := c.fields(ctx, workspaceID, &body); err != nil {
		return page{}, err
	}
	if hasPages(doc.MimeType) {
		body.Sheet = c.sheet(ctx, doc, number, body.Fields)
	}
	return page{View: "document", Title: verbatim(doc.Filename), Section: "/invoices", Body: body}, nil
}

// fields collects what was read from a document: the values of its last reading,
// and those on its invoices that stand elsewhere in no reading, such as lines.
func (c *console) fields(ctx context.Context, workspaceID string, p *documentPage) (err error) {
	if p.Reading, err = c.lastReading(ctx, workspaceID, p.Document.ID); err != nil {
		return err
	}
	if p.Reading != nil {
		read := readOutput(p.Reading.Output)
		p.Fields, p.Missing = append(read.Fields, read.Shown...), read.Missing
	}
	for _, invoice := range p.Invoices {
		values, err := c.Store.FieldValues(ctx, workspaceID, record.EntityInvoice, invoice.ID)
		if err != nil {
			return err
		}
		list := invoicePage{Invoice: invoice}
		list.addValues(values)
		p.addFields(list.Standing)
	}
	slices.SortStableFunc(p.Fields, byField)
	numbered(p.Fields, p.Document.ID)
	return nil
}

// addFields adds the values that stand in this document and are not there yet.
// Those that name a record, such as issuer_id, show as the party's own fields.
func (p *documentPage) addFields(rows []fieldRow) {
	for _, row := range rows {
		known := func(f fieldRow) bool {
			return !f.Disputed && f.Name == row.Name || strings.HasPrefix(f.Name, row.Name+".")
		}
		if row.Document == p.Document.ID && (row.Page > 0 || row.Path != "") && !slices.ContainsFunc(p.Fields, known) {
			p.Fields = append(p.Fields, row)
		}
	}
}

// hasPages reports whether a content is something to look at.
func hasPages(mimeType string) bool {
	if strings.HasPrefix(mimeType, "text/html") {
		return true // its words are drawn where they were read
	}
	return !strings.HasPrefix(mimeType, "text/") && !strings.Contains(mimeType, "xml") && !strings.Contains(mimeType, "json")
}
