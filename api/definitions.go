package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
	"github.com/enrichd/enrichd/trigger"
)

const (
	columnsPath = "/v1/custom-columns"
	rulesPath   = "/v1/field-rules"

	maxFieldKey = 100
)

// language is what expressions are written in. That it cannot be made is a
// programmer's mistake.
func language() *formula.Language {
	l, err := formula.New()
	if err != nil {
		panic("api: " + err.Error())
	}
	return l
}

// definitions are the workspace's own columns, or its rules on the product's fields.
func (s *server) definitions(kind record.DefinitionKind) *resource {
	type definition = record.Definition
	path, noun := columnsPath, "a custom column"
	keyed, typed, switched := needed, editable, closed
	if kind == record.FieldRule {
		path, noun, typed, switched = rulesPath, "a field rule", closed, editable
	}
	return table[definition]{
		Type: string(kind), Path: path, Noun: noun, Read: ScopeDefinitionsRead, Write: ScopeDefinitionsWrite,
		ID: func(d definition) string { return d.ID },
		Fields: []field[definition]{
			{Name: "root", Form: text(50), Write: keyed, Value: func(d definition) any { return d.Root }},
			{Name: "field_key", Form: text(maxFieldKey), Write: keyed, Value: func(d definition) any { return d.FieldKey }},
			{Name: "name", Form: text(200), Write: editable, Value: func(d definition) any { return textOrNull(d.Name) }},
			{Name: "column_type", Form: oneOf(sheet.Types()), Write: typed, Value: func(d definition) any { return d.Type }},
			{Name: "position", Form: anything(), Value: func(d definition) any { return d.Position }},
			{Name: "mode", Form: oneOf(record.Modes()), Write: switched, Value: func(d definition) any { return d.Mode }},
			{Name: "rules_config", Form: object(), Write: editable, Value: func(d definition) any { return rawOrNull(d.Rules) }},
			{Name: "formula_config", Form: object(), Write: editable, Value: func(d definition) any { return rawOrNull(d.Formula) }},
			{Name: "format_config", Form: object(), Write: editable, Value: func(d definition) any { return rawOrNull(d.Format) }},
			{Name: "reads", Form: anything(), Value: func(d definition) any { return append([]string{}, d.Reads...) }},
			{Name: "definition", Form: words(), Value: func(d definition) any { return d.Hash }},
			{Name: "created_at", Form: moment(), Value: func(d definition) any { return stamp(&d.CreatedAt) }},
			{Name: "updated_at", Form: moment(), Value: func(d definition) any { return stamp(&d.UpdatedAt) }},
		},
		Filters: []filter{byText("root"), byText("field_key"), byTime("created_at")},
		Sorts:   []string{"created_at", "position"},
		List: func(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[definition], error) {
			return s.store.ListDefinitions(ctx, workspaceID, kind, q)
		},
		Create: func(c *call, in *input) (made[definition], error) {
			d, err := s.createDefinition(c, in, kind)
			return made[definition]{Record: d}, err
		},
		Update: func(c *call, id string, in *input) (definition, error) { return s.updateDefinition(c, in, kind, id) },
		Delete: func(c *call, id string) error {
			return s.store.DeleteDefinition(c.r.Context(), c.workspace(), kind, id)
		},
		Meta:  staleMeta,
		Fault: definitionFault(noun),
	}.resource()
}

func (s *server) createDefinition(c *call, in *input, kind record.DefinitionKind) (record.Definition, error) {
	d := record.Definition{Kind: kind, Root: in.need("root"), FieldKey: in.need("field_key"), Mode: record.Active}
	change := readDefinition(in)
	if faults := in.Faults(); len(faults) > 0 {
		return d, faults
	}
	change(&d)
	return s.store.AddDefinition(c.r.Context(), c.workspace(), d, s.checkDefinition)
}

