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
}

// payments finds the links of invoices and transactions, with their ends.
func (c *console) payments(ctx context.Context, workspaceID string, invoiceIDs, transactionIDs []string) ([]payment, error) {
	links, err := c.Store.LinksOf(ctx, workspaceID, invoiceIDs, transactionIDs)
	if err != nil || len(links) == 0 {
		return nil, err
	}
	list := make([]payment, len(links))
	var ofInvoices, ofTransactions []string
	for i, l := range links {
		list[i].Link = l
		ofInvoices, ofTransactions = append(ofInvoices, l.InvoiceID), append(ofTransactions, l.TransactionID)
	}
	invoices, err := c.Store.ListInvoices(ctx, workspaceID, byID(ofInvoices))
	if err != nil {
		return nil, err
	}
	transactions, err := c.Store.ListTransactions(ctx, workspaceID, byID(ofTransactions))
	if err != nil {
		return nil, err
	}
	for i := range list {
		for j := range invoices.Records {
			if invoices.Records[j].ID == list[i].InvoiceID {
				list[i].Invoice = &invoices.Records[j]
			}
		}
		for j := range transactions.Records {
			if transactions.Records[j].ID == list[i].TransactionID {
				list[i].Transaction = &transactions.Records[j]
			}
		}
	}
	return list, nil
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
		list[i].Match = tasks[id].find(list[i].ID)
	}
	return nil
}
