package api

import (
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
)

const mergesPath = "/v1/reconciliation-links"

// merges are pairs of records of one thing. One that is confirmed can be undone:
// everything goes back to where it was.
func (s *server) merges() *resource {
	return table[record.Merge]{
		Type: record.EntityMerge, Path: mergesPath, Noun: "a merge", Read: ScopeCompaniesRead, Write: ScopeCompaniesWrite,
		ID: func(v record.Merge) string { return v.ID },
		Fields: []field[record.Merge]{
			{Name: "entity_type", Form: words(), Value: func(v record.Merge) any { return textOrNull(v.EntityType) }},
			{Name: "source_id", Form: words(), Value: func(v record.Merge) any { return textOrNull(v.SourceID) }},
			{Name: "target_id", Form: words(), Value: func(v record.Merge) any { return textOrNull(v.TargetID) }},
			{Name: "action", Form: words(), Value: func(v record.Merge) any { return textOrNull(v.Action) }},
			{Name: "status", Form: oneOf([]record.MergeStatus{record.MergeProposed, record.MergeConfirmed, record.MergeDeclined, record.MergeUndone}), Write: editable, Value: func(v record.Merge) any { return textOrNull(string(v.Status)) }},
			{Name: "confidence", Form: anything(), Value: func(v record.Merge) any { return v.Confidence }},
			{Name: "reasoning", Form: words(), Value: func(v record.Merge) any { return textOrNull(v.Reasoning) }},
			{Name: "created_at", Form: moment(), Value: func(v record.Merge) any { return stamp(&v.CreatedAt) }},
			{Name: "updated_at", Form: moment(), Value: func(v record.Merge) any { return stamp(&v.UpdatedAt) }},
		},
		Filters: []filter{byText("source_id"), byText("target_id"), byText("status"), byTime("created_at")},
		Sorts:   []string{"created_at"},
		List:    s.store.ListMerges, Fault: editFault, Update: s.updateMerge,
	}.resource()
}

// updateMerge undoes a merge that stands. Whether to merge is decided on the task
// that proposes it.
func (s *server) updateMerge(c *call, id string, in *input) (record.Merge, error) {
	merge, err := s.store.Merge(c.r.Context(), c.workspace(), id)
	if err != nil {
		return merge, err
	}
	wanted, given := in.text("status")
	switch {
	case !given:
	case wanted == nil || *wanted != string(record.MergeUndone):
		in.OneOf("status", "", []string{string(record.MergeUndone)})
	case merge.Status != record.MergeConfirmed:
		in.Note(jsonapi.Fault("INVALID_VALUE", "This merge is %s: there is nothing to undo.", merge.Status).At("/data/attributes/status"))
	}
	if err := s.edit(c, record.EntityMerge, id, in); err != nil {
		return merge, err
	}
	return s.store.Merge(c.r.Context(), c.workspace(), id)
}
