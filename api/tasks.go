package api

import (
	"net/http"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

// oneTask is what a query on a single task may hold.
func oneTask() jsonapi.Allowed {
	return jsonapi.Allowed{Fields: map[string][]string{taskType: taskFields()}, Custom: []string{"workspaceId"}}
}

// listQuery is what a query on the list may hold.
func listQuery() jsonapi.Allowed {
	a := oneTask()
	a.List, a.Sorts = true, []string{"created_at"}
	a.Filters = []string{"id", "status", "enrichment_type", "source_channel", "entity_type", "entity_id", "batch_id", "parent_task"}
	return a
}

// query parses the request's query and checks the workspace that it may name.
func (c *call) query(allowed jsonapi.Allowed) (*jsonapi.Query, error) {
	q, fault := jsonapi.ParseQuery(c.r.URL.RawQuery, allowed)
	if fault != nil {
		return nil, fault
	}
	if named, ok := q.Custom["workspaceId"]; ok && named != c.workspace() {
		return nil, jsonapi.Fault("FORBIDDEN", "This API key does not reach that workspace.").In("workspaceId")
	}
	return q, nil
}

func (s *server) listTasks(c *call) error {
	q, err := c.query(listQuery())
	if err != nil {
		return err
	}
	filter, err := taskFilter(q)
	if err != nil {
		return err
	}
	page, scope, err := s.page(c, q)
	if err != nil {
		return err
	}
	found, err := s.store.Tasks(c.r.Context(), c.workspace(), filter, page)
	if err != nil {
		return err
	}
	data := []jsonapi.Resource{}
	for _, t := range found.Tasks {
		data = append(data, q.Trim(taskResource(t)))
	}
	var prev, next string
	if n := len(found.Tasks); n > 0 {
		if found.HasPrev {
			prev = s.cursorOf(scope, found.Tasks[0])
		}
		if found.HasNext {
			next = s.cursorOf(scope, found.Tasks[n-1])
		}
	}
	s.write(c, http.StatusOK, &jsonapi.Document{Data: data, Links: jsonapi.PageLinks(c.r, prev, next), Profiles: []string{jsonapi.CursorProfile}})
	return nil
}

// page reads where the page begins. The scope binds a cursor to this list.
func (s *server) page(c *call, q *jsonapi.Query) (postgres.Page, string, error) {
	scope := q.Scope(c.workspace(), c.r.URL.Path)
	page := postgres.Page{Size: q.Size, Ascending: q.Sort == "created_at"}
	var err error
	if q.After != "" {
		page.After, err = s.position(scope, "page[after]", q.After)
	}
	if q.Before != "" {
		page.Before, err = s.position(scope, "page[before]", q.Before)
	}
	return page, scope, err
}

// cursorTime keeps the microseconds that a page is sorted by.
const cursorTime = "2006-01-02T15:04:05.000000Z"

func (s *server) cursorOf(scope string, t enrich.Task) string {
	return s.cursors.Encode(scope, t.CreatedAt.UTC().Format(cursorTime), t.ID)
}

func (s *server) position(scope, parameter, cursor string) (*postgres.Position, error) {
	values, fault := s.cursors.Decode(parameter, scope, cursor, 2)
	if fault != nil {
		return nil, fault
	}
	at, err := time.Parse(cursorTime, values[0])
	if err != nil {
		return nil, jsonapi.Fault("INVALID_CURSOR", "The cursor is damaged, or belongs to another list.").In(parameter)
	}
	return &postgres.Position{CreatedAt: at, ID: values[1]}, nil
}

// taskFilter reads the filters. A value that no task can have is an error, so
// that a slip of the pen is not taken for an empty list.
func taskFilter(q *jsonapi.Query) (postgres.TaskFilter, error) {
	var f postgres.TaskFilter
	var err error
	for name, values := range q.Filters {
		switch value := values[0]; name {
		case "id":
			f.IDs, err = uuids(name, value)
		case "status":
			f.Statuses, err = oneOfEnum(name, value, enrich.Statuses())
		case "enrichment_type":
			f.Types, err = oneOfEnum(name, value, enrich.Types())
		case "source_channel":
			f.Channels, err = oneOfEnum(name, value, enrich.SourceChannels())
		case "entity_type":
			f.EntityType = value
		case "entity_id":
			f.EntityID = value
		case "batch_id":
			f.BatchID = value
			err = mustBeUUID(name, value)
		case "parent_task":
			if value == "null" {
				f.RootsOnly = true
				continue
			}
			f.ParentID = value
			err = mustBeUUID(name, value)
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

func oneOfEnum[T ~string](name, value string, known []T) ([]T, error) {
	values, fault := jsonapi.Alternatives(name, value)
	if fault != nil {
		return nil, fault
	}
	var list []T
	for _, v := range values {
		found := false
		for _, k := range known {
			if string(k) == v {
				list, found = append(list, k), true
			}
		}
		if !found {
			return nil, jsonapi.Fault("INVALID_QUERY_PARAMETER", "%q is none of %v.", v, known).In("filter[" + name + "]")
		}
	}
	return list, nil
}

func uuids(name, value string) ([]string, error) {
	values, fault := jsonapi.Alternatives(name, value)
	if fault != nil {
		return nil, fault
	}
	for _, v := range values {
		if err := mustBeUUID(name, v); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func mustBeUUID(name, value string) error {
	if !postgres.IsUUID(value) {
		return jsonapi.Fault("INVALID_QUERY_PARAMETER", "The value must be a uuid.").In("filter[" + name + "]")
	}
	return nil
}

func (s *server) getTask(c *call) error {
	q, err := c.query(oneTask())
	if err != nil {
		return err
	}
	task, err := s.store.Task(c.r.Context(), c.workspace(), c.r.PathValue("id"))
	if err != nil {
		return taskFault(err)
	}
	s.writeTask(c, q, http.StatusOK, task, nil)
	return nil
}

func (s *server) writeTask(c *call, q *jsonapi.Query, status int, t enrich.Task, meta map[string]any) {
	s.write(c, status, &jsonapi.Document{Data: q.Trim(taskResource(t)), Links: map[string]any{"self": tasksPath + "/" + t.ID}, Meta: meta})
}

// taskFault puts an error of the store into the caller's terms.
func taskFault(err error) error {
	switch enrich.CodeOf(err) {
	case enrich.CodeNotFound:
		return jsonapi.Fault("ENRICHMENT_TASK_NOT_FOUND", "There is no enrichment task with this id.")
	case enrich.CodeRelatedNotFound:
		return jsonapi.Fault("RELATED_RESOURCE_NOT_FOUND", "There is no enrichment task with this id to be the parent.").At("/data/relationships/parent_task/data/id")
	case enrich.CodeParentCycle:
		return jsonapi.Fault("PARENT_CYCLE", "A task may have subtasks or a parent, not both, and never itself.").At("/data/relationships/parent_task/data/id")
	case enrich.CodeCloseActive:
		return closeActive(err)
	}
	return err
}
