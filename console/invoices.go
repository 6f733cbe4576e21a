package console

import (
	"net/http"

	"github.com/enrichd/enrichd/record"
)

// invoicesShown is how many invoices the list holds.
const invoicesShown = 100

// invoicesPage is the list of the newest invoices.
type invoicesPage struct {
	Invoices []record.Invoice
	More     bool // there are older ones, which the list does not show
}

func (c *console) invoices(r *http.Request, workspaceID string) (page, error) {
	list, err := c.Store.Invoices(r.Context(), workspaceID, invoicesShown+1)
	if err != nil {
		return page{}, err
	}
	body := invoicesPage{Invoices: list, More: len(list) > invoicesShown}
	if body.More {
		body.Invoices = list[:invoicesShown]
	}
	return page{View: "invoices", Title: say("Invoices"), Section: "/invoices", Body: body}, nil
}