func (s *server) updateDefinition(c *call, in *input, kind record.DefinitionKind, id string) (record.Definition, error) {
	change := readDefinition(in)
	if faults := in.Faults(); len(faults) > 0 {
		return record.Definition{}, faults
	}
	d, err := s.store.UpdateDefinition(c.r.Context(), c.workspace(), kind, id, func(all record.Definitions, d record.Definition) (record.Definition, error) {
		change(&d)
		return s.checkDefinition(all, d)
	})
	if err != nil {
		return d, err
	}
	n, err := s.store.StaleRecords(c.r.Context(), c.workspace(), d, postgres.MaxPressTasks)
	d.Stale = &n
	return d, err
}

// staleMeta offers, with the answer to a change, to compute again what follows from it.
func staleMeta(d record.Definition) map[string]any {
	if d.Stale == nil {
		return nil
	}
	return map[string]any{"stale_records": *d.Stale, "recompute": map[string]any{"type": computeType, "attributes": map[string]any{"selector": map[string]any{"stale": true}}}}
}

// checkDefinition compiles a definition beside those that stand.
func (s *server) checkDefinition(all record.Definitions, d record.Definition) (record.Definition, error) {
	others := record.Definitions{Revision: all.Revision}
	for _, o := range all.All {
		if o.ID != d.ID {
			others.All = append(others.All, o)
		}
	}
	standing, err := sheet.New(s.language, others)
	if err != nil {
		return d, err
	}
	checked, _, err := standing.Check(d)
	return checked, err
}

// readDefinition makes a change of what a request gives.
func readDefinition(in *input) func(*record.Definition) {
	return func(d *record.Definition) {
		for name, into := range map[string]*string{"name": &d.Name, "column_type": &d.Type, "mode": (*string)(&d.Mode)} {
			if value, given := in.text(name); given && value != nil {
				*into = *value
			}
		}
		for name, into := range map[string]*json.RawMessage{"rules_config": &d.Rules, "formula_config": &d.Formula, "format_config": &d.Format} {
			if value, given := in.object(name); given {
				*into = value
			}
		}
	}
}

// definitionFault is an error of a definition in the caller's terms.
func definitionFault(noun string) func(error, string) error {
	return func(err error, _ string) error {
		var e *enrich.Error
		if !errors.As(err, &e) {
			return err
		}
		switch e.Code {
		case enrich.CodeNotFound:
			return notFound("NOT_FOUND", noun)
		case enrich.CodeInvalid:
			at := e.Field
			if at == "type" {
				at = "column_type"
			}
			return jsonapi.Fault("INVALID_VALUE", "%s", e.Message).At("/data/attributes/" + at)
		case enrich.CodeTooMany:
			return jsonapi.Fault("INVALID_VALUE", "%s", e.Message).At("/data")
		}
		return err
	}
}

// MaxComputeIDs is how many records one compute names.
const maxComputeIDs = 500

// computeType is the type of a request to compute.
const computeType = "compute"

