package api

import (
	"encoding/json"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
)

const (
	valuesPath = "/v1/field-values"
	valueType  = "field_value"
)

// fieldValues are all values that records have, had or were offered, each with
// where it came from. A suggestion is accepted by setting its decision to applied.
func (s *server) fieldValues() *resource {
	type value = record.FieldValue
	return table[value]{
		Type: valueType, Path: valuesPath, Noun: "a field value", Read: ScopeValuesRead, Write: ScopeValuesWrite,
		ID: func(v value) string { return v.ID },
		Fields: []field[value]{
			{Name: "entity_type", Form: text(maxEntityType), Write: needed, Value: func(v value) any { return v.EntityType }},
			{Name: "entity_id", Form: text(maxEntityID), Write: needed, Value: func(v value) any { return v.EntityID }},
			{Name: "field", Form: text(maxFieldKey), Write: needed, Value: func(v value) any { return v.Field }},
			{Name: "value", Form: form{anything().schema, object().read}, Write: offered, Value: func(v value) any { return json.RawMessage(v.Value) }},
			{Name: "origin", Form: words(), Value: func(v value) any { return v.Origin }},
			{Name: "grade", Form: words(), Value: func(v value) any { return v.Grade }},
			{Name: "confidence", Form: anything(), Value: func(v value) any { return v.Confidence }},
			{Name: "decision", Form: oneOf([]record.Decision{record.Applied, record.Suggested, record.KeptExisting}), Write: editable, Value: func(v value) any { return v.Decision }},
			{Name: "evidence", Form: anything(), Value: func(v value) any { return append([]enrich.Evidence{}, v.Evidence...) }},
			{Name: "task_id", Form: words(), Value: func(v value) any { return textOrNull(v.TaskID) }},
			{Name: "stale", Form: flag(), Value: func(v value) any { return v.Stale }},
			{Name: "created_at", Form: moment(), Value: func(v value) any { return stamp(&v.ActiveFrom) }},
			{Name: "ended_at", Form: moment(), Value: func(v value) any { return stamp(v.ActiveUntil) }},
		},
		Filters: []filter{byText("entity_type"), byText("entity_id"), byText("field"), byText("decision"), byText("origin"), byTime("created_at")},
		Sorts:   []string{"created_at"},
		List:    s.store.ListValues, Get: s.store.FieldValue, Create: s.writeCell, Update: s.acceptValue, Fault: editFault,
	}.resource()
}

func (s *server) acceptValue(c *call, id string, in *input) (record.FieldValue, error) {
	if fault := onlyPeople(c.key); fault != nil {
		return record.FieldValue{}, fault
	}
	wanted, given := in.text("decision")
	if given && (wanted == nil || *wanted != string(record.Applied)) {
		in.OneOf("decision", "", []string{string(record.Applied)})
	}
	if faults := in.Faults(); len(faults) > 0 {
		return record.FieldValue{}, faults
	}
	if given {
		err := s.store.AcceptValue(c.r.Context(), c.workspace(), id, c.key.Name, func(o enrich.Occasion) ([]enrich.Request, error) {
			return s.triggers.On(o, -1, "")
		})
		if err != nil {
			return record.FieldValue{}, err
		}
	}
	return s.store.FieldValue(c.r.Context(), c.workspace(), id)
}

// writeCell is a person's value in a column of the workspace: {value}, with a
// currency for an amount, or null to empty it. Fields of the product are changed on
// their own resources.
func (s *server) writeCell(c *call, in *input) (made[record.FieldValue], error) {
	if fault := onlyPeople(c.key); fault != nil {
		return made[record.FieldValue]{}, fault
	}
	value, given := in.object("value")
	if !given {
		in.Refuse("REQUIRED", "value", "value must be given: {\"value\": …}, or null.")
	}
	if decision, _ := in.text("decision"); decision != nil && *decision != string(record.Applied) {
		in.OneOf("decision", "", []string{string(record.Applied)})
	}
	if faults := in.Faults(); len(faults) > 0 {
		return made[record.FieldValue]{}, faults
	}
	if value == nil {
		value = json.RawMessage("null")
	}
	e := postgres.Edit{EntityType: in.need("entity_type"), EntityID: in.need("entity_id"), By: c.key.Name, Values: map[string]json.RawMessage{in.need("field"): value}}
	err := s.store.EditCell(c.r.Context(), c.workspace(), e, sheet.CheckValue, func(o enrich.Occasion) ([]enrich.Request, error) {
		return s.triggers.On(o, -1, "")
	})
	if err != nil {
		return made[record.FieldValue]{}, err
	}
	values, err := s.store.FieldValues(c.r.Context(), c.workspace(), e.EntityType, e.EntityID)
	for _, v := range values { // newest first
		if v.Field == in.need("field") {
			return made[record.FieldValue]{Record: v}, err
		}
	}
	return made[record.FieldValue]{}, err
}
