package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// pageSize is how many tasks a page of the list holds, tasksCounted how far those
// of one status are counted.
const (
	pageSize     = 40
	tasksCounted = 1000
)

// tasksPage is the list of tasks.
type tasksPage struct {
	Filter       taskFilter
	Tabs         []tab
	Types        []enrich.Type
	Channels     []enrich.SourceChannel
	Tasks        []taskRow
	Newer, Older string // addresses of the neighbouring pages; empty where there are none
	Command      string // the same list on the command line
	Address      string // the same list in the API
}

// tab is one status with its count, as a link to its list.
type tab struct {
	Status  enrich.Status // empty for all
	Count   int64
	Counted bool // with a filter that has no counters, nothing is counted
	More    bool // there are at least as many
	URL     string
	Current bool
}

// taskRow is a task with the name of what it works on.
type taskRow struct {
	enrich.Task
	Filename string // of the document; empty for other entities
	Name     string // of the company or person, the number of the invoice, the file of the statement; empty for other entities
}

// taskFilter is what the address of the list asks for.
type taskFilter struct {
	Status               enrich.Status
	Type                 enrich.Type
	Channel              enrich.SourceChannel
	EntityType, EntityID string // both or none
	Batch                string
}

// counted reports whether tasks are counted by status with this filter.
func (f taskFilter) counted() bool { return f.Channel == "" && f.EntityType == "" && f.Batch == "" }

// Any reports whether the filter leaves anything out.
func (f taskFilter) Any() bool { return f != taskFilter{} }

// Entity is the record that the filter asks for, as in an address.
func (f taskFilter) Entity() string {
	if f.EntityType == "" {
		return ""
	}
	return f.EntityType + "/" + f.EntityID
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
	var counts map[string]int64
	if filter.counted() {
		if counts, err = c.Store.Counts(r.Context(), workspaceID, filter.Type, tasksCounted); err != nil {
			return page{}, err
		}
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
		Filter: filter, Tabs: filter.tabs(counts), Types: enrich.Types(), Channels: enrich.SourceChannels(), Tasks: rows,
		Command: filter.command(), Address: filter.address(),
	}
	body.Newer, body.Older = filter.neighbours(list)
	return page{View: "tasks", Title: filter.title(), Section: "/tasks", Live: place.After == nil && place.Before == nil, Body: body}, nil
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
			rows[i].Name = monthName(rows[i].Input)
		}
	}
	return nil
}

// monthName is what a close, or its part, says of itself: its month, and who it is about.
func monthName(input json.RawMessage) string {
	var in struct {
		Month string `json:"record_id"`
		Share struct {
			Name string `json:"name"`
		} `json:"share"`
	}
	if json.Unmarshal(input, &in) != nil || in.Share.Name == "" {
		return in.Month
	}
	return in.Share.Name + ", " + in.Month
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

func readFilter(q url.Values) (f taskFilter, err error) {
	if s := q.Get("status"); s != "" {
		if f.Status, err = enrich.ParseStatus(s); err != nil {
			return f, badLink(say("It asks for a status that does not exist."))
		}
	}
	if f.Type = enrich.Type(q.Get("type")); !printable(string(f.Type)) {
		return f, badLink(say("It asks for a type that does not exist."))
	}
	if f.Channel = enrich.SourceChannel(q.Get("channel")); f.Channel != "" && !slices.Contains(enrich.SourceChannels(), f.Channel) {
		return f, badLink(say("It asks for a channel that does not exist."))
	}
	if entity := q.Get("entity"); entity != "" {
		f.EntityType, f.EntityID, _ = strings.Cut(entity, "/")
		if f.EntityType == "" || f.EntityID == "" || !printable(f.EntityType) || !printable(f.EntityID) {
			return f, badLink(say("A record is named like invoice/ID."))
		}
	}
	if f.Batch = q.Get("batch"); f.Batch != "" && !postgres.IsUUID(f.Batch) {
		return f, badLink(say("The batch that it names cannot be read."))
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
			return p, badLink(say("The place in the list that it names cannot be read."))
		}
		*place = &postgres.Position{CreatedAt: created, ID: id}
	}
	if p.After != nil && p.Before != nil {
		return p, badLink(say("It names two places in the list."))
	}
	return p, nil
}

func (f taskFilter) store() postgres.TaskFilter {
	s := postgres.TaskFilter{EntityType: f.EntityType, EntityID: f.EntityID, BatchID: f.Batch}
	if f.Status != "" {
		s.Statuses = []enrich.Status{f.Status}
	}
	if f.Type != "" {
		s.Types = []enrich.Type{f.Type}
	}
	if f.Channel != "" {
		s.Channels = []enrich.SourceChannel{f.Channel}
	}
	return s
}

func (f taskFilter) title() phrase {
	if f.Status == "" {
		return say("Tasks")
	}
	return say("Tasks: %s", statusWords(f.Status))
}

// query writes the filter as the query of an address, with more of it.
func (f taskFilter) query(more ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	for name, value := range map[string]string{
		"status": string(f.Status), "type": string(f.Type), "channel": string(f.Channel), "entity": f.Entity(), "batch": f.Batch,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/tasks"
	}
	return "/tasks?" + q.Encode()
}

func (f taskFilter) tabs(counts map[string]int64) []tab {
	with := func(s enrich.Status) tab {
		g := f
		g.Status = s
		return tab{Status: s, URL: g.query(), Current: f.Status == s, Counted: f.counted(), Count: counts[string(s)], More: counts[string(s)] >= tasksCounted}
	}
	tabs := []tab{with("")}
	for _, s := range []enrich.Status{enrich.AwaitingApproval, enrich.Failed, enrich.Processing, enrich.Pending, enrich.Completed, enrich.Rejected} {
		t := with(s)
		tabs[0].Count += t.Count
		tabs[0].More = tabs[0].More || t.More
		tabs = append(tabs, t)
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
// written into a line that people copy, and no name of a record.
func (f taskFilter) command() string {
	s := "enrichd task list"
	if f.Status != "" {
		s += " --status=" + string(f.Status)
	}
	if f.Type.Known() {
		s += " --type=" + string(f.Type)
	}
	if f.Channel != "" {
		s += " --channel=" + string(f.Channel)
	}
	if f.EntityType != "" {
		s += " --entity=" + shellWord(f.Entity())
	}
	if f.Batch != "" {
		s += " --batch=" + f.Batch
	}
	return s
}

// shellWord quotes what a shell would take for more than a word.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (f taskFilter) address() string {
	var filters []string
	for _, one := range []struct{ name, value string }{
		{"status", string(f.Status)},
		{"enrichment_type", known(f.Type)},
		{"source_channel", string(f.Channel)},
		{"batch_id", f.Batch},
		{"entity_type", url.QueryEscape(f.EntityType)},
		{"entity_id", url.QueryEscape(f.EntityID)},
	} {
		if one.value != "" {
			filters = append(filters, "filter["+one.name+"]="+one.value)
		}
	}
	s := "/v1/enrichment-tasks"
	if len(filters) > 0 {
		s += "?" + strings.Join(filters, "&")
	}
	return s
}

func known(t enrich.Type) string {
	if t.Known() {
		return string(t)
	}
	return ""
}
