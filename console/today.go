package console

import (
	"net/http"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// What the page of today holds at most of each.
const (
	todayShown  = 8
	todayLatest = 5
	todayCauses = 5
	todayRead   = 200 // failed tasks that are looked at
)

// todayPage is what a person comes for: what needs them, what is running, and
// where the month's close stands.
type todayPage struct {
	Counts  []tab
	Waiting []taskRow
	More    bool // more waits than is shown
	Running []batchRow
	Close   *closeRow // the latest; nil where there is none
	Causes  []cause
	Newest  []taskRow
}

func (c *console) today(r *http.Request, workspaceID string) (page, error) {
	ctx := r.Context()
	counts, err := c.Store.Counts(ctx, workspaceID, "", tasksCounted)
	if err != nil {
		return page{}, err
	}
	body := todayPage{Counts: taskFilter{}.tabs(counts)[1:]}
	waiting, err := c.Store.Tasks(ctx, workspaceID, postgres.TaskFilter{Statuses: []enrich.Status{enrich.AwaitingApproval}}, postgres.Page{Size: todayShown})
	if err != nil {
		return page{}, err
	}
	if body.Waiting, err = c.rows(ctx, workspaceID, waiting.Tasks); err != nil {
		return page{}, err
	}
	body.More = waiting.HasNext
	batches, err := c.Store.ListBatches(ctx, workspaceID, postgres.ListQuery{Size: batchesShown})
	if err != nil {
		return page{}, err
	}
	for _, b := range batches.Records {
		if b.SettledAt == nil {
			body.Running = append(body.Running, newBatchRow(b))
		}
	}
	closes, err := c.Store.ListCloses(ctx, workspaceID, postgres.ListQuery{Size: 1})
	if err != nil {
		return page{}, err
	}
	for _, one := range closes.Records {
		row := closeRow{one, closing.ReadShown(one.Output)}
		body.Close = &row
	}
	failures, err := c.Store.Failures(ctx, workspaceID, "", todayRead)
	if err != nil {
		return page{}, err
	}
	found := causes(failures)
	body.Causes = found[:min(len(found), todayCauses)]
	newest, err := c.Store.Tasks(ctx, workspaceID, postgres.TaskFilter{}, postgres.Page{Size: todayLatest})
	if err != nil {
		return page{}, err
	}
	body.Newest, err = c.rows(ctx, workspaceID, newest.Tasks)
	return page{View: "today", Title: say("Today"), Section: "/", Live: true, Body: body}, err
}
