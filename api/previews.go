package api

import (
	"net/http"
	"time"

	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
)

const (
	previewsPath = "/v1/definition-previews"
	previewType  = "definition_preview"
	previewRows  = 5
)

// preview evaluates a definition that is not saved on a few records, and tells
// which other definitions it would meet. A model is not asked.
func (s *server) preview(c *call) error {
	if _, err := c.query(plainQuery()); err != nil {
		return err
	}
	req, err := jsonapi.Decode(c.w, c.r, jsonapi.Rules{Type: previewType, Limit: MaxBody})
	if err != nil {
		return err
	}
	d := record.Definition{Root: req.Required("root", 50), FieldKey: req.Required("field_key", maxFieldKey), Mode: record.Active}
	d.Kind = record.DefinitionKind(req.Enum("kind", []string{string(record.CustomColumn), string(record.FieldRule)}))
	if t, _ := req.OptionalEnum("column_type", sheet.Types()); t != nil {
		d.Type = *t
	}
	d.Rules, _ = req.OptionalObject("rules_config")
	d.Formula, _ = req.OptionalObject("formula_config")
	d.Format, _ = req.OptionalObject("format_config")
	ids, named := req.OptionalStrings("record_ids")
	if named && (len(ids) == 0 || len(ids) > previewRows) {
		req.Refuse("INVALID_VALUE", "record_ids", "A preview names 1 to %d records.", previewRows)
	}
	if faults := req.Faults(); len(faults) > 0 {
		return faults
	}
	data, err := s.previewOf(c, d, ids)
	if err != nil {
		return definitionFault("a definition")(err, "")
	}
	s.write(c, http.StatusOK, &jsonapi.Document{Data: *data, Links: map[string]any{"self": previewsPath}})
	return nil
}

func (s *server) previewOf(c *call, d record.Definition, ids []string) (*jsonapi.Resource, error) {
	ctx := c.r.Context()
	all, err := s.store.Definitions(ctx, c.workspace())
	if err != nil {
		return nil, err
	}
	others := record.Definitions{}
	for _, o := range all.All {
		if o.Kind != d.Kind || o.Root != d.Root || o.FieldKey != d.FieldKey {
			others.All = append(others.All, o)
		}
	}
	standing, err := sheet.New(s.language, others)
	if err != nil {
		return nil, err
	}
	checked, f, err := standing.Check(d)
	if err != nil {
		return nil, err
	}
	conflicts := append([]sheet.Conflict{}, sheet.Conflicts(all, f)...)
	if len(ids) == 0 {
		ids = nil
	}
	rows, err := s.store.Rows(ctx, c.workspace(), d.Root, ids, sheet.Reads([]*sheet.Field{f}), previewRows)
	if err != nil {
		return nil, err
	}
	results := []map[string]any{}
	for _, row := range rows.Rows {
		one := standing.Row(d.Root, row, sheet.Given{Today: time.Now().UTC().Format(time.DateOnly), User: c.key.Name, Random: "0.5"})
		before := row.Cells[d.FieldKey]
		result := map[string]any{"record_id": row.ID, "value": nil, "currency": nil, "before": textOf(before), "matched": false, "trace": []any{}, "reason": nil}
		if !f.ByModel() {
			r := f.Evaluate(ctx, one)
			result["matched"], result["reason"] = r.Matched, r.Reason
			if r.Value != nil {
				result["value"], result["currency"] = r.Value.Value, textOrNull(r.Value.Currency)
			}
			if r.Trace != nil {
				result["trace"] = r.Trace
			}
		}
		results = append(results, result)
	}
	return &jsonapi.Resource{Type: previewType, ID: checked.Hash, Attributes: []jsonapi.Attribute{
		{Name: "reads", Value: checked.Reads}, {Name: "conflicts", Value: conflicts}, {Name: "rows", Value: results},
	}}, nil
}

func textOf(cell record.Cell) any {
	if text, has := sheet.CellText(cell); has {
		return text
	}
	return nil
}

// previewSchema is that of what previewOf makes.
func previewSchema() m {
	list := m{"type": "array", "items": m{"type": "object"}}
	return m{"type": "object", "required": []string{"type", "id"}, "additionalProperties": false, "properties": m{
		"type": m{"type": "string", "const": previewType}, "id": m{"type": "string"}, "attributes": m{"type": "object", "additionalProperties": false, "properties": m{
			"reads": m{"type": "array", "items": m{"type": "string"}}, "conflicts": list, "rows": list,
		}},
	}}
}

// previewing is what a preview may have.
func previewing() *resource {
	return table[record.Definition]{Type: previewType, Noun: "a preview", Fields: []field[record.Definition]{
		{Name: "kind", Form: oneOf([]record.DefinitionKind{record.CustomColumn, record.FieldRule}), Write: needed},
		{Name: "root", Form: text(50), Write: needed},
		{Name: "field_key", Form: text(maxFieldKey), Write: needed},
		{Name: "column_type", Form: oneOf(sheet.Types()), Write: offered},
		{Name: "rules_config", Form: object(), Write: offered},
		{Name: "formula_config", Form: object(), Write: offered},
		{Name: "format_config", Form: object(), Write: offered},
		{Name: "record_ids", Form: texts(), Write: offered},
	}}.resource()
}
