package console

import (
	"context"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// explained is how many links of a record a page explains with their evidence.
const explained = 20

// payment is a link between an invoice and a bank entry, with both of its ends.
type payment struct {
	record.Link
	Invoice     *record.Invoice     // nil where it was deleted
	Transaction *record.Transaction // nil where it was deleted
	Match       *match              // what spoke for it; nil where that is not known
	TaskID      string              // that found it
	Seen        string              // entity type of the end whose page it stands on
}

// OtherParty is the company at the other side of the invoice; empty when unknown.
func (p payment) OtherParty() string {
	switch {
	case p.Invoice == nil:
		return ""
	case p.Invoice.Direction == "outbound":
		return p.Invoice.ReceiverName
	}
	return p.Invoice.IssuerName
}

// payments finds the links of invoices and transactions, with their ends.
func (c *console) payments(ctx context.Context, workspaceID string, invoiceIDs, transactionIDs []string) ([]payment, error) {
	links, err := c.Store.LinksOf(ctx, workspaceID, invoiceIDs, transactionIDs)
	if err != nil || len(links) == 0 {
		return nil, err
	}
	var ofInvoices, ofTransactions []string
	for _, l := range links {
		ofInvoices, ofTransactions = append(ofInvoices, l.InvoiceID), append(ofTransactions, l.TransactionID)
	}
	invoices, transactions, err := c.ends(ctx, workspaceID, ofInvoices, ofTransactions)
	list := make([]payment, len(links))
	for i, l := range links {
		list[i] = payment{Link: l, Invoice: invoices[l.InvoiceID], Transaction: transactions[l.TransactionID], Seen: record.EntityInvoice}
		if len(invoiceIDs) == 0 {
			list[i].Seen = record.EntityTransaction
		}
	}
	return list, err
}

// ends reads invoices and transactions, each by its id; those that are gone are
// left out.
func (c *console) ends(ctx context.Context, workspaceID string, invoiceIDs, transactionIDs []string) (map[string]*record.Invoice, map[string]*record.Transaction, error) {
	ofInvoices, ofTransactions := map[string]*record.Invoice{}, map[string]*record.Transaction{}
	if len(invoiceIDs) == 0 || len(transactionIDs) == 0 { // ends come in pairs
		return ofInvoices, ofTransactions, nil
	}
	invoices, err := c.Store.ListInvoices(ctx, workspaceID, byID(invoiceIDs))
	if err != nil {
		return nil, nil, err
	}
	transactions, err := c.Store.ListTransactions(ctx, workspaceID, byID(transactionIDs))
	if err != nil {
		return nil, nil, err
	}
	for i := range invoices.Records {
		ofInvoices[invoices.Records[i].ID] = &invoices.Records[i]
	}
	for i := range transactions.Records {
		ofTransactions[transactions.Records[i].ID] = &transactions.Records[i]
	}
	return ofInvoices, ofTransactions, nil
}

func byID(ids []string) postgres.ListQuery {
	return postgres.ListQuery{Filters: []postgres.Filter{{Name: "id", Values: ids}}, Size: len(ids)}
}

// explain finds the tasks that made links, and what they say speaks for them.
func (c *console) explain(ctx context.Context, workspaceID string, list []payment) error {
	tasks := map[string]proposal{}
	for i := range list[:min(len(list), explained)] {
		values, err := c.Store.FieldValues(ctx, workspaceID, record.EntityLink, list[i].ID)
		if err != nil {
			return err
		}
		for _, v := range values {
			if v.Field == "edge_status" && v.TaskID != "" {
				list[i].TaskID = v.TaskID
				break // the newest comes first
			}
		}
		id := list[i].TaskID
		if _, known := tasks[id]; id != "" && !known {
			task, err := c.Store.Task(ctx, workspaceID, id)
			if err != nil && enrich.CodeOf(err) != enrich.CodeNotFound {
				return err
			}
			tasks[id] = readProposal(task)
		}
		if m := tasks[id].find(list[i].ID); m != nil {
			now := *m
			now.Status = list[i].Status // a person may have decided since
			list[i].Match = &now
		}
	}
	return nil
}