// compute enqueues a definition for records as one batch, one task a record, or
// tells with dry_run what that would be.
func (s *server) compute(kind record.DefinitionKind) func(*call) error {
	return func(c *call) error {
		q, err := c.query(s.queryOne(s.types[batchType]))
		if err != nil {
			return err
		}
		d, err := s.definition(c, kind, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		req, err := jsonapi.Decode(c.w, c.r, jsonapi.Rules{Type: computeType, Limit: MaxBody})
		if err != nil {
			return err
		}
		p, dry, err := s.readCompute(c, req, d)
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
		c.w.Header().Set("Location", batchesPath+"/"+pressed.Batch.ID)
		return s.writeOne(c, q, s.types[batchType], http.StatusAccepted, one, map[string]any{
			"status": "accepted", "root": d.Root, "field_key": d.FieldKey, "record_count": pressed.Batch.Total + pressed.Batch.Joined + pressed.Batch.Reused,
		})
	}
}

// definition reads the definition that an address names.
func (s *server) definition(c *call, kind record.DefinitionKind, id string) (record.Definition, error) {
	missing := notFound("NOT_FOUND", strings.ReplaceAll("a "+string(kind), "_", " "))
	if !postgres.IsUUID(id) {
		return record.Definition{}, missing
	}
	page, err := s.store.ListDefinitions(c.r.Context(), c.workspace(), kind, postgres.ListQuery{Filters: []postgres.Filter{{Name: "id", Values: []string{id}}}, Size: 1})
	if err != nil {
		return record.Definition{}, err
	}
	if len(page.Records) == 0 {
		return record.Definition{}, missing
	}
	return page.Records[0], nil
}

// readCompute makes a press of a request to compute a definition.
func (s *server) readCompute(c *call, req *jsonapi.Request, d record.Definition) (p postgres.Press, dry bool, err error) {
	for _, name := range req.Names() {
		switch name {
		case "root", "record_ids", "selector", "max_cost_micros", "dry_run", "today":
		default:
			req.Refuse("UNKNOWN_ATTRIBUTE", name, "A compute has no attribute %q.", name)
		}
	}
	if root, _ := req.Optional("root", 50); root != nil && *root != d.Root {
		req.Refuse("INVALID_VALUE", "root", "This is defined on %s.", d.Root)
	}
	root, _ := record.RootNamed(d.Root)
	p = postgres.Press{EntityType: root.EntityType, By: c.key.Name, Key: pressKey(c)}
	readRecords(req, &p, d.FieldKey)
	p.MaxCost, _ = amount().read(req, "max_cost_micros", false).(*int64)
	if flag, _ := req.OptionalBool("dry_run"); flag != nil {
		dry = *flag
	}
	input := map[string]any{"user": c.key.Name}
	if today, _ := req.Optional("today", 10); today != nil {
		if !isDay(*today) {
			req.Refuse("INVALID_VALUE", "today", "today must be a date such as 2026-05-31.")
		}
		input["today"] = *today
	}
	if faults := req.Faults(); len(faults) > 0 {
		return p, dry, faults
	}
	raw, err := json.Marshal(input)
	if err != nil {
		return p, dry, err
	}
	kind := enrich.CustomColumn
	if d.Kind == record.FieldRule {
		kind = enrich.FieldRule
	}
	p.Requests = s.pressRequests(enrich.Manual, p.EntityType, []enrich.Type{kind}, raw, []string{d.FieldKey}, true)
	p.Content, p.Fingerprint, err = trigger.PressContent(req.Attributes, string(req.Meta["force"]) == "true")
	p.Fingerprint += " " + d.ID + " " + d.Hash
	return p, dry, err
}

// readRecords reads which records: 1 to 500 by id, or those of a selector.
func readRecords(req *jsonapi.Request, p *postgres.Press, field string) {
	ids, named := req.OptionalStrings("record_ids")
	selector, selected := req.OptionalObject("selector")
	switch {
	case named == selected:
		req.Refuse("REQUIRED", "record_ids", "A compute names record_ids or a selector, one of them.")
	case named && (len(ids) == 0 || len(ids) > maxComputeIDs):
		req.Refuse("INVALID_VALUE", "record_ids", "A compute names 1 to %d records.", maxComputeIDs)
	case named:
		for i, id := range ids {
			if id == "" || len([]rune(id)) > maxEntityID || !storable(id) {
				req.Note(jsonapi.Fault("INVALID_VALUE", "A record id has 1 to %d characters.", maxEntityID).At("/data/attributes/record_ids/" + strconv.Itoa(i)))
				return
			}
		}
		p.EntityIDs = ids
	default:
		var known struct {
			Missing []string `json:"missing"`
			Stale   bool     `json:"stale"`
		}
		if err := json.Unmarshal(selector, &known); err != nil {
			req.Refuse("INVALID_VALUE", "selector", `A selector is an object such as {"missing": ["due_date"]}, or {"stale": true} for the records whose value waits to be computed again; {} takes every record.`)
		}
		if p.Missing = known.Missing; known.Stale {
			p.Stale = field
		}
	}
}

// computing is what a compute may have.
func computing() *resource {
	return table[record.Definition]{Type: computeType, Noun: "a compute", Fields: []field[record.Definition]{
		{Name: "root", Form: text(50), Write: offered},
		{Name: "record_ids", Form: texts(), Write: offered},
		{Name: "selector", Form: object(), Write: offered},
		{Name: "max_cost_micros", Form: amount(), Write: offered},
		{Name: "today", Form: day(), Write: offered},
		{Name: "dry_run", Form: flag(), Write: offered},
	}}.resource()
}
