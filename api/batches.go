package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/trigger"
)

const (
	batchesPath  = "/v1/enrichment-batches"
	batchType    = "enrichment_batch"
	estimateType = "enrichment_batch_estimate"
)

// batches are what presses enqueued together, with their progress.
func (s *server) batches() *resource {
	return table[postgres.Batch]{
		Type: batchType, Path: batchesPath, Noun: "an enrichment batch", Read: ScopeTasksRead, Write: ScopeTasksWrite,
		ID: func(b postgres.Batch) string { return b.ID },
		Fields: []field[postgres.Batch]{
			{Name: "batch_id", Form: uuidText(), Value: func(b postgres.Batch) any { return b.ID }},
			{Name: "total", Form: count(), Value: func(b postgres.Batch) any { return b.Total }},
			{Name: "running", Form: count(), Value: func(b postgres.Batch) any { return b.Running }},
			{Name: "open", Form: count(), Value: func(b postgres.Batch) any { return b.Open }},
			{Name: "joined", Form: count(), Value: func(b postgres.Batch) any { return b.Joined }},
			{Name: "reused", Form: count(), Value: func(b postgres.Batch) any { return b.Reused }},
			{Name: "counts", Form: tallies("enrichment_type", "status"), Value: func(b postgres.Batch) any { return b.Counts }},
			{Name: "cost_micros", Form: count(), Value: func(b postgres.Batch) any { return b.CostMicros }},
			{Name: "max_cost_micros", Form: count(), Value: func(b postgres.Batch) any { return b.MaxCost }},
			{Name: "pressed_by", Form: words(), Value: func(b postgres.Batch) any { return textOrNull(b.PressedBy) }},
			{Name: "request", Form: anything(), Lone: true, Value: func(b postgres.Batch) any { return rawOrNull(b.Request) }},
			{Name: "created_at", Form: moment(), Value: func(b postgres.Batch) any { return stamp(&b.CreatedAt) }},
			{Name: "eta", Form: moment(), Value: batchETA},
			{Name: "settled_at", Form: moment(), Value: func(b postgres.Batch) any { return stamp(b.SettledAt) }},
			{Name: "completed_at", Form: moment(), Value: func(b postgres.Batch) any { return stamp(b.CompletedAt) }},
		},
		Relations: []relation[postgres.Batch]{{Name: "enrichment_tasks", To: taskType, By: "batch_id"}},
		Filters:   []filter{byTime("created_at")},
		Sorts:     []string{"created_at"},
		List:      s.store.ListBatches, Get: s.store.Batch,
	}.resource()
}

func batchETA(b postgres.Batch) any {
	if at, known := b.ETA(); known {
		return stamp(&at)
	}
	return nil
}

// pressing is what a press says. Of entity_ids and selector it has one.
func pressing() *resource {
	return &resource{Type: batchType, Noun: "a press", fields: []fieldInfo{
		{Name: "entity_type", Form: text(maxEntityType), Write: needed},
		{Name: "entity_ids", Form: texts().counted(1, postgres.MaxPressIDs, "INVALID_VALUE"), Write: offered},
		{Name: "selector", Form: selector(), Write: offered},
		{Name: "enrichment_types", Form: someOf(enrich.Types()), Write: needed},
		{Name: "input", Form: object(), Write: offered},
		{Name: "target_fields", Form: texts(), Write: offered},
		{Name: "max_cost_micros", Form: amount(), Write: offered},
		{Name: "dry_run", Form: flag(), Write: offered},
		{Name: "source_channel", Form: oneOf(enrich.SourceChannels()), Write: offered},
	}}
}

// selector finds entities by what is missing of them; read as json.RawMessage.
func selector() form {
	return form{m{"type": "object", "properties": m{"missing": texts().schema}}, object().read}
}

