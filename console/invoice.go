package console

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// invoicePage is one invoice with what speaks for it.
type invoicePage struct {
	Invoice   record.Invoice
	Filename  string // of its document
	Means     []record.PaymentMeans
	Task      *enrich.Task // that read it last
	Checks    []check
	Standing  []fieldRow // the values that hold
	Suggested []fieldRow // proposals that a person may take
	Earlier   []fieldRow // values that held once
	Payments  []payment
}

func (c *console) invoice(r *http.Request, workspaceID string) (page, error) {
	if !printable(r.PathValue("id")) {
		return page{}, errNoPage
	}
	ctx := r.Context()
	invoice, err := c.Store.Invoice(ctx, workspaceID, r.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	body := invoicePage{Invoice: invoice}
	if err := c.source(ctx, workspaceID, &body); err != nil {
		return page{}, err
	}
	values, err := c.Store.FieldValues(ctx, workspaceID, record.EntityInvoice, invoice.ID)
	if err != nil {
		return page{}, err
	}
	body.addValues(values)
	if body.Payments, err = c.payments(ctx, workspaceID, []string{invoice.ID}, nil); err != nil {
		return page{}, err
	}
	if err := c.explain(ctx, workspaceID, body.Payments); err != nil {
		return page{}, err
	}
	return page{View: "invoice", Title: body.Headline(), Section: "/invoices", Body: body}, nil
}

// source finds the document that an invoice was read from and the checks of the
// task that read it last.
func (c *console) source(ctx context.Context, workspaceID string, p *invoicePage) error {
	id := p.Invoice.DocumentID
	if id == "" {
		return nil
	}
	doc, err := c.Store.Document(ctx, workspaceID, id)
	if err != nil && enrich.CodeOf(err) != enrich.CodeNotFound {
		return err
	}
	p.Filename = doc.Filename
	if p.Task, err = c.lastReading(ctx, workspaceID, id); p.Task != nil {
		p.Checks = readOutput(p.Task.Output).Checks
	}
	return err
}

// lastReading is the task that read a document last and came to a result; nil
// where there is none.
func (c *console) lastReading(ctx context.Context, workspaceID, documentID string) (*enrich.Task, error) {
	list, err := c.Store.Tasks(ctx, workspaceID, postgres.TaskFilter{
		EntityType: record.EntityDocument, EntityID: documentID,
		Types: []enrich.Type{enrich.AIInvoice}, Statuses: []enrich.Status{enrich.Completed, enrich.AwaitingApproval},
	}, postgres.Page{Size: 1})
	if err != nil || len(list.Tasks) == 0 {
		return nil, err
	}
	return &list.Tasks[0], nil
}

func (p *invoicePage) addValues(values []record.FieldValue) {
	for _, v := range values {
		row := p.row(v)
		switch {
		case v.Decision == record.Suggested:
			p.Suggested = append(p.Suggested, row)
		case v.Decision == record.Applied && v.ActiveUntil == nil:
			p.Standing = append(p.Standing, row)
			if v.Field == "payment_means" {
				p.Means = readMeans(json.RawMessage(v.Value))
			}
		case v.Decision == record.Applied:
			p.Earlier = append(p.Earlier, row)
		}
	}
	for _, list := range [][]fieldRow{p.Standing, p.Suggested, p.Earlier} {
		slices.SortStableFunc(list, byField)
	}
}

// row writes a value for people: ids of records become their names.
func (p *invoicePage) row(v record.FieldValue) fieldRow {
	raw := json.RawMessage(v.Value)
	row := fieldRow{
		Name: v.Field, Value: fieldText(v.Field, raw, p.Invoice.LocalCurrency), Grade: v.Grade, Confidence: v.Confidence, Origin: v.Origin,
		TaskID: v.TaskID, Decision: string(v.Decision),
	}
	row.addEvidence(v.Evidence, plain(raw))
	names := map[string]string{p.Invoice.IssuerID: p.Invoice.IssuerName, p.Invoice.ReceiverID: p.Invoice.ReceiverName, p.Invoice.DocumentID: p.Filename}
	switch v.Field {
	case "issuer_id", "receiver_id", "document_id":
		row.Value = verbatim(or(names[plain(raw)], plain(raw)))
		row.Name = v.Field[:len(v.Field)-len("_id")]
		row.Quote = ""
	}
	return row
}

// Headline names the invoice.
func (p invoicePage) Headline() phrase {
	if p.Invoice.Number == "" {
		return say("%s without a number", invoiceWords(p.Invoice.DocumentTypeCode))
	}
	return say("%s %s", invoiceWords(p.Invoice.DocumentTypeCode), p.Invoice.Number)
}

// Numbered reports whether some line has a number of its own.
func (p invoicePage) Numbered() bool {
	return slices.ContainsFunc(p.Invoice.Items, func(l record.InvoiceItem) bool { return l.LineID != "" })
}

// Rated reports whether some line says its rate of tax.
func (p invoicePage) Rated() bool {
	return slices.ContainsFunc(p.Invoice.Items, func(l record.InvoiceItem) bool { return l.TaxRate != "" })
}

// Span is how many columns stand before the last one.
func (p invoicePage) Span() (n int) {
	n = 3
	for _, there := range []bool{p.Numbered(), p.Rated()} {
		if there {
			n++
		}
	}
	return n
}
