package rule_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
)

// bases are fields that the test edits, with values for them.
var bases = []struct {
	entity, field string
	values        []string
}{
	{"invoice", "grand_total", []string{`"100"`, `"0"`, `"7.25"`, `null`}},
	{"invoice", "tax_total", []string{`"1"`, `"2.50"`, `null`}},
	{"invoice", "due_date", []string{`"2026-06-30"`, `"2026-05-01"`, `null`}},
	{"invoice", "issuer_id", []string{`"c-1"`, `"c-2"`}},
	{"company", "country", []string{`"DE"`, `"FR"`, `null`}},
}

// expressions may be defined under the keys; %s is another column of the same root.
var expressions = []struct{ root, typ, text string }{
	{"invoices", "number", "grand_total + tax_total"},
	{"invoices", "number", "round(tax_total / grand_total, 4)"},
	{"invoices", "number", "ifBlank(%s, 1) * 2 + ifBlank(grand_total, 3)"},
	{"invoices", "number", "%s - tax_total"},
	{"invoices", "number", "issuer.country == 'DE' ? tax_total : grand_total"},
	{"invoices", "number", "ifBlank(issuer.weight, 5) + due_date.day()"},
	{"companies", "number", "length(ifBlank(country, '')) + length(name)"},
}

var keys = []string{"a", "b", "c", "d"}

// history is a workspace with what the test did to it.
type history struct {
	*workspace
	t           *rapid.T
	definitions map[string]record.Definition // by key; companies have the column weight
	stale       map[string]bool              // keys that were defined and not computed since
}

// Columns equal a full recompute after any sequence of edits, definitions and
// deletions, in whatever order tasks read and settle.
func TestColumnsEqualARecompute(t *testing.T) {
	// A sequence takes many round trips; -rapid.checks asks for more of them.
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("12"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Value.Set(f.DefValue) }()
	}
	w, n := newWorkspace(t, nil), 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		h := &history{workspace: w.another(n, rapid.Uint64().Draw(r, "order")), t: r, definitions: map[string]record.Definition{}, stale: map[string]bool{}}
		r.Repeat(map[string]func(*rapid.T){
			"define": h.defineOne, "change": h.change, "delete": h.deleteOne, "edit": h.editOne, "edit again": h.editOne, "edit a cell": h.editCell,
			"run": func(t *rapid.T) { h.run(rapid.IntRange(1, 4).Draw(t, "tasks")) }, "settle": func(t *rapid.T) { h.settle(rapid.IntRange(1, 3).Draw(t, "answers")) },
		})
		for key := range h.stale {
			h.compute(h.definitions[key])
		}
		h.quiet()
		h.compare()
	})
}

func (h *history) draw(t *rapid.T, key string) record.Definition {
	e := expressions[len(expressions)-1]
	if key != "weight" {
		e = rapid.SampledFrom(expressions[:len(expressions)-1]).Draw(t, "expression")
	}
	text := e.text
	if slices.Contains([]string{expressions[2].text, expressions[3].text}, text) {
		text = fmt.Sprintf(text, rapid.SampledFrom(keys).Draw(t, "of"))
	}
	return column(e.root, key, e.typ, text)
}

func (h *history) key(t *rapid.T) string {
	return rapid.SampledFrom(append([]string{"weight"}, keys...)).Draw(t, "key")
}

func (h *history) defineOne(t *rapid.T) {
	key := h.key(t)
	d, err := h.define(h.draw(t, key))
	if err == nil { // a circle, or a column that is not there, is refused
		h.definitions[key], h.stale[key] = d, true
	}
}

func (h *history) change(t *rapid.T) {
	key := h.key(t)
	standing, ok := h.definitions[key]
	if !ok {
		t.Skip()
	}
	next := h.draw(t, key)
	d, err := h.db.UpdateDefinition(h.Context(), h.id, record.CustomColumn, standing.ID, func(all record.Definitions, d record.Definition) (record.Definition, error) {
		d.Formula = next.Formula
		return h.check(all, d)
	})
	if err == nil {
		h.definitions[key], h.stale[key] = d, true
	}
}

