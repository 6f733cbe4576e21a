package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// pageSize is how many tasks a page of the list holds.
const pageSize = 40

// tasksPage is the list of tasks.
type tasksPage struct {
	Filter       taskFilter
	Tabs         []tab
	Types        []enrich.Type
	Tasks        []taskRow
	Newer, Older string // addresses of the neighbouring pages; empty where there are none
	Command      string // the same list on the command line
	Address      string // the same list in the API
}

// tab is one status with its count, as a link to its list.
type tab struct {
	Status  enrich.Status // empty for all
	Count   int64
	URL     string
	Current bool
}

// taskRow is a task with the name of what it works on.
type taskRow struct {
	enrich.Task
	Filename string // of the document; empty for other entities
}

// taskFilter is what the address of the list asks for.
type taskFilter struct {
	Status enrich.Status
	Type   enrich.Type
}

func (c *console) tasks(r *http.Request, workspaceID string) (page, error) {
	q := r.URL.Query()
	filter, err := readFilter(q)
	if err != nil {
		return page{}, err
	}
	place, err := readPlace(q)
	if err != nil {
		return page{}, err
	}
	counts, err := c.Store.Counts(r.Context(), workspaceID)
	if err != nil {
		return page{}, err
	}
	list, err := c.Store.Tasks(r.Context(), workspaceID, filter.store(), place)
	if err != nil {
		return page{}, err
	}
	rows, err := c.rows(r.Context(), workspaceID, list.Tasks)
	if err != nil {
		return page{}, err
	}
	body := tasksPage{
		Filter: filter, Tabs: filter.tabs(counts), Types: enrich.Types(), Tasks: rows,
		Command: filter.command(), Address: filter.address(),
	}
	body.Newer, body.Older = filter.neighbours(list)
	return page{View: "tasks", Title: filter.title(), Section: "/", Body: body}, nil
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
	return rows, nil
}

func readFilter(q url.Values) (f taskFilter, err error) {
	if s := q.Get("status"); s != "" {
		if f.Status, err = enrich.ParseStatus(s); err != nil {
			return f, badLink("It asks for a status that does not exist.")
		}
	}
	if f.Type = enrich.Type(q.Get("type")); !printable(string(f.Type)) {
		return f, badLink("It asks for a type that does not exist.")
	}
	return f, nil
}

// printable reports whether s can be asked of the database and shown in a line.
func printable(s string) bool {
	return len(s) <= 255 && strings.ToValidUTF8(s, "\x00") == s && !strings.ContainsFunc(s, unicode.IsControl)
}

// readPlace reads where in the list a page begins: "older" and "newer" hold the
// time and the id of the task that it begins after.
func readPlace(q url.Values) (postgres.Page, error) {
	p := postgres.Page{Size: pageSize}
	for name, place := range map[string]**postgres.Position{"older": &p.After, "newer": &p.Before} {
		if q.Get(name) == "" {
			continue
		}
		at, id, _ := strings.Cut(q.Get(name), "|")
		created, err := time.Parse(time.RFC3339Nano, at)
		if err != nil || uuid.Validate(id) != nil || len(id) != 36 {
			return p, badLink("The place in the list that it names cannot be read.")
		}
		*place = &postgres.Position{CreatedAt: created, ID: id}
	}
	if p.After != nil && p.Before != nil {
		return p, badLink("It names two places in the list.")
	}
	return p, nil
}

func (f taskFilter) store() postgres.TaskFilter {
	var s postgres.TaskFilter
	if f.Status != "" {
		s.Statuses = []enrich.Status{f.Status}
	}
	if f.Type != "" {
		s.Types = []enrich.Type{f.Type}
	}
	return s
}

func (f taskFilter) title() string {
	if f.Status == "" {
		return "Tasks"
	}
	return "Tasks: " + statusWords(f.Status)
}

// query writes the filter as the query of an address, with more of it.
func (f taskFilter) query(more ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	if f.Status != "" {
		q.Set("status", string(f.Status))
	}
	if f.Type != "" {
		q.Set("type", string(f.Type))
	}
	if len(q) == 0 {
		return "/"
	}
	return "/?" + q.Encode()
}

func (f taskFilter) tabs(counts map[string]int64) []tab {
	all := tab{URL: taskFilter{Type: f.Type}.query(), Current: f.Status == ""}
	tabs := []tab{all}
	for _, s := range []enrich.Status{enrich.AwaitingApproval, enrich.Failed, enrich.Processing, enrich.Pending, enrich.Completed, enrich.Rejected} {
		tabs[0].Count += counts[string(s)]
		tabs = append(tabs, tab{Status: s, Count: counts[string(s)], URL: taskFilter{Status: s, Type: f.Type}.query(), Current: f.Status == s})
	}
	return tabs
}

func (f taskFilter) neighbours(list postgres.TaskPage) (newer, older string) {
	if len(list.Tasks) == 0 {
		return "", ""
	}
	place := func(t enrich.Task) string { return t.CreatedAt.UTC().Format(time.RFC3339Nano) + "|" + t.ID }
	if list.HasPrev {
		newer = f.query("newer", place(list.Tasks[0]))
	}
	if list.HasNext {
		older = f.query("older", place(list.Tasks[len(list.Tasks)-1]))
	}
	return newer, older
}

// command is the same list on the command line. A type that is not ours is not
// written into a line that people copy.
func (f taskFilter) command() string {
	s := "enrichd task list"
	if f.Status != "" {
		s += " --status=" + string(f.Status)
	}
	if f.Type.Known() {
		s += " --type=" + string(f.Type)
	}
	return s
}

func (f taskFilter) address() string {
	var filters []string
	if f.Status != "" {
		filters = append(filters, "filter[status]="+string(f.Status))
	}
	if f.Type.Known() {
		filters = append(filters, "filter[enrichment_type]="+string(f.Type))
	}
	s := "/v1/enrichment-tasks"
	if len(filters) > 0 {
		s += "?" + strings.Join(filters, "&")
	}
	return s
}
