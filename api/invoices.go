package api

import (
	"github.com/enrichd/enrichd/record"
)

const invoicesPath = "/v1/invoices"

// invoices are what was read of documents that are invoices.
func (s *server) invoices() *resource {
	return table[record.Invoice]{
		Type: record.EntityInvoice, Path: invoicesPath, Noun: "an invoice", Read: ScopeInvoicesRead, Write: ScopeInvoicesWrite,
		ID:     func(v record.Invoice) string { return v.ID },
		Fields: invoiceFields(),
		Relations: []relation[record.Invoice]{
			{Name: "document", To: record.EntityDocument, ID: func(v record.Invoice) *string { return &v.DocumentID }},
			{Name: "issuer", To: record.EntityCompany, ID: func(v record.Invoice) *string { return &v.IssuerID }},
			{Name: "receiver", To: record.EntityCompany, ID: func(v record.Invoice) *string { return &v.ReceiverID }},
			{Name: "invoice_transactions", To: record.EntityLink, By: "invoice"},
		},
		Filters: []filter{
			byText("invoice_number"), byText("status"), byText("payment_status"), byText("direction"), byText("local_currency"), byDecimal("grand_total"),
			byID("document"), byID("issuer"), byID("receiver"), byDay("issue_date"), byDay("due_date"), byTime("created_at"),
		},
		Sorts: []string{"created_at", "issue_date", "due_date"},
		List:  s.store.ListInvoices, Each: s.store.ListInvoicesEach, Get: s.store.Invoice,
		Fault: editFault,
		Update: func(c *call, id string, in *input) (record.Invoice, error) {
			if err := s.edit(c, record.EntityInvoice, id, in); err != nil {
				return record.Invoice{}, err
			}
			return s.store.Invoice(c.r.Context(), c.workspace(), id)
		},
	}.resource()
}

func invoiceFields() []field[record.Invoice] {
	return []field[record.Invoice]{
		{Name: "invoice_id", Form: words(), Value: func(v record.Invoice) any { return v.ID }},
		{Name: "invoice_number", Form: text(200), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.Number) }},
		{Name: "document_type_code", Form: text(200), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.DocumentTypeCode) }},
		{Name: "status", Form: words(), Value: func(v record.Invoice) any { return textOrNull(v.Status) }},
		{Name: "direction", Form: oneOf([]string{"inbound", "outbound"}), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.Direction) }},
		{Name: "issue_date", Form: day(), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.IssueDate) }},
		{Name: "due_date", Form: day(), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.DueDate) }},
		{Name: "local_currency", Form: text(200), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.LocalCurrency) }},
		{Name: "items_total", Form: decimal(), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.ItemsTotal) }},
		{Name: "tax_total", Form: decimal(), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.TaxTotal) }},
		{Name: "grand_total", Form: decimal(), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.GrandTotal) }},
		{Name: "balance_due", Form: decimal(), Write: editable, Value: func(v record.Invoice) any { return textOrNull(v.BalanceDue) }},
		{Name: "payment_status", Form: words(), Value: func(v record.Invoice) any { return textOrNull(v.PaymentStatus) }},
		{Name: "paid_total", Form: decimal(), Value: func(v record.Invoice) any { return textOrNull(v.PaidTotal) }},
		{Name: "issuer_id", Form: words(), Value: func(v record.Invoice) any { return textOrNull(v.IssuerID) }},
		{Name: "issuer_name", Form: words(), Value: func(v record.Invoice) any { return textOrNull(v.IssuerName) }},
		{Name: "receiver_id", Form: words(), Value: func(v record.Invoice) any { return textOrNull(v.ReceiverID) }},
		{Name: "receiver_name", Form: words(), Value: func(v record.Invoice) any { return textOrNull(v.ReceiverName) }},
		{Name: "document_id", Form: words(), Value: func(v record.Invoice) any { return textOrNull(v.DocumentID) }},
		{Name: "created_at", Form: moment(), Value: func(v record.Invoice) any { return stamp(&v.CreatedAt) }},
		{
			Name: "invoice_items", Lone: true, Value: func(v record.Invoice) any { return v.Items },
			Form: records("line_id", "name", "description", "quantity", "unit_price", "line_total", "tax_rate", "period_start", "period_end"),
		},
	}
}
