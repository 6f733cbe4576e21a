package console

import (
	"net/http"
	"net/url"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// itemsShown is how many items of a proposal the inbox names.
const itemsShown = 5

// approvalsPage is the inbox: what waits for a person.
type approvalsPage struct {
	Rows         []approvalRow
	Newer, Older string // addresses of the neighbouring pages; empty where there are none
}

// approvalRow is one proposal of the inbox.
type approvalRow struct {
	taskRow
	Question phrase
	Items    []item // the first of them
	More     int    // items beyond those
}

func (c *console) approvals(r *http.Request, workspaceID string) (page, error) {
	place, err := readPlace(r.URL.Query())
	if err != nil {
		return page{}, err
	}
	list, err := c.Store.Tasks(r.Context(), workspaceID, postgres.TaskFilter{Statuses: []enrich.Status{enrich.AwaitingApproval}}, place)
	if err != nil {
		return page{}, err
	}
	rows, err := c.rows(r.Context(), workspaceID, list.Tasks)
	if err != nil {
		return page{}, err
	}
	var body approvalsPage
	var named []item // what the page says of them stands in the records
	for _, row := range rows {
		p := readProposal(row.Task)
		shown := min(len(p.Items), itemsShown)
		named = append(named, p.Items[:shown]...)
		body.Rows = append(body.Rows, approvalRow{taskRow: row, Question: question(row.Task, p), Items: p.Items[:shown], More: len(p.Items) - shown})
	}
	if err := c.bringTakebacks(r.Context(), workspaceID, named); err != nil {
		return page{}, err
	}
	if err := c.bringDoubles(r.Context(), workspaceID, named); err != nil {
		return page{}, err
	}
	at := func(direction string, t enrich.Task) string {
		return "/approvals?" + url.Values{direction: {t.CreatedAt.UTC().Format(time.RFC3339Nano) + "|" + t.ID}}.Encode()
	}
	if list.HasPrev && len(rows) > 0 {
		body.Newer = at("newer", rows[0].Task)
	}
	if list.HasNext && len(rows) > 0 {
		body.Older = at("older", rows[len(rows)-1].Task)
	}
	return page{View: "approvals", Title: say("Approvals"), Section: "/approvals", Body: body}, nil
}

// question is what a proposal asks, in one line.
func question(t enrich.Task, p proposal) phrase {
	back := 0
	for _, i := range p.Items {
		if i.Takeback != nil {
			back++
		}
	}
	switch {
	case matchesRecords(t.Type, t.EntityType) && len(p.Items) == 1:
		return say("Are these one company?")
	case matchesRecords(t.Type, t.EntityType) && len(p.Items) > 1:
		return say("Are these the same companies?")
	case back == 1 && back == len(p.Items):
		return say("Did this payment come back?")
	case back > 0 && back == len(p.Items):
		return say("Did these payments come back?")
	case t.Type == enrich.Reconcile && len(p.Items) == 1:
		return say("Is this its payment?")
	case t.Type == enrich.Reconcile && len(p.Items) > 1 && back > 0:
		return say("Are these their payments, and did these come back?")
	case t.Type == enrich.Reconcile && len(p.Items) > 1:
		return say("Are these their payments?")
	case len(p.Items) > 0 && p.Items[0].Dispute != nil:
		return say("Does what the XML states hold?")
	}
	return say("%s: is this right?", workOn(t.Type, t.EntityType))
}
