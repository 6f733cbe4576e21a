package console

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// taskRow is a task with the name of what it works on.
type taskRow struct {
	enrich.Task
	Filename string // of the document; empty for other entities
	Name     string // of the company or person, the number of the invoice, the file of the statement; empty for other entities
	Month    string // YYYY-MM of a close, or of its part; Name is then the counterparty's
}

// rows finds the file names of the documents that tasks work on, each once. A
// document that was deleted since has none.
func (c *console) rows(ctx context.Context, workspaceID string, tasks []enrich.Task) ([]taskRow, error) {
	names := map[string]string{}
	rows := make([]taskRow, len(tasks))
	for i, t := range tasks {
		rows[i].Task = t
		if t.EntityType != record.EntityDocument {
			continue
		}
		if _, known := names[t.EntityID]; !known {
			doc, err := c.Store.Document(ctx, workspaceID, t.EntityID)
			if err != nil && enrich.CodeOf(err) != enrich.CodeNotFound {
				return nil, err
			}
			names[t.EntityID] = doc.Filename
		}
		rows[i].Filename = names[t.EntityID]
	}
	if err := c.nameParties(ctx, workspaceID, rows); err != nil {
		return nil, err
	}
	return rows, c.namePapers(ctx, workspaceID, rows)
}

// namePapers finds the numbers of the invoices and the files of the bank statements
// that tasks work on.
func (c *console) namePapers(ctx context.Context, workspaceID string, rows []taskRow) error {
	ids := map[string][]string{}
	for _, row := range rows {
		if printable(row.EntityID) {
			ids[row.EntityType] = append(ids[row.EntityType], row.EntityID)
		}
	}
	names := map[string]string{}
	if list := ids[record.EntityInvoice]; len(list) > 0 {
		found, err := c.Store.ListInvoices(ctx, workspaceID, byID(list))
		if err != nil {
			return err
		}
		for _, one := range found.Records {
			names[one.ID] = one.Number
		}
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids[record.EntityStatement]))) {
		name, err := c.statementName(ctx, workspaceID, record.EntityStatement, id)
		if err != nil {
			return err
		}
		names[id] = name
	}
	for i := range rows {
		switch rows[i].EntityType {
		case record.EntityInvoice, record.EntityStatement:
			rows[i].Name = names[rows[i].EntityID]
		case record.EntityMonth, record.EntityCounterpartyMonth:
			rows[i].Month, rows[i].Name = monthOf(rows[i].Input)
		}
	}
	return nil
}

// monthOf is what a close, or its part, says of itself: its month, and who it is about.
func monthOf(input json.RawMessage) (month, name string) {
	var in struct {
		Month string `json:"record_id"`
		Share struct {
			Name string `json:"name"`
		} `json:"share"`
	}
	_ = json.Unmarshal(input, &in) // of another shape it says neither
	return in.Month, in.Share.Name
}

// short is as much of an id as people read: the first part of a UUID.
func short(id string) string {
	if uuid.Validate(id) != nil {
		return id
	}
	return id[:8]
}

// nameParties finds the names of the companies and people that tasks work on.
func (c *console) nameParties(ctx context.Context, workspaceID string, rows []taskRow) error {
	for _, entityType := range []string{record.EntityCompany, record.EntityPerson} {
		var ids []string
		for _, row := range rows {
			if row.EntityType == entityType {
				ids = append(ids, row.EntityID)
			}
		}
		names, err := c.names(ctx, workspaceID, entityType, ids)
		if err != nil {
			return err
		}
		for i := range rows {
			if rows[i].EntityType == entityType {
				rows[i].Name = names[rows[i].EntityID]
			}
		}
	}
	return nil
}
