package api

import (
	"net/http"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
)

const invoicesPath = "/v1/invoices"

func invoiceResource(v record.Invoice) jsonapi.Resource {
	r := jsonapi.Resource{
		Type: record.EntityInvoice, ID: v.ID, Links: map[string]any{"self": invoicesPath + "/" + v.ID},
		Attributes: []jsonapi.Attribute{{Name: "invoice_id", Value: v.ID}},
	}
	for _, a := range []struct{ name, value string }{
		{"invoice_number", v.Number},
		{"document_type_code", v.DocumentTypeCode},
		{"status", v.Status},
		{"direction", v.Direction},
		{"issue_date", v.IssueDate},
		{"due_date", v.DueDate},
		{"local_currency", v.LocalCurrency},
		{"items_total", v.ItemsTotal},
		{"tax_total", v.TaxTotal},
		{"grand_total", v.GrandTotal},
		{"balance_due", v.BalanceDue},
		{"issuer_id", v.IssuerID},
		{"issuer_name", v.IssuerName},
		{"receiver_id", v.ReceiverID},
		{"receiver_name", v.ReceiverName},
		{"document_id", v.DocumentID},
	} {
		attribute := jsonapi.Attribute{Name: a.name}
		if a.value != "" {
			attribute.Value = a.value
		}
		r.Attributes = append(r.Attributes, attribute)
	}
	r.Attributes = append(r.Attributes, jsonapi.Attribute{Name: "created_at", Value: stamp(&v.CreatedAt)})
	return r
}

// listInvoices shows the newest invoices, at most a page of them.
func (s *server) listInvoices(c *call) error {
	q, err := c.query(jsonapi.Allowed{List: true, Custom: []string{"workspaceId"}})
	if err != nil {
		return err
	}
	list, err := s.store.Invoices(c.r.Context(), c.workspace(), q.Size)
	if err != nil {
		return err
	}
	data := []jsonapi.Resource{}
	for _, v := range list {
		data = append(data, invoiceResource(v))
	}
	s.write(c, http.StatusOK, &jsonapi.Document{Data: data, Links: map[string]any{"self": jsonapi.Self(c.r)}})
	return nil
}

func (s *server) getInvoice(c *call) error {
	if _, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId"}}); err != nil {
		return err
	}
	v, err := s.store.Invoice(c.r.Context(), c.workspace(), c.r.PathValue("id"))
	if enrich.CodeOf(err) == enrich.CodeNotFound {
		return jsonapi.Fault("NOT_FOUND", "There is no invoice with this id.")
	}
	if err != nil {
		return err
	}
	r := invoiceResource(v)
	r.Attributes = append(r.Attributes, jsonapi.Attribute{Name: "invoice_items", Value: v.Items})
	s.write(c, http.StatusOK, &jsonapi.Document{Data: r, Links: map[string]any{"self": invoicesPath + "/" + v.ID}})
	return nil
}
