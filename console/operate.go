package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// What the pages for who runs it hold at most.
const (
	activityShown  = 60
	webhooksShown  = 50
	silentAfter    = 10 * time.Second // a worker beats every two
	loadsCountedTo = 1000
	finishesRead   = 2000 // tasks that ended, read for their pace
	chartSpan      = time.Hour
	chartStep      = 2 * time.Minute // a page with one bar a minute weighs too much
)

// errorsPage is why tasks could not finish.
type errorsPage struct {
	Causes []cause
	Hours  *chart // failures by hour of the last day; nil where there were none
	Read   int    // failures that were looked at
	Partly bool   // there are more
}

func (c *console) errors(r *http.Request, workspaceID string) (page, error) {
	failures, err := c.Store.Failures(r.Context(), workspaceID, "", failuresRead)
	body := errorsPage{Causes: causes(failures), Read: len(failures), Partly: len(failures) == failuresRead}
	body.Hours = failuresByHour(c.now().UTC(), failures)
	return page{View: "errors", Title: say("Errors"), Section: "/health", Live: true, Body: body}, err
}

// healthPage is whether the pipeline keeps up.
type healthPage struct {
	Loads   []postgres.Load
	Workers []workerRow
	Limits  []postgres.Limit
	Oldest  *time.Time
	Charts  []*chart // of what ended in the last hour; none where nothing did
	Now     time.Time
}

type workerRow struct {
	postgres.Worker
	Silent bool
}

// idle reports whether a limit holds nothing back.
func idle(l postgres.Limit) bool {
	return l.Limit.Running == 0 && l.Limit.PerMinute == 0 && l.PausedUntil == nil
}

// Paused reports whether a pause of the limit lasts.
func (p healthPage) Paused(l postgres.Limit) bool {
	return l.PausedUntil != nil && l.PausedUntil.After(p.Now)
}

// Alive counts the workers that give signs of life.
func (p healthPage) Alive() (n int) {
	for _, w := range p.Workers {
		if !w.Silent {
			n++
		}
	}
	return n
}

// Many writes a count that went no further than it was asked to.
func (healthPage) Many(n int) string { return upTo(n, loadsCountedTo) }

func (c *console) health(r *http.Request, workspaceID string) (page, error) {
	ctx := r.Context()
	body := healthPage{Now: c.now().UTC()}
	var err error
	if body.Loads, err = c.Store.Loads(ctx, workspaceID, loadsCountedTo); err != nil {
		return page{}, err
	}
	for _, l := range body.Loads {
		if l.Oldest != nil && (body.Oldest == nil || l.Oldest.Before(*body.Oldest)) {
			body.Oldest = l.Oldest
		}
	}
	finished, err := c.Store.Finished(ctx, workspaceID, chartSpan, finishesRead)
	if err != nil {
		return page{}, err
	}
	body.Charts = paceOf(body.Now, finished)
	if body.Workers, err = c.workerRows(r, body.Now); err != nil {
		return page{}, err
	}
	limits, err := c.Store.Limits(ctx)
	body.Limits = slices.DeleteFunc(limits, idle)
	return page{View: "health", Title: say("Health"), Section: "/health", Live: true, Body: body}, err
}

// activityPage is what people did, the latest first.
type activityPage struct {
	Done  []activityRow
	Older string
}

type activityRow struct {
	postgres.Activity
	Name string // of the company
}

// Words say what was done.
func (a activityRow) Words() phrase {
	return named(map[string]string{
		"approve": "approved", "reject": "rejected", "edit": "wrote", "accept": "accepted", "sign_off": "signed off",
	}[a.Verb], a.Verb)
}

// URL is the page of what it was done to.
func (a activityRow) URL() string {
	switch a.EntityType {
	case "enrichment_task":
		return to("tasks", a.EntityID)
	case record.EntityMonth:
		return to("close", a.EntityID)
	}
	return entityPath(a.EntityType, a.EntityID)
}

// Text is the value of an edit.
func (a activityRow) Text() phrase {
	if text := fieldText(a.Field, json.RawMessage(a.Value), ""); text != nil {
		return text
	}
	return say("nothing")
}

func (c *console) activity(r *http.Request, workspaceID string) (page, error) {
	before := c.now().Add(time.Hour) // clocks differ
	if at := r.URL.Query().Get("before"); at != "" {
		var err error
		if before, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return page{}, badLink(say("The time that it names cannot be read."))
		}
	}
	list, err := c.Store.Activity(r.Context(), workspaceID, before, activityShown)
	if err != nil {
		return page{}, err
	}
	var companies []string
	for _, a := range list {
		if a.EntityType == record.EntityCompany {
			companies = append(companies, a.EntityID)
		}
	}
	names, err := c.names(r.Context(), workspaceID, record.EntityCompany, companies)
	var body activityPage
	for _, a := range list {
		body.Done = append(body.Done, activityRow{a, names[a.EntityID]})
	}
	if len(list) == activityShown {
		body.Older = "/activity?" + url.Values{"before": {list[len(list)-1].At.UTC().Format(time.RFC3339Nano)}}.Encode()
	}
	return page{View: "activity", Title: say("Activity"), Section: "/health", Body: body}, err
}

// settingsPage is the keys and webhooks of a workspace; commands change them.
type settingsPage struct {
	Keys        []postgres.Key
	Webhooks    []record.WebhookEndpoint
	MayWebhooks bool
	Now         time.Time
}

// Ended reports whether a key opens nothing any more.
func (p settingsPage) Ended(k postgres.Key) bool {
	return k.RevokedAt != nil || k.ExpiresAt != nil && !k.ExpiresAt.After(p.Now)
}

// Host is the machine that a webhook goes to: the rest of an address may be secret.
func (settingsPage) Host(address string) phrase {
	u, err := url.Parse(address)
	if err != nil {
		return say("an unreadable address")
	}
	return verbatim(u.Scheme + "://" + u.Host)
}

func (c *console) settings(r *http.Request, key postgres.Key) (page, error) {
	body := settingsPage{MayWebhooks: may(key, scopeWebhooks), Now: c.now().UTC()}
	var err error
	if body.Keys, err = c.Store.Keys(r.Context(), key.WorkspaceID); err != nil {
		return page{}, err
	}
	if body.MayWebhooks {
		list, err := c.Store.ListWebhookEndpoints(r.Context(), key.WorkspaceID, postgres.ListQuery{Size: webhooksShown})
		if err != nil {
			return page{}, err
		}
		body.Webhooks = list.Records
	}
	return page{View: "settings", Title: say("Settings"), Section: "/health", Body: body}, nil
}

// columnsPage is the workspace's own columns and rules.
type columnsPage struct{ Columns, Rules []record.Definition }

// Text lays a definition's configuration out.
func (columnsPage) Text(d record.Definition) string {
	if d.Kind == record.FieldRule || len(d.Formula) == 0 {
		return pretty(d.Rules)
	}
	return pretty(d.Formula)
}

func (c *console) columns(r *http.Request, workspaceID string) (page, error) {
	all, err := c.Store.Definitions(r.Context(), workspaceID)
	var body columnsPage
	for _, d := range all.All {
		if d.Kind == record.FieldRule {
			body.Rules = append(body.Rules, d)
		} else {
			body.Columns = append(body.Columns, d)
		}
	}
	return page{View: "columns", Title: say("Columns and rules"), Section: "/health", Body: body}, err
}
