package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

// readOnly are the attributes that no caller writes, neither at creation nor
// later: their presence alone is refused.
var readOnly = []string{"enrichment_task_id", "status", "output", "error", "input_hash", "batch_id", "created_at", "updated_at", "deleted_at", "completed_at"}

// fixed are those that a caller gives at creation and nobody changes later.
var fixed = []string{"entity_type", "entity_id", "enrichment_type", "source_channel"}

// writable are those that a caller may change.
var writable = []string{"input", "target_fields", "description"}

// Longest texts of a task, in characters.
const (
	maxEntityType  = 100
	maxEntityID    = 255
	maxDescription = 10_000
)

// refuse notes the attributes and relationships that this request may not hold.
func refuse(req *jsonapi.Request, locked []string, lockedRelationships ...string) {
	for _, name := range req.Names() {
		switch {
		case slices.Contains(locked, name):
			req.Refuse("ATTRIBUTE_READ_ONLY", name, "%s is not written by callers.", name)
		case !slices.Contains(fixed, name) && !slices.Contains(writable, name):
			req.Refuse("UNKNOWN_ATTRIBUTE", name, "An enrichment task has no attribute %q.", name)
		}
	}
	for _, name := range []string{"workspace", "subtasks", "parent_task"} {
		if _, ok := req.Relationships[name]; ok && slices.Contains(lockedRelationships, name) {
			req.Note(jsonapi.Fault("RELATIONSHIP_READ_ONLY", "%s cannot be written here.", name).At("/data/relationships/" + name))
		}
	}
}

func (s *server) createTask(c *call) error {
	q, err := c.query(oneTask())
	if err != nil {
		return err
	}
	req, err := jsonapi.Decode(c.w, c.r, jsonapi.Rules{Type: taskType, Limit: MaxBody})
	if err != nil {
		return err
	}
	request, err := s.readCreate(c, req)
	if err != nil {
		return err
	}
	out, err := s.store.Enqueue(c.r.Context(), c.workspace(), []enrich.Request{request})
	if err != nil {
		return taskFault(err)
	}
	made := out[0]
	switch {
	case made.Joined:
		s.writeTask(c, q, http.StatusOK, made.Task, map[string]any{"joined": true})
	case made.Reused:
		s.writeTask(c, q, http.StatusOK, made.Task, map[string]any{"reused": true})
	default:
		c.w.Header().Set("Location", tasksPath+"/"+made.Task.ID)
		s.writeTask(c, q, http.StatusCreated, made.Task, nil)
	}
	return nil
}

// readCreate makes a request of a creation, or says everything that is wrong.
func (s *server) readCreate(c *call, req *jsonapi.Request) (enrich.Request, error) {
	refuse(req, readOnly, "subtasks")
	r := enrich.Request{Priority: enrich.PriorityNormal, Force: string(req.Meta["force"]) == "true"}
	r.EntityType = req.Required("entity_type", maxEntityType)
	r.EntityID = req.Required("entity_id", maxEntityID)
	r.Type = enrich.Type(req.Enum("enrichment_type", names(enrich.Types())))
	if channel, _ := req.OptionalEnum("source_channel", names(enrich.SourceChannels())); channel != nil {
		named := enrich.SourceChannel(*channel)
		r.SourceChannel = &named
	}
	r.Input, _ = req.OptionalObject("input")
	r.TargetFields, _ = req.OptionalStrings("target_fields")
	r.Description, _ = req.Optional("description", maxDescription)
	if err := s.readRelationships(c, req, &r); err != nil {
		return r, err
	}
	if len(req.Faults()) == 0 {
		s.checkInput(req, r.Type, r.Input)
	}
	if faults := req.Faults(); len(faults) > 0 {
		return r, faults
	}
	var err error
	r.ReuseAge = s.triggers.Spec(r.Type).ReuseAge
	r.Hash, err = s.hash(r.Type, r.Input, r.TargetFields)
	return r, err
}

// readRelationships reads the parent, and a workspace, which can only be the
// caller's own.
func (s *server) readRelationships(c *call, req *jsonapi.Request, r *enrich.Request) error {
	if ws, ok := req.Relationships["workspace"]; ok && (ws.ID != c.workspace() || ws.Type != "workspace") {
		return jsonapi.Fault("RELATED_RESOURCE_NOT_FOUND", "There is no such workspace.").At("/data/relationships/workspace/data/id")
	}
	parent, err := readParent(req)
	if err == nil {
		r.ParentID = parent
	}
	return err
}

