package api

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

const (
	tasksPath = "/v1/enrichment-tasks"
	taskType  = "enrichment_task"
)

// Longest texts of a task, in characters.
const (
	maxEntityType  = 100
	maxEntityID    = 255
	maxDescription = 10_000
)

// tasks is the contract's resource, field for field and in its order.
func (s *server) tasks() *resource {
	return table[enrich.Task]{
		Type: taskType, Path: tasksPath, Noun: "an enrichment task", NotFound: "ENRICHMENT_TASK_NOT_FOUND",
		Read: ScopeTasksRead, Write: ScopeTasksWrite,
		ID:        func(t enrich.Task) string { return t.ID },
		Fields:    taskFields(),
		Relations: taskRelations(),
		Filters: []filter{
			byEnum("status", enrich.Statuses()), byEnum("enrichment_type", enrich.Types()), byEnum("source_channel", enrich.SourceChannels()),
			byText("entity_type"), byText("entity_id"), byUUID("batch_id"), byText("input_hash"), byText("input.record_id"), byOwner("parent_task"),
			byTime("created_at"), byTime("updated_at"), byTime("completed_at"),
		},
		Sorts: []string{"created_at", "updated_at", "completed_at"},
		Meta:  waitMeta, Version: taskVersion, Fault: taskFault,
		List: s.store.ListTasks, Each: s.store.ListTasksEach,
		Create: s.createTask, Update: s.updateTask,
		Delete: func(c *call, id string) error {
			return s.store.DeleteTask(c.r.Context(), c.workspace(), id, func(t enrich.Task) error { return c.checkMatch(taskVersion(t)) })
		},
	}.resource()
}

func taskFields() []field[enrich.Task] {
	return []field[enrich.Task]{
		{Name: "enrichment_task_id", Form: uuidText(), Value: func(t enrich.Task) any { return t.ID }},
		{Name: "entity_type", Form: text(maxEntityType), Write: needed, Value: func(t enrich.Task) any { return t.EntityType }},
		{Name: "entity_id", Form: text(maxEntityID), Write: needed, Value: func(t enrich.Task) any { return t.EntityID }},
		{Name: "status", Form: oneOf(enrich.Statuses()), Value: func(t enrich.Task) any { return t.Status }},
		{Name: "enrichment_type", Form: oneOf(enrich.Types()), Write: needed, Value: func(t enrich.Task) any { return t.Type }},
		{Name: "input", Form: object(), Write: early, Value: func(t enrich.Task) any { return rawOrNull(t.Input) }},
		{Name: "output", Form: anything(), Value: func(t enrich.Task) any { return rawOrNull(t.Output) }},
		{Name: "target_fields", Form: texts(), Write: early, Value: func(t enrich.Task) any { return t.TargetFields }},
		{Name: "error", Form: words(), Value: func(t enrich.Task) any { return t.Error }},
		{Name: "source_channel", Form: oneOf(enrich.SourceChannels()), Write: offered, Value: func(t enrich.Task) any { return t.SourceChannel }},
		{Name: "input_hash", Form: words(), Value: func(t enrich.Task) any { return t.InputHash }},
		{Name: "description", Form: text(maxDescription), Write: editable, Value: func(t enrich.Task) any { return t.Description }},
		{Name: "batch_id", Form: uuidText(), Value: func(t enrich.Task) any { return t.BatchID }},
		{Name: "created_at", Form: moment(), Value: func(t enrich.Task) any { return stamp(&t.CreatedAt) }},
		{Name: "updated_at", Form: moment(), Value: func(t enrich.Task) any { return stamp(t.UpdatedAt) }},
		{Name: "deleted_at", Form: moment(), Value: func(t enrich.Task) any { return stamp(t.DeletedAt) }},
		{Name: "completed_at", Form: moment(), Value: func(t enrich.Task) any { return stamp(t.CompletedAt) }},
	}
}

func taskRelations() []relation[enrich.Task] {
	return []relation[enrich.Task]{
		{Name: "workspace", To: workspaceType, Write: offered, ID: func(t enrich.Task) *string { return &t.WorkspaceID }},
		{Name: "parent_task", To: taskType, Write: early, ID: func(t enrich.Task) *string { return t.ParentID }},
		{Name: "subtasks", To: taskType, By: "parent_task"},
	}
}

