package api

import (
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
)

const (
	transactionsPath = "/v1/transactions"
	linksPath        = "/v1/invoice-transactions"
)

// transactions are the entries of bank accounts. What they pay for stands in
// invoice_transactions.
func (s *server) transactions() *resource {
	return table[record.Transaction]{
		Type: record.EntityTransaction, Path: transactionsPath, Noun: "a transaction", Read: ScopeTransactionsRead,
		ID:     func(v record.Transaction) string { return v.ID },
		Fields: transactionFields(),
		Relations: []relation[record.Transaction]{
			{Name: "bank_statement", To: record.EntityStatement, ID: func(v record.Transaction) *string { return idOrNil(v.StatementID) }},
			{Name: "invoice_transactions", To: record.EntityLink, By: "transaction"},
		},
		Filters: []filter{
			byText("account"), byText("status"), byText("currency"), byDecimal("amount"), byText("counterparty_iban"), byText("end_to_end_id"),
			byID("bank_statement"), byDay("booking_date"), byTime("created_at"),
		},
		Sorts: []string{"created_at", "booking_date"},
		List:  s.store.ListTransactions, Each: s.store.ListTransactionsEach, Get: s.store.Transaction,
	}.resource()
}

func transactionFields() []field[record.Transaction] {
	type tx = record.Transaction
	return []field[tx]{
		{Name: "transaction_id", Form: words(), Value: func(v tx) any { return v.ID }},
		{Name: "transaction_external_id", Form: words(), Value: func(v tx) any { return textOrNull(v.ExternalID) }},
		{Name: "account", Form: words(), Value: func(v tx) any { return textOrNull(v.Account) }},
		{Name: "transaction_type", Form: words(), Value: func(v tx) any { return textOrNull(v.Type) }},
		{Name: "status", Form: words(), Value: func(v tx) any { return v.Status }},
		{Name: "amount", Form: decimal(), Value: func(v tx) any { return textOrNull(v.Amount) }},
		{Name: "currency", Form: words(), Value: func(v tx) any { return textOrNull(v.Currency) }},
		{Name: "instructed_amount", Form: anything(), Value: func(v tx) any {
			if v.InstructedAmount == "" {
				return nil
			}
			return map[string]any{"amount": v.InstructedAmount, "currency": textOrNull(v.InstructedCurrency)}
		}},
		{Name: "booking_date", Form: day(), Value: func(v tx) any { return textOrNull(v.BookingDate) }},
		{Name: "value_date", Form: day(), Value: func(v tx) any { return textOrNull(v.ValueDate) }},
		{Name: "counterparty_name", Form: words(), Value: func(v tx) any { return textOrNull(v.CounterpartyName) }},
		{Name: "counterparty_iban", Form: words(), Value: func(v tx) any { return textOrNull(v.CounterpartyIBAN) }},
		{Name: "counterparty_bic", Form: words(), Value: func(v tx) any { return textOrNull(v.CounterpartyBIC) }},
		{Name: "remittance", Form: anything(), Value: func(v tx) any {
			return map[string]any{
				"unstructured": append([]string{}, v.Remittance...), "structured_reference": textOrNull(v.StructuredReference),
				"reference_type": textOrNull(v.ReferenceType), "documents": append([]string{}, v.DocumentReferences...),
			}
		}},
		{Name: "external_ids", Form: anything(), Value: func(v tx) any { return map[string]any{"end_to_end_id": textOrNull(v.EndToEndID)} }},
		{Name: "is_reversal", Form: flag(), Value: func(v tx) any { return v.IsReversal }},
		{Name: "source_ref", Form: words(), Value: func(v tx) any { return textOrNull(v.SourceRef) }},
		{Name: "created_at", Form: moment(), Value: func(v tx) any { return stamp(&v.CreatedAt) }},
		{Name: "details", Form: anything(), Lone: true, Value: func(v tx) any { return rawOrNull(v.Details) }},
	}
}

// links are the edges between invoices and the transactions that pay them. They
// are written by reconcile and by decisions; a person takes one back that holds, and
// puts it back.
func (s *server) links() *resource {
	type link = record.Link
	return table[link]{
		Type: record.EntityLink, Path: linksPath, Noun: "an invoice transaction", Read: ScopeTransactionsRead, Write: ScopeTasksApprove,
		ID: func(v link) string { return v.ID },
		Fields: []field[link]{
			{Name: "invoice_transaction_id", Form: words(), Value: func(v link) any { return v.ID }},
			{Name: "amount", Form: decimal(), Value: func(v link) any { return textOrNull(v.Amount) }},
			{Name: "currency", Form: words(), Value: func(v link) any { return textOrNull(v.Currency) }},
			{Name: "is_partial", Form: flag(), Value: func(v link) any { return v.IsPartial }},
			{Name: "match_method", Form: words(), Value: func(v link) any { return textOrNull(v.MatchMethod) }},
			{Name: "confidence", Form: anything(), Value: func(v link) any { return v.Confidence }},
			{Name: "edge_status", Form: oneOf([]record.LinkStatus{record.LinkProvisional, record.LinkConfirmed, record.LinkDeclined, record.LinkRevoked}), Write: editable, Value: func(v link) any { return textOrNull(string(v.Status)) }},
			{Name: "reasoning", Form: words(), Value: func(v link) any { return textOrNull(v.Reasoning) }},
			{Name: "created_at", Form: moment(), Value: func(v link) any { return stamp(&v.CreatedAt) }},
			{Name: "updated_at", Form: moment(), Value: func(v link) any { return stamp(&v.UpdatedAt) }},
		},
		Relations: []relation[link]{
			{Name: "invoice", To: record.EntityInvoice, ID: func(v link) *string { return idOrNil(v.InvoiceID) }},
			{Name: "transaction", To: record.EntityTransaction, ID: func(v link) *string { return idOrNil(v.TransactionID) }},
			{Name: "reversal", To: record.EntityTransaction, ID: func(v link) *string { return idOrNil(v.ReversalID) }},
		},
		Filters: []filter{byID("invoice"), byID("transaction"), byText("edge_status"), byTime("created_at")},
		Sorts:   []string{"created_at"},
		List:    s.store.ListLinks, Each: s.store.ListLinksEach, Fault: editFault, Update: s.updateLink,
	}.resource()
}

// updateLink takes a link back that holds: its invoice is open again, and nothing is
// learnt from it any more. One that was taken back is put back, as long as the rows
// are not used otherwise. Whether to link is decided on the task that proposes it.
func (s *server) updateLink(c *call, id string, in *input) (record.Link, error) {
	link, err := s.store.Link(c.r.Context(), c.workspace(), id)
	if err != nil {
		return link, err
	}
	wanted, given := in.text("edge_status")
	switch {
	case !given:
	case wanted == nil || *wanted != string(record.LinkRevoked) && *wanted != string(record.LinkConfirmed):
		in.OneOf("edge_status", "", []string{string(record.LinkRevoked), string(record.LinkConfirmed)})
	case *wanted == string(record.LinkRevoked) && link.Status != record.LinkConfirmed && link.Status != record.LinkRevoked,
		*wanted == string(record.LinkConfirmed) && link.Status != record.LinkRevoked && link.Status != record.LinkConfirmed:
		in.Note(jsonapi.Fault("INVALID_VALUE", "This link is %s: it can be neither taken back nor put back.", link.Status).At("/data/attributes/edge_status"))
	}
	if err := s.edit(c, record.EntityLink, id, in); err != nil {
		return link, err
	}
	return s.store.Link(c.r.Context(), c.workspace(), id)
}

func idOrNil(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
