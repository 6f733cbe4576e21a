package console

import (
	"net/http"

	"github.com/enrichd/enrichd/record"
)

// transactionPage is one entry of a bank account with what it pays.
type transactionPage struct {
	Entry     entry
	Statement string // file name of the import that brought it
	Details   string // the parts of a batch booking, JSON over lines
}

func (c *console) transaction(r *http.Request, workspaceID string) (page, error) {
	if !printable(r.PathValue("id")) {
		return page{}, errNoPage
	}
	ctx := r.Context()
	t, err := c.Store.Transaction(ctx, workspaceID, r.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	entries, err := c.entries(ctx, workspaceID, []record.Transaction{t})
	if err != nil {
		return page{}, err
	}
	body := transactionPage{Entry: entries[0], Details: pretty(t.Details)}
	if err := c.explain(ctx, workspaceID, body.Entry.Payments); err != nil {
		return page{}, err
	}
	if body.Statement, err = c.statementName(ctx, workspaceID, record.EntityStatement, t.StatementID); err != nil {
		return page{}, err
	}
	title := say("Bank entry of an unknown day")
	if t.BookingDate != "" {
		title = say("Bank entry of %s", day(t.BookingDate))
	}
	return page{View: "transaction", Title: title, Section: "/bank", Body: body}, nil
}