// waitMeta says why a task waits, and what a decision on it is bound to: the
// hash of what its author is shown.
func waitMeta(t enrich.Task) map[string]any {
	if t.Wait == nil {
		return nil
	}
	meta := map[string]any{}
	if t.Status == enrich.AwaitingApproval {
		if hash, err := enrich.OutputHash(t.Output); err == nil {
			meta["output_hash"] = hash
		}
	}
	wait := map[string]any{"code": t.Wait.Code, "words": t.Wait.Words, "until": nil}
	if !t.Wait.Until.IsZero() {
		wait["until"] = stamp(&t.Wait.Until)
	}
	meta["wait_reason"] = wait
	return meta
}

// taskVersion changes with every write to the row.
func taskVersion(t enrich.Task) string {
	version := string(t.Status) + " " + t.CreatedAt.UTC().Format(time.RFC3339Nano)
	if t.UpdatedAt != nil {
		version += " " + t.UpdatedAt.UTC().Format(time.RFC3339Nano)
	}
	return version
}

func (s *server) createTask(c *call, in *input) (made[enrich.Task], error) {
	var none made[enrich.Task]
	request, err := s.readCreate(c, in)
	if err != nil {
		return none, err
	}
	out, err := s.enqueueOne(c, request)
	if err != nil {
		return none, err
	}
	m := made[enrich.Task]{Record: out.Task, Stood: out.Joined || out.Reused}
	switch {
	case out.Joined:
		m.Meta = map[string]any{"joined": true}
	case out.Reused:
		m.Meta = map[string]any{"reused": true}
	}
	return m, nil
}

// enqueueOne enqueues under the caller's idempotency key, where there is one.
func (s *server) enqueueOne(c *call, r enrich.Request) (enrich.Enqueued, error) {
	if c.once != nil {
		return s.store.EnqueueOnce(c.r.Context(), c.workspace(), *c.once, r)
	}
	out, err := s.store.Enqueue(c.r.Context(), c.workspace(), []enrich.Request{r})
	if err != nil {
		return enrich.Enqueued{}, err
	}
	return out[0], nil
}

// readCreate makes a request of a creation, or says everything that is wrong.
func (s *server) readCreate(c *call, in *input) (enrich.Request, error) {
	r := enrich.Request{
		EntityType: in.need("entity_type"), EntityID: in.need("entity_id"), Type: enrich.Type(in.need("enrichment_type")),
		Priority: enrich.PriorityNormal, Force: string(in.Meta["force"]) == "true", By: c.key.Name,
	}
	if channel, _ := in.text("source_channel"); channel != nil {
		named := enrich.SourceChannel(*channel)
		r.SourceChannel, r.Priority = &named, enrich.PriorityOf(named)
	}
	r.Input, _ = in.object("input")
	r.TargetFields, _ = in.texts("target_fields")
	r.Description, _ = in.text("description")
	if id, given := in.link("workspace"); given && (id == nil || *id != c.workspace()) {
		return r, relatedNotFound("workspace", "There is no such workspace.", "")
	}
	r.ParentID, _ = in.link("parent_task")
	if len(in.Faults()) == 0 {
		s.checkInput(in, r.Type, r.Input)
	}
	if faults := in.Faults(); len(faults) > 0 {
		return r, faults
	}
	spec := s.triggers.Spec(r.Type)
	r.ReuseAge, r.Expire = spec.ReuseAge, spec.Expire
	sums, err := s.checksums(c, r.EntityType, r.EntityID)
	if err != nil {
		return r, err
	}
	r.Hash, err = enrich.Fingerprint{Type: r.Type, Input: r.Input, TargetFields: r.TargetFields, KindVersion: spec.Version, Checksums: sums}.Hash()
	return r, err
}

// checkInput asks the kind, where this program has it, whether it could work on
// the input.
func (s *server) checkInput(in *input, t enrich.Type, value json.RawMessage) {
	kind := s.kinds[t]
	if kind == nil {
		return
	}
	var fault *enrich.Error
	if err := kind.Check(value); errors.As(err, &fault) {
		at := "/data/attributes/input"
		if fault.Field != "" {
			at += "/" + fault.Field
		}
		in.Note(jsonapi.Fault("INVALID_VALUE", "%s", fault.Message).At(in.Existing(at)).With("attribute", "input").With("message", fault.Message))
	} else if err != nil {
		in.Refuse("INVALID_VALUE", "input", "%s cannot work on this input.", t)
	}
}

