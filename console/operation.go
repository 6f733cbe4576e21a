package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// What the pages of workers, providers and cost hold at most.
const (
	heldShown    = 100
	endingsRead  = 2000
	endingsSpan  = 24 * time.Hour
	costDays     = 30
	modelCallsIn = 20_000 // calls of models that are summed up
)

// workersPage is who takes tasks, and which of this workspace they hold.
type workersPage struct {
	Workers []workerRow
	Held    []postgres.Held
	Now     time.Time
}

// More reports whether more is held than is shown.
func (p workersPage) More() bool { return len(p.Held) == heldShown }

// Most is how many held tasks are shown.
func (workersPage) Most() int { return heldShown }

func (c *console) workers(r *http.Request, workspaceID string) (page, error) {
	body := workersPage{Now: c.now().UTC()}
	var err error
	if body.Workers, err = c.workerRows(r, body.Now); err != nil {
		return page{}, err
	}
	body.Held, err = c.Store.HeldTasks(r.Context(), workspaceID, heldShown)
	return page{View: "workers", Title: say("Workers"), Section: "/health", Live: true, Body: body}, err
}

// workerRows are the workers, and which of them have fallen silent.
func (c *console) workerRows(r *http.Request, now time.Time) ([]workerRow, error) {
	workers, err := c.Store.Workers(r.Context())
	var rows []workerRow
	for _, w := range workers {
		rows = append(rows, workerRow{w, now.Sub(w.BeatAt) > silentAfter})
	}
	return rows, err
}

// providersPage is which services outside are called, by which kinds of work, and how
// that went in the last day.
type providersPage struct {
	Providers []providerRow
	Models    []postgres.Spending // of the last day
	Now       time.Time
}

type providerRow struct {
	postgres.Limit
	Types   []enrich.Type // that call it
	Ended   int           // tasks of these, in the last day
	Done    int           // of these, that came to a result
	Again   int           // attempts beyond the first
	Slowest time.Duration // 95 of 100 of them were worked on no longer
	Paused  bool
}

// Share is the part of the tasks that came to a result, from 0 to 1.
func (p providerRow) Share() float64 { return float64(p.Done) / float64(max(1, p.Ended)) }

func (c *console) providers(r *http.Request, workspaceID string) (page, error) {
	ctx := r.Context()
	body := providersPage{Now: c.now().UTC()}
	limits, err := c.Store.Limits(ctx)
	if err != nil {
		return page{}, err
	}
	endings, err := c.Store.Endings(ctx, workspaceID, endingsSpan, endingsRead)
	if err != nil {
		return page{}, err
	}
	body.Providers = providersOf(limits, endings, body.Now)
	body.Models, err = c.Store.Spent(ctx, workspaceID, 1, modelCallsIn)
	return page{View: "providers", Title: say("Providers"), Section: "/health", Live: true, Body: body}, err
}

// providersOf tells of each provider how the tasks of the kinds that call it went.
func providersOf(limits []postgres.Limit, endings []postgres.Ending, now time.Time) []providerRow {
	var rows []providerRow
	for _, l := range limits {
		if l.Scope != postgres.ScopeProvider {
			continue
		}
		row := providerRow{Limit: l, Paused: l.PausedUntil != nil && l.PausedUntil.After(now)}
		for _, t := range limits {
			if t.Scope == postgres.ScopeType && t.Provider == l.Name {
				row.Types = append(row.Types, enrich.Type(t.Name))
			}
		}
		var worked []time.Duration
		for _, e := range endings {
			if !slices.Contains(row.Types, e.Type) {
				continue
			}
			row.Ended++
			row.Again += max(0, e.Attempts-1)
			if e.Status != enrich.Failed {
				row.Done++
			}
			worked = append(worked, e.Worked)
		}
		if slices.Sort(worked); len(worked) > 0 {
			row.Slowest = part(worked, 95)
		}
		rows = append(rows, row)
	}
	return rows
}

// costPage is what calls of models cost, by day, model and kind of work.
type costPage struct {
	Days  *chart
	Rows  []costRow
	Total phrase
}

// costRow sums up one model and kind of work over all days.
type costRow struct{ postgres.Spending }

// Cost is what it came to; PerUseful what one task that was completed did.
func (c costRow) Cost() phrase { return phrase{asIs, millionths(c.CostMicros)} }

// PerUseful is the cost of a task that was completed, those that were not included.
func (c costRow) PerUseful() phrase {
	if c.Useful == 0 {
		return phrase{}
	}
	return phrase{asIs, millionths(c.CostMicros / int64(c.Useful))}
}

func (c *console) cost(r *http.Request, workspaceID string) (page, error) {
	spent, err := c.Store.Spent(r.Context(), workspaceID, costDays, modelCallsIn)
	body := costPage{Days: costByDay(c.now().UTC(), spent), Rows: costRows(spent)}
	total := int64(0)
	for _, s := range spent {
		total += s.CostMicros
	}
	body.Total = phrase{asIs, millionths(total)}
	return page{View: "cost", Title: say("Cost"), Section: "/health", Live: true, Body: body}, err
}

// costRows sums days up, the dearest first.
func costRows(spent []postgres.Spending) []costRow {
	var rows []costRow
	for _, s := range spent {
		at := slices.IndexFunc(rows, func(r costRow) bool { return r.Model == s.Model && r.Type == s.Type })
		if at < 0 {
			rows = append(rows, costRow{s})
			continue
		}
		r := &rows[at]
		r.Calls, r.Cached, r.Failed, r.Tasks, r.Useful = r.Calls+s.Calls, r.Cached+s.Cached, r.Failed+s.Failed, r.Tasks+s.Tasks, r.Useful+s.Useful
		r.TokensIn, r.TokensOut, r.CostMicros = r.TokensIn+s.TokensIn, r.TokensOut+s.TokensOut, r.CostMicros+s.CostMicros
	}
	slices.SortStableFunc(rows, func(a, b costRow) int { return cmp.Compare(b.CostMicros, a.CostMicros) })
	return rows
}

// costByDay draws the cost of each of the last days.
func costByDay(now time.Time, spent []postgres.Spending) *chart {
	c := chart{Title: say("Cost of models, by day (UTC)"), Of: say("Day"), Unit: say("Cost"), Class: "processing"}
	for at := now.Truncate(24*time.Hour).AddDate(0, 0, 1-costDays); !at.After(now); at = at.AddDate(0, 0, 1) {
		sum := int64(0)
		for _, s := range spent {
			if s.Day.Format(time.DateOnly) == at.Format(time.DateOnly) {
				sum += s.CostMicros
			}
		}
		c.Bars = append(c.Bars, column{Label: phrase{asIs, day(at.Format(time.DateOnly))}, Text: phrase{asIs, millionths(sum)}, Value: float64(sum)})
	}
	return c.draw()
}
