package api

import (
	"encoding/json"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
)

const (
	tasksPath = "/v1/enrichment-tasks"
	taskType  = "enrichment_task"
)

// taskFields are the names of a task's attributes and relationships, in the
// contract's order.
func taskFields() []string {
	return []string{
		"enrichment_task_id", "entity_type", "entity_id", "status", "enrichment_type", "input", "output", "target_fields", "error",
		"source_channel", "input_hash", "description", "batch_id", "created_at", "updated_at", "deleted_at", "completed_at",
		"workspace", "parent_task", "subtasks",
	}
}

// taskResource shows a task as the contract says, field for field.
func taskResource(t enrich.Task) jsonapi.Resource {
	self := tasksPath + "/" + t.ID
	r := jsonapi.Resource{Type: taskType, ID: t.ID, Links: map[string]any{"self": self}, Attributes: []jsonapi.Attribute{
		{Name: "enrichment_task_id", Value: t.ID},
		{Name: "entity_type", Value: t.EntityType},
		{Name: "entity_id", Value: t.EntityID},
		{Name: "status", Value: t.Status},
		{Name: "enrichment_type", Value: t.Type},
		{Name: "input", Value: rawOrNull(t.Input)},
		{Name: "output", Value: rawOrNull(t.Output)},
		{Name: "target_fields", Value: t.TargetFields},
		{Name: "error", Value: t.Error},
		{Name: "source_channel", Value: t.SourceChannel},
		{Name: "input_hash", Value: t.InputHash},
		{Name: "description", Value: t.Description},
		{Name: "batch_id", Value: t.BatchID},
		{Name: "created_at", Value: stamp(&t.CreatedAt)},
		{Name: "updated_at", Value: stamp(t.UpdatedAt)},
		{Name: "deleted_at", Value: stamp(t.DeletedAt)},
		{Name: "completed_at", Value: stamp(t.CompletedAt)},
	}}
	var parent *jsonapi.Identifier
	if t.ParentID != nil {
		parent = &jsonapi.Identifier{Type: taskType, ID: *t.ParentID}
	}
	r.Relationships = []jsonapi.Relationship{
		{Name: "workspace", Data: &jsonapi.Identifier{Type: "workspace", ID: t.WorkspaceID}, Linked: true},
		{Name: "parent_task", Data: parent, Linked: true},
		{Name: "subtasks", Links: map[string]any{"related": tasksPath + "?filter%5Bparent_task%5D=" + t.ID}},
	}
	if t.Wait != nil {
		wait := map[string]any{"code": t.Wait.Code, "words": t.Wait.Words, "until": nil}
		if !t.Wait.Until.IsZero() {
			wait["until"] = stamp(&t.Wait.Until)
		}
		r.Meta = map[string]any{"wait": wait}
	}
	if t.Status == enrich.AwaitingApproval {
		// What a decision is bound to: the hash of what its author was shown.
		if hash, err := enrich.OutputHash(t.Output); err == nil {
			if r.Meta == nil {
				r.Meta = map[string]any{}
			}
			r.Meta["output_hash"] = hash
		}
	}
	return r
}

func rawOrNull(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	return raw
}

// textOrNull shows a text that may be unknown: never as an empty one.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// stamp shows a time with exactly three decimals and Z.
func stamp(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
