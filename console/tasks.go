package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
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