// press enqueues kinds for entities as one batch, or tells with dry_run what that
// would be. The same press again, by its Idempotency-Key or else by its content
// within a minute, answers with the batch that stands.
func (s *server) press(c *call) error {
	q, err := c.query(s.queryOne(s.types[batchType]))
	if err != nil {
		return err
	}
	req, err := jsonapi.Decode(c.w, c.r, jsonapi.Rules{Type: batchType, Limit: MaxBody})
	if err != nil {
		return err
	}
	p, dry, err := s.readPress(c, req)
	if err != nil {
		return err
	}
	if dry {
		return s.estimate(c, p)
	}
	pressed, err := s.store.Press(c.r.Context(), c.workspace(), p)
	if err != nil {
		return pressFault(err)
	}
	one, err := s.types[batchType].one(c.r.Context(), c.workspace(), pressed.Batch.ID)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if pressed.Replayed {
		status = http.StatusOK
		c.w.Header().Set("Idempotent-Replayed", "true")
	}
	c.w.Header().Set("Location", batchesPath+"/"+pressed.Batch.ID)
	return s.writeOne(c, q, s.types[batchType], status, one, nil)
}

// estimate answers with what a press would do.
func (s *server) estimate(c *call, p postgres.Press) error {
	e, err := s.store.Estimate(c.r.Context(), c.workspace(), p)
	if err != nil {
		return pressFault(err)
	}
	s.write(c, http.StatusOK, &jsonapi.Document{Data: estimateResource(p.Fingerprint, e), Links: map[string]any{"self": batchesPath}})
	return nil
}

// readPress makes a press of a request, or says everything that is wrong.
func (s *server) readPress(c *call, req *jsonapi.Request) (p postgres.Press, dry bool, err error) {
	in, err := pressing().readInput(req, true)
	if err != nil {
		return p, dry, err
	}
	p = postgres.Press{EntityType: in.need("entity_type"), By: c.key.Name, Key: pressKey(c)}
	readTargets(in, &p)
	types := readTypes(in)
	input, _ := in.object("input")
	fields, _ := in.texts("target_fields")
	p.MaxCost, _ = valueOf[*int64](in, "max_cost_micros")
	channel := enrich.Manual // unless the caller names another surface, and is believed
	if named, _ := in.text("source_channel"); named != nil {
		channel = enrich.SourceChannel(*named)
	}
	if flag, _ := in.flag("dry_run"); flag != nil {
		dry = *flag
	}
	if len(req.Faults()) == 0 {
		p.Requests = s.pressRequests(channel, p.EntityType, types, input, fields, string(req.Meta["force"]) == "true")
		s.checkPress(req, p)
	}
	if faults := req.Faults(); len(faults) > 0 {
		return p, dry, faults
	}
	p.Content, p.Fingerprint, err = trigger.PressContent(req.Attributes, string(req.Meta["force"]) == "true")
	return p, dry, err
}

// readTargets reads which entities: by their ids, or those that a selector finds.
func readTargets(in *input, p *postgres.Press) {
	ids, _ := in.texts("entity_ids")
	selector, _ := in.object("selector")
	selected := in.holds("selector")
	if in.holds("entity_ids") == selected {
		in.Refuse("REQUIRED", "entity_ids", "A press names entity_ids or a selector, one of them.")
		return
	}
	for i, id := range ids {
		if len([]rune(id)) > maxEntityID || !storable(id) {
			in.Note(jsonapi.Fault("INVALID_VALUE", "An entity_id has 1 to %d characters.", maxEntityID).At("/data/attributes/entity_ids/" + strconv.Itoa(i)))
			return
		}
	}
	p.EntityIDs = ids
	var known struct {
		Missing []string `json:"missing"`
	}
	if selected && json.Unmarshal(selector, &known) != nil {
		in.Refuse("INVALID_VALUE", "selector", `A selector is an object such as {"missing": ["tax_id_value"]}.`)
	}
	p.Missing = known.Missing
}