func readParent(req *jsonapi.Request) (*string, error) {
	parent, ok := req.Relationships["parent_task"]
	if !ok || parent.Null {
		return nil, nil
	}
	if parent.Type == "" {
		return nil, jsonapi.Fault("SCHEMA_VALIDATION_ERROR", "parent_task is one task or null.").At("/data/relationships/parent_task/data")
	}
	if parent.Type != taskType {
		return nil, jsonapi.Fault("RESOURCE_TYPE_MISMATCH", "The parent must be an %s.", taskType).At("/data/relationships/parent_task/data/type")
	}
	return &parent.ID, nil
}

// checkInput asks the kind, where this program has it, whether it could work on
// the input.
func (s *server) checkInput(req *jsonapi.Request, t enrich.Type, input json.RawMessage) {
	kind := s.kinds[t]
	if kind == nil {
		return
	}
	var fault *enrich.Error
	if err := kind.Check(input); errors.As(err, &fault) {
		at := "/data/attributes/input"
		if fault.Field != "" {
			at += "/" + fault.Field
		}
		req.Note(jsonapi.Fault("INVALID_VALUE", "%s", fault.Message).At(at).With("attribute", "input"))
	} else if err != nil {
		req.Note(jsonapi.Fault("INVALID_VALUE", "%s cannot work on this input.", t).At("/data/attributes/input"))
	}
}

func (s *server) hash(t enrich.Type, input json.RawMessage, fields []string) (string, error) {
	return enrich.Fingerprint{Type: t, Input: input, TargetFields: fields, KindVersion: s.triggers.Spec(t).Version}.Hash()
}

func names[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

func (s *server) updateTask(c *call) error {
	q, err := c.query(oneTask())
	if err != nil {
		return err
	}
	id := c.r.PathValue("id")
	// Whether the task exists comes before what is wrong with the body.
	if _, err := s.store.Task(c.r.Context(), c.workspace(), id); err != nil {
		return taskFault(err)
	}
	req, err := jsonapi.Decode(c.w, c.r, jsonapi.Rules{Type: taskType, ID: id, Limit: MaxBody})
	if err != nil {
		return err
	}
	refuse(req, append(slices.Clone(readOnly), fixed...), "workspace", "subtasks")
	task, err := s.store.UpdateTask(c.r.Context(), c.workspace(), id, func(t enrich.Task) (postgres.TaskPatch, error) { return s.readUpdate(req, t) })
	if err != nil {
		return taskFault(err)
	}
	s.writeTask(c, q, http.StatusOK, task, nil)
	return nil
}

// readUpdate makes a patch for the task as it stands.
func (s *server) readUpdate(req *jsonapi.Request, t enrich.Task) (postgres.TaskPatch, error) {
	var p postgres.TaskPatch
	if description, given := req.Optional("description", maxDescription); given {
		p.Description = &description
	}
	if input, given := req.OptionalObject("input"); given {
		p.Input, t.Input = &input, input
	}
	if fields, given := req.OptionalStrings("target_fields"); given {
		p.TargetFields, t.TargetFields = &fields, fields
	}
	if _, given := req.Relationships["parent_task"]; given {
		parent, err := readParent(req)
		if err != nil {
			return p, err
		}
		p.Parent = &parent
	}
	notePending(req, p, t)
	if p.Input != nil && len(req.Faults()) == 0 {
		s.checkInput(req, t.Type, t.Input)
	}
	if faults := req.Faults(); len(faults) > 0 {
		return p, faults
	}
	if p.Input != nil || p.TargetFields != nil {
		hash, err := s.hash(t.Type, t.Input, t.TargetFields)
		p.InputHash = &hash
		return p, err
	}
	return p, nil
}

// notePending refuses what only a pending task may have changed.
func notePending(req *jsonapi.Request, p postgres.TaskPatch, t enrich.Task) {
	if t.Status == enrich.Pending {
		return
	}
	for at, given := range map[string]bool{
		"/data/attributes/input": p.Input != nil, "/data/attributes/target_fields": p.TargetFields != nil,
		"/data/relationships/parent_task": p.Parent != nil,
	} {
		if given {
			req.Note(jsonapi.Fault("TASK_NOT_PENDING", "The task is %s; this can be changed only while it is pending.", t.Status).At(at))
		}
	}
}

func (s *server) deleteTask(c *call) error {
	if _, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId"}}); err != nil {
		return err
	}
	if err := s.store.DeleteTask(c.r.Context(), c.workspace(), c.r.PathValue("id")); err != nil {
		return taskFault(err)
	}
	return jsonapi.Write(c.w, c.r, http.StatusNoContent, nil)
}

// closeActive names the close that runs.
func closeActive(err error) error {
	fault := jsonapi.Fault("MONTHLY_CLOSE_ALREADY_ACTIVE", "This month is already being closed.").At("/data/attributes/entity_id")
	var e *enrich.Error
	if errors.As(err, &e) && e.Existing != "" {
		fault.With("existing_id", e.Existing)
	}
	return fault
}
