package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// What the pages of batches hold at most.
const (
	batchesShown    = 30
	batchTasksShown = 20
)

// batchesPage is the list of batches, the newest first.
type batchesPage struct {
	Batches      []batchRow
	Newer, Older string
	First        bool
	Costs        *chart // what each of them cost; nil where none cost anything
}

// batchRow is a batch with its bar.
type batchRow struct {
	postgres.Batch
	All bar
}

func newBatchRow(b postgres.Batch) batchRow {
	all, _ := bars(b.Counts)
	return batchRow{b, all}
}

// Short is the part of the id that people read.
func (b batchRow) Short() string { return short(b.ID) }

// Over counts the tasks that nobody works on any more.
func (b batchRow) Over() int { return b.Total - b.Running }

// Count is how many of its tasks have a status.
func (b batchRow) Count(s enrich.Status) (n int) {
	for _, part := range b.All.Segments {
		if part.Status == s {
			n = part.Count
		}
	}
	return n
}

// Left says when the last of its tasks will have run; empty where nothing can be said.
func (b batchRow) Left() phrase {
	at, ok := b.ETA()
	if !ok {
		return nil
	}
	return phrase{asIs, at.Sub(b.Now).Round(time.Second)}
}

// Took is how long the batch ran, or has been running.
func (b batchRow) Took() phrase {
	until := b.Now
	if b.SettledAt != nil {
		until = *b.SettledAt
	}
	return phrase{asIs, until.Sub(b.CreatedAt)}
}

// Cost is what it cost so far; Cap is what it may.
func (b batchRow) Cost() phrase { return phrase{asIs, millionths(b.CostMicros)} }

// Cap is what the batch may cost; empty where nobody said.
func (b batchRow) Cap() phrase {
	if b.MaxCost == nil {
		return nil
	}
	return phrase{asIs, millionths(*b.MaxCost)}
}

// Spent is the part of its cap that the batch has cost, in units of a bar.
func (b batchRow) Spent() float64 {
	if b.MaxCost == nil || *b.MaxCost <= 0 {
		return 0
	}
	return barWidth * min(1, float64(b.CostMicros)/float64(*b.MaxCost))
}

// micros writes millionths of a currency unit: two digits at least, four at most.
func (l *tongue) micros(n int64) string {
	s := fmt.Sprintf("%d.%06d", n/1e6, n%1e6)
	s = s[:len(s)-2]
	for range 2 {
		s = strings.TrimSuffix(s, "0")
	}
	for len(s)-strings.IndexByte(s, '.') < 3 {
		s += "0"
	}
	return l.amount(s, "")
}

func (c *console) batches(r *http.Request, workspaceID string) (page, error) {
	query, err := readBatchPlace(r.URL.Query())
	if err != nil {
		return page{}, err
	}
	list, err := c.Store.ListBatches(r.Context(), workspaceID, query)
	if err != nil {
		return page{}, err
	}
	body := batchesPage{First: !list.HasPrev}
	for _, b := range list.Records {
		body.Batches = append(body.Batches, newBatchRow(b))
	}
	body.Costs = costsOf(body.Batches)
	at := func(direction string, b postgres.Batch) string {
		return "/batches?" + url.Values{direction: {b.CreatedAt.UTC().Format(time.RFC3339Nano) + "|" + b.ID}}.Encode()
	}
	if n := len(list.Records); n > 0 && list.HasPrev {
		body.Newer = at("newer", list.Records[0])
	}
	if n := len(list.Records); n > 0 && list.HasNext {
		body.Older = at("older", list.Records[n-1])
	}
	return page{View: "batches", Title: say("Batches"), Section: "/tasks", Body: body}, nil
}

// readBatchPlace reads where in the list a page begins.
func readBatchPlace(q url.Values) (postgres.ListQuery, error) {
	query := postgres.ListQuery{Sort: "created_at", Descending: true, Size: batchesShown}
	place, err := readPlace(q)
	if err != nil {
		return query, err
	}
	at := func(p *postgres.Position) *postgres.Place {
		if p == nil {
			return nil
		}
		return &postgres.Place{Key: p.CreatedAt.Format(time.RFC3339Nano), ID: p.ID}
	}
	query.After, query.Before = at(place.After), at(place.Before)
	return query, nil
}

// batchPage is one batch.
type batchPage struct {
	Batch   batchRow
	ByType  []bar
	Causes  []cause
	Partly  bool // not all of its failures were looked at
	Waiting []taskRow
	Newest  []taskRow
	Request string // JSON over lines
}

func (c *console) batch(r *http.Request, workspaceID string) (page, error) {
	ctx, id := r.Context(), r.PathValue("id")
	if uuid.Validate(id) != nil {
		return page{}, enrich.Errorf(enrich.CodeNotFound, "There is no enrichment batch with this id.")
	}
	b, err := c.Store.Batch(ctx, workspaceID, id)
	if err != nil {
		return page{}, err
	}
	body := batchPage{Batch: newBatchRow(b), Request: pretty(b.Request)}
	_, body.ByType = bars(b.Counts)
	some := func(size int, statuses ...enrich.Status) ([]taskRow, error) {
		list, err := c.Store.Tasks(ctx, workspaceID, postgres.TaskFilter{BatchID: id, Statuses: statuses}, postgres.Page{Size: size})
		if err != nil {
			return nil, err
		}
		return c.rows(ctx, workspaceID, list.Tasks)
	}
	if body.Batch.Count(enrich.AwaitingApproval) > 0 {
		if body.Waiting, err = some(batchTasksShown, enrich.AwaitingApproval); err != nil {
			return page{}, err
		}
	}
	if body.Batch.Count(enrich.Failed) > 0 {
		failures, err := c.Store.Failures(ctx, workspaceID, id, failuresRead)
		if err != nil {
			return page{}, err
		}
		body.Causes, body.Partly = causes(failures), len(failures) == failuresRead
	}
	if body.Newest, err = some(batchTasksShown); err != nil {
		return page{}, err
	}
	return page{View: "batch", Title: say("Batch %s, %d of %d", body.Batch.Short(), body.Batch.Over(), b.Total), Section: "/tasks", Live: b.Open > 0, Body: body}, nil
}