func (h *history) deleteOne(t *rapid.T) {
	key := h.key(t)
	if d, ok := h.definitions[key]; ok && h.db.DeleteDefinition(h.Context(), h.id, record.CustomColumn, d.ID) == nil {
		delete(h.definitions, key)
		delete(h.stale, key)
	}
}

func (h *history) editOne(t *rapid.T) {
	b := rapid.SampledFrom(bases).Draw(t, "field")
	id := fmt.Sprintf("i-%d", rapid.IntRange(1, invoices).Draw(t, "invoice"))
	if b.entity == "company" {
		id = fmt.Sprintf("c-%d", rapid.IntRange(1, companies).Draw(t, "company"))
	}
	h.edit(b.entity, id, b.field, rapid.SampledFrom(b.values).Draw(t, "value"))
}

// editCell has a person write into a column.
func (h *history) editCell(t *rapid.T) {
	key := rapid.SampledFrom(keys).Draw(t, "key")
	if _, ok := h.definitions[key]; !ok {
		t.Skip()
	}
	e := postgres.Edit{EntityType: "invoice", EntityID: fmt.Sprintf("i-%d", rapid.IntRange(1, invoices).Draw(t, "invoice")), By: "person", Values: map[string]json.RawMessage{
		key: json.RawMessage(rapid.SampledFrom([]string{`{"value": "42"}`, `null`}).Draw(t, "value")),
	}}
	if err := h.db.EditCell(h.Context(), h.id, e, sheet.CheckValue, h.follow); err != nil {
		t.Fatal(err)
	}
}

// compare evaluates everything anew from the fields of the product and what people
// wrote, and looks whether the cells are the same.
func (h *history) compare() {
	weights := map[string]string{}
	for i := range companies {
		id := fmt.Sprintf("c-%d", i+1)
		for key, value := range h.expected("companies", record.EntityCompany, id, nil) {
			weights[id+key] = value
		}
	}
	for i := range invoices {
		h.expected("invoices", record.EntityInvoice, fmt.Sprintf("i-%d", i+1), weights)
	}
}

func (h *history) expected(root, entity, id string, weights map[string]string) map[string]string {
	definitions, err := h.db.Definitions(h.Context(), h.id)
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := sheet.New(h.language, definitions)
	if err != nil {
		h.t.Fatal(err)
	}
	fields := s.Columns(root, nil)
	rows, err := h.db.Rows(h.Context(), h.id, root, []string{id}, sheet.Reads(fields), 1)
	if err != nil || len(rows.Rows) != 1 {
		h.t.Fatalf("%d rows: %v", len(rows.Rows), err)
	}
	cells := rows.Rows[0].Cells
	if issuer := cells["issuer.weight"]; issuer.EntityID != "" {
		value := weights[issuer.EntityID+"weight"]
		cells["issuer.weight"] = record.Cell{Own: true, Has: value != "" && value != "null", Value: value}
	}
	for _, f := range fields {
		if c := cells[f.FieldKey]; c.Origin != string(enrich.ByPerson) {
			cells[f.FieldKey] = record.Cell{Own: true} // nothing computed is taken over
		}
	}
	row := s.Row(root, record.Row{ID: id, Cells: cells}, sheet.Given{Today: "2026-11-25"})
	values := map[string]string{}
	for _, f := range fields {
		want := "null"
		if r := f.Evaluate(h.Context(), row); r.Value != nil {
			raw, _ := json.Marshal(r.Value) // strings
			want = string(raw)
		}
		stands, own, byPerson := h.values(entity, id, f.FieldKey)
		if !same(own, want) {
			h.t.Fatalf("%s of %s is %s, a recompute gives %s (%v)", f.FieldKey, id, own, want, string(f.Formula))
		}
		if !byPerson {
			row.Set(f.FieldKey, record.Cell{Own: true, Has: want != "null", Value: want})
			values[f.FieldKey] = want
		} else {
			values[f.FieldKey] = stands
		}
	}
	return values
}

func same(a, b string) bool {
	if a == "" {
		a = "null"
	}
	x, _ := enrich.CanonicalJSON([]byte(a))
	y, _ := enrich.CanonicalJSON([]byte(b))
	return string(x) == string(y)
}