// readTypes reads which kinds, each once.
func readTypes(in *input) (types []enrich.Type) {
	values, _ := in.texts("enrichment_types")
	for _, value := range values {
		if t := enrich.Type(value); !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

// pressRequests makes the tasks of one entity of a press.
func (s *server) pressRequests(channel enrich.SourceChannel, entityType string, types []enrich.Type, input json.RawMessage, fields []string, force bool) func(postgres.Target) ([]enrich.Request, error) {
	press := trigger.Press{Channel: channel, EntityType: entityType, Types: types, Input: map[string]any{}, Fields: fields, Force: force}
	if input != nil {
		_ = json.Unmarshal(input, &press.Input) // an object, as it was read
	}
	return func(target postgres.Target) ([]enrich.Request, error) {
		return s.triggers.Requests(press, target.ID, target.Checksum)
	}
}

// checkPress asks the kinds whether they could work on such entities.
func (s *server) checkPress(req *jsonapi.Request, p postgres.Press) {
	example := postgres.Target{ID: "00000000-0000-4000-8000-000000000000"}
	if len(p.EntityIDs) > 0 {
		example.ID = p.EntityIDs[0]
	}
	requests, err := p.Requests(example)
	if err != nil {
		req.Refuse("INVALID_VALUE", "input", "The input cannot be used: %v.", err)
	}
	for _, r := range requests {
		kind := s.kinds[r.Type]
		if kind == nil {
			continue
		}
		var fault *enrich.Error
		if err := kind.Check(r.Input); errors.As(err, &fault) {
			req.Refuse("INVALID_VALUE", "enrichment_types", "%s cannot work on %s: %s", r.Type, p.EntityType, fault.Message)
		} else if err != nil {
			req.Refuse("INVALID_VALUE", "enrichment_types", "%s cannot work on %s.", r.Type, p.EntityType)
		}
	}
}

// estimateSchema is that of what estimateResource makes.
func estimateSchema() m {
	counts, cost := m{"type": "integer", "minimum": 0}, m{"type": []string{"integer", "null"}, "minimum": 0}
	kind := m{
		"enrichment_type": m{"type": "string"}, "tasks": counts, "joined": counts, "reused": counts, "expected_cost_micros": cost, "highest_cost_micros": cost,
	}
	return m{"type": "object", "required": []string{"type", "id"}, "additionalProperties": false, "properties": m{
		"type": m{"type": "string", "const": estimateType}, "id": m{"type": "string"}, "attributes": m{"type": "object", "additionalProperties": false, "properties": m{
			"tasks": counts, "expected_cost_micros": counts, "highest_cost_micros": counts, "work_seconds": counts,
			"kinds": m{"type": "array", "items": m{"type": "object", "additionalProperties": false, "properties": kind}},
		}},
	}}
}

func estimateResource(id string, e postgres.Estimate) jsonapi.Resource {
	kinds := []map[string]any{}
	for _, k := range e.Kinds {
		kind := map[string]any{"enrichment_type": k.Type, "tasks": k.Made, "joined": k.Joined, "reused": k.Reused, "expected_cost_micros": nil, "highest_cost_micros": nil}
		if k.Known {
			kind["expected_cost_micros"], kind["highest_cost_micros"] = k.Expected, k.AtMost
		}
		kinds = append(kinds, kind)
	}
	return jsonapi.Resource{Type: estimateType, ID: id, Attributes: []jsonapi.Attribute{
		{Name: "tasks", Value: e.Tasks},
		{Name: "expected_cost_micros", Value: e.Expected},
		{Name: "highest_cost_micros", Value: e.AtMost},
		{Name: "work_seconds", Value: int64(e.WorkTotal.Seconds())},
		{Name: "kinds", Value: kinds},
	}}
}

// pressKey is the key of a press, which belongs to the API key that sends it. It
// stands on the batch, so that key and batch are made together or not at all.
func pressKey(c *call) string {
	values := c.r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return ""
	}
	key, _ := readIdempotencyKey(values) // a bad one was refused before
	return c.key.ID + " " + key
}

// pressFault puts an error of the store into the caller's terms.
func pressFault(err error) error {
	var e *enrich.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case enrich.CodeKeyReused:
		return jsonapi.Fault("IDEMPOTENCY_KEY_REUSED", "%s", e.Message)
	case enrich.CodeTooMany:
		return jsonapi.Fault("INVALID_VALUE", "%s", e.Message).At("/data/attributes/enrichment_types")
	case enrich.CodeOverCost:
		return jsonapi.Fault("INVALID_VALUE", "%s", e.Message).At("/data/attributes/max_cost_micros")
	case enrich.CodeInvalid:
		at := e.Field
		if at != "entity_type" {
			at = "selector/" + at
		}
		return jsonapi.Fault("INVALID_VALUE", "%s", e.Message).At("/data/attributes/" + at)
	case enrich.CodeCloseActive:
		return closeActive(err)
	}
	return err
}