// checksums are the contents that work on an entity reads: a document's own. They
// are part of its hash.
func (s *server) checksums(c *call, entityType, id string) ([]string, error) {
	if entityType != record.EntityDocument {
		return nil, nil
	}
	d, err := s.store.Document(c.r.Context(), c.workspace(), id)
	if isNotFound(err) || err == nil && d.Checksum == "" {
		return nil, nil
	}
	return []string{d.Checksum}, err
}

func (s *server) updateTask(c *call, id string, in *input) (enrich.Task, error) {
	// What a task works on never changes: it can be looked at beforehand.
	task, err := s.store.Task(c.r.Context(), c.workspace(), id)
	if err != nil {
		return task, err
	}
	sums, err := s.checksums(c, task.EntityType, task.EntityID)
	if err != nil {
		return task, err
	}
	return s.store.UpdateTask(c.r.Context(), c.workspace(), id, func(t enrich.Task) (postgres.TaskPatch, error) {
		if err := c.checkMatch(taskVersion(t)); err != nil {
			return postgres.TaskPatch{}, err
		}
		return s.readUpdate(in, t, sums)
	})
}

// readUpdate makes a patch for the task as it stands.
func (s *server) readUpdate(in *input, t enrich.Task, sums []string) (postgres.TaskPatch, error) {
	var p postgres.TaskPatch
	if description, given := in.text("description"); given {
		p.Description = &description
	}
	if input, given := in.object("input"); given {
		p.Input, t.Input = &input, input
	}
	if fields, given := in.texts("target_fields"); given {
		p.TargetFields, t.TargetFields = &fields, fields
	}
	if parent, given := in.link("parent_task"); given {
		p.Parent = &parent
	}
	notePending(in, p, t)
	if p.Input != nil && len(in.Faults()) == 0 {
		s.checkInput(in, t.Type, t.Input)
	}
	if faults := in.Faults(); len(faults) > 0 {
		return p, faults
	}
	if p.Input != nil || p.TargetFields != nil {
		hash, err := enrich.Fingerprint{
			Type: t.Type, Input: t.Input, TargetFields: t.TargetFields, KindVersion: s.triggers.Spec(t.Type).Version, Checksums: sums,
		}.Hash()
		p.InputHash = &hash
		return p, err
	}
	return p, nil
}

// notePending refuses what only a pending task may have changed.
func notePending(in *input, p postgres.TaskPatch, t enrich.Task) {
	if t.Status == enrich.Pending {
		return
	}
	refuse := func(given bool, at string) {
		if given {
			in.Note(jsonapi.Fault("TASK_NOT_PENDING", "The task is %s; this can be changed only while it is pending.", t.Status).
				At(at).With("status", string(t.Status)))
		}
	}
	refuse(p.Input != nil, "/data/attributes/input")
	refuse(p.TargetFields != nil, "/data/attributes/target_fields")
	refuse(p.Parent != nil, linkagePointer(in.relationAt, "parent_task"))
}

// taskFault puts an error of the store into the caller's terms.
func taskFault(err error, at string) error {
	switch enrich.CodeOf(err) {
	case enrich.CodeNotFound:
		return notFound("ENRICHMENT_TASK_NOT_FOUND", "an enrichment task")
	case enrich.CodeRelatedNotFound:
		return relatedNotFound("parent_task", "There is no enrichment task with this id to be the parent.", at)
	case enrich.CodeParentCycle:
		return jsonapi.Fault("PARENT_CYCLE", "A task may have subtasks or a parent, not both, and never itself.").
			At(linkagePointer(at, "parent_task")+"/id").With("message", "The parent does not fit.").With("attribute", "parent_task")
	case enrich.CodeCloseActive:
		return closeActive(err)
	}
	return err
}

// relatedNotFound says the same for a resource that never was, was deleted, or is
// another workspace's.
func relatedNotFound(relation, words, at string) *jsonapi.Error {
	return jsonapi.Fault("RELATED_RESOURCE_NOT_FOUND", "%s", words).At(linkagePointer(at, relation) + "/id")
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
