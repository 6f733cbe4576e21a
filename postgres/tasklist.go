package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// TaskFilter says which tasks a list holds. Empty fields do not filter; values
// of one field are alternatives, fields hold together.
type TaskFilter struct {
	IDs        []string
	Statuses   []enrich.Status
	Types      []enrich.Type
	Channels   []enrich.SourceChannel
	EntityType string
	EntityID   string
	BatchID    string
	ParentID   string // subtasks of this task
	RootsOnly  bool   // tasks without a parent
}

// Position is a place in a list: the values that it is sorted by.
type Position struct {
	CreatedAt time.Time // microseconds
	ID        string
}

// Page is a part of a list. At most one of After and Before is set.
type Page struct {
	Size      int // at least 1
	Ascending bool
	After     *Position
	Before    *Position
}

// TaskPage is one page of tasks in the order asked for.
type TaskPage struct {
	Tasks   []enrich.Task
	HasPrev bool
	HasNext bool
}

// taskList is the list of live tasks. What can be null sorts as if it were
// before all times.
var taskList = source[enrich.Task]{
	table: "enrichment_tasks t", alias: "t", where: `t.workspace_pk = $1 AND t.deleted_at IS NULL`, joins: taskJoins, columns: taskColumns,
	id: column{expr: "t.enrichment_task_id", typ: "uuid"},
	filters: map[string]column{
		"status":          {expr: "t.status", typ: "enrichment_task_status_enum", constants: texts(enrich.Statuses()), cover: texts(openStatuses())},
		"enrichment_type": {expr: "t.enrichment_type", typ: "text"},
		"source_channel":  {expr: "t.source_channel", typ: "source_channel_enum", constants: texts(enrich.SourceChannels())},
		"entity_type":     {expr: "t.entity_type", typ: "text"},
		"entity_id":       {expr: "t.entity_id", typ: "text", fewWith: "entity_type"},
		"batch_id": {
			expr: "t.batch_id", typ: "uuid", few: true,
			tells: []string{"status", "enrichment_type", "source_channel", "entity_type", "parent_task", "created_at"},
		},
		"input_hash":      {expr: "t.input_hash", typ: "text", few: true},
		"input.record_id": {expr: "t.input->>'record_id'", typ: "text", few: true},
		"parent_task": {expr: "t.parent_task_pk", typ: "uuid", few: true, match: `t.parent_task_pk = (SELECT pk FROM enrichment_tasks
			WHERE workspace_pk = $1 AND enrichment_task_id = %s AND deleted_at IS NULL)`},
		"created_at":   {expr: "t.created_at", typ: "timestamptz"},
		"updated_at":   {expr: "t.updated_at", typ: "timestamptz"},
		"completed_at": {expr: "t.completed_at", typ: "timestamptz"},
	},
	sorts: map[string]column{
		"created_at":   {expr: "t.created_at", typ: "timestamptz"},
		"updated_at":   {expr: "coalesce(t.updated_at, '-infinity')", typ: "timestamptz"},
		"completed_at": {expr: "coalesce(t.completed_at, '-infinity')", typ: "timestamptz"},
	},
	scan: scanTask,
}

// openStatuses are those of tasks that are not at their end.
func openStatuses() []enrich.Status {
	return slices.DeleteFunc(enrich.Statuses(), enrich.Status.Terminal)
}

// ListTasks reads a page of live tasks.
func (db *DB) ListTasks(ctx context.Context, workspaceID string, q ListQuery) (page ListPage[enrich.Task], err error) {
	return listIn(ctx, db, workspaceID, taskList, q)
}

// ListTasksEach reads the first page of the tasks of each value of a filter.
func (db *DB) ListTasksEach(ctx context.Context, workspaceID, filter string, values []string, q ListQuery) ([]ListPage[enrich.Task], error) {
	return listEachIn(ctx, db, workspaceID, taskList, filter, values, q)
}

// Tasks lists live tasks by the time they were made.
func (db *DB) Tasks(ctx context.Context, workspaceID string, f TaskFilter, p Page) (TaskPage, error) {
	q := ListQuery{Filters: f.filters(), Sort: "created_at", Descending: !p.Ascending, Size: p.Size}
	if p.After != nil {
		q.After = &Place{p.After.CreatedAt.Format(time.RFC3339Nano), p.After.ID}
	}
	if p.Before != nil {
		q.Before = &Place{p.Before.CreatedAt.Format(time.RFC3339Nano), p.Before.ID}
	}
	page, err := db.ListTasks(ctx, workspaceID, q)
	return TaskPage{Tasks: page.Records, HasPrev: page.HasPrev, HasNext: page.HasNext}, err
}

func (f TaskFilter) filters() []Filter {
	var list []Filter
	for _, one := range []Filter{
		{Name: "id", Values: f.IDs},
		{Name: "status", Values: texts(f.Statuses)},
		{Name: "enrichment_type", Values: texts(f.Types)},
		{Name: "source_channel", Values: texts(f.Channels)},
		{Name: "entity_type", Values: given(f.EntityType)},
		{Name: "entity_id", Values: given(f.EntityID)},
		{Name: "batch_id", Values: given(f.BatchID)},
		{Name: "parent_task", Values: given(f.ParentID)},
		{Name: "parent_task", Null: f.RootsOnly},
	} {
		if len(one.Values) > 0 || one.Null {
			list = append(list, one)
		}
	}
	return list
}

// given is a list of the value, or an empty one where there is none.
func given(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
